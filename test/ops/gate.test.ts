import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, int } from '../../src/graph/build.ts';
import { sceneCutCount } from '../../src/graph/gates.ts';
import { PATCH_GATE, PATCH_REUSE, PATCH_STATISTICS } from '../../src/graph/own-operators.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { operatorOf } from '../../src/ops/index.ts';
import { type Attributes, floats, nodeOf, ramp } from './run.ts';

function run(
  op: string,
  inputs: readonly Tensor[],
  attributes: Attributes,
  outputs = 1,
): readonly number[][] {
  const node = nodeOf(op, inputs, attributes, outputs);
  return operatorOf(node)
    .run(node, inputs)
    .map(({ data }) => Array.from(data, Number));
}

const zeros = (...shape: number[]): Tensor => ramp(shape, 0, 0);
const filled = (shape: number[], value: number): Tensor => ramp(shape, value, 0);

test('statistics are those of one patch over all channels, in units and clipped', () => {
  // Two patches of 2x2 pixels with two channels; only the second patch changed.
  const reference = filled([1, 2, 2, 4], 8);
  const x = floats([1, 2, 2, 4], [8, 8, 9, 10, 8, 8, 8, 8, 8, 8, 8, 12, 8, 8, 8, 8]);
  const [statistics] = run(PATCH_STATISTICS, [x, reference], { patch: int(2), unit: float(1) });
  const expected = [0, 7 / 8 / 16, 0, 4 / 64, 8 / 256, (8 + 7 / 8) / 256, 0, 2 / 8];
  statistics!.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-7, `${i}: ${value} is not ${expected[i]}`);
  });
  const [clipped] = run(PATCH_STATISTICS, [filled([1, 1, 2, 2], 999), zeros(1, 1, 2, 2)], {
    patch: int(2),
    unit: float(1),
  });
  assert.deepEqual(clipped, [1, 1, 1, 1]);
});

test('an element counts as changed where it differs by more than one code', () => {
  const shares = [1, 1.5, 2].map((difference) => {
    const x = filled([1, 1, 1, 1], difference / 255);
    return run(PATCH_STATISTICS, [x, zeros(1, 1, 1, 1)], { patch: int(1), unit: float(1 / 255) })[0]![3];
  });
  assert.deepEqual(shares, [0, 0, 1]);
});

/** One step of a gate over four patches of one pixel in a row. */
function gate(scores: number[], age: number[], clock: number, attributes: Attributes) {
  const shape = [1, 1, 1, 4];
  const inputs = [
    floats(shape, scores),
    floats(shape, [1, 2, 3, 4]),
    floats(shape, [-1, -2, -3, -4]),
    floats(shape, age),
    floats([1, 1, 1, 1], [clock]),
  ];
  const [blended, mask, ages, clocks] = run(PATCH_GATE, inputs, { patch: int(1), ...attributes }, 4);
  return { blended, mask, age: ages, clock: clocks![0] };
}

test('a gate takes patches with a score above 0, and keeps the others and their age', () => {
  assert.deepEqual(gate([0, 1, -1, 1e-9], [3, 3, 255, 0], 7, {}), {
    blended: [-1, 2, -3, 4],
    mask: [0, 1, 0, 1],
    age: [4, 0, 255, 0],
    clock: 8,
  });
});

test('a whole frame is taken at first, at key frames and at scene cuts', () => {
  const whole = { blended: [1, 2, 3, 4], mask: [1, 1, 1, 1], age: [0, 0, 0, 0], clock: 1 };
  const idle = [0, 0, 0, 0];
  assert.deepEqual(gate(idle, idle, 0, {}), whole);
  assert.deepEqual(gate(idle, idle, 30, { key_frame: int(30) }), whole);
  assert.deepEqual(gate(idle, idle, 29, { key_frame: int(30) }).mask, idle);
  assert.deepEqual(gate([1, 1, 1, 0], idle, 5, { scene_cut: float(0.75) }), whole);
  assert.deepEqual(gate([1, 1, 0, 0], idle, 5, { scene_cut: float(0.75) }).mask, [1, 1, 0, 0]);
  // Never: without a scene_cut even four of four patches leave the clock running.
  assert.equal(gate([1, 1, 1, 1], idle, 255, {}).clock, 255);
});

test('a share that was stored in float32 asks for no patch more', () => {
  const shape = [1, 1, 16, 20];
  const scores = ramp(shape, 256, -1);
  const inputs = [scores, zeros(...shape), zeros(...shape), zeros(...shape), filled([1, 1, 1, 1], 1)];
  const attributes = { patch: int(1), scene_cut: float(Math.fround(0.8)) };
  const [, mask] = run(PATCH_GATE, inputs, attributes, 4);
  assert.ok(mask!.every((one) => one === 1));
  for (let percent = 1; percent <= 100; percent++) {
    for (let patches = 100; patches <= 20000; patches += 100) {
      assert.equal(sceneCutCount(Math.fround(percent / 100), patches), (percent * patches) / 100);
    }
  }
  assert.equal(sceneCutCount(0.501, 100), 51);
});

test('a patch that was kept max_age times is taken', () => {
  const { mask, age } = gate([0, 0, 0, 0], [4, 5, 6, 0], 9, { max_age: int(5) });
  assert.deepEqual(
    [mask, age],
    [
      [0, 1, 1, 0],
      [5, 0, 0, 1],
    ],
  );
});

test('reuse spreads the mask over the pixels of each patch in every channel', () => {
  const mask = floats([1, 1, 1, 2], [0, 1]);
  const [blended] = run(PATCH_REUSE, [ramp([1, 2, 2, 4], 1), zeros(1, 2, 2, 4), mask], {});
  assert.deepEqual(blended, [0, 0, 3, 4, 0, 0, 7, 8, 0, 0, 11, 12, 0, 0, 15, 16]);
});

test('gates refuse what they cannot cut into patches or do not know', () => {
  const frame = zeros(1, 1, 4, 6);
  const refuse = (op: string, inputs: readonly Tensor[], attributes: Attributes) => {
    const node = nodeOf(op, inputs, attributes);
    return () => operatorOf(node).infer(node, inputs);
  };
  const statistics = (attributes: Attributes) => refuse(PATCH_STATISTICS, [frame, frame], attributes);
  assert.throws(statistics({ patch: int(4), unit: float(1) }), {
    code: 'E_SHAPE',
    message: /do not divide 4x6/,
  });
  assert.throws(statistics({ patch: int(0), unit: float(1) }), { code: 'E_OP' });
  assert.throws(statistics({ patch: int(2), unit: float(0) }), { code: 'E_OP', message: /unit/ });
  const several = zeros(2, 1, 4, 6);
  assert.throws(refuse(PATCH_STATISTICS, [several, several], { patch: int(2), unit: float(1) }), {
    code: 'E_SHAPE',
    hint: /one frame at a time/,
  });
  assert.throws(refuse(PATCH_REUSE, [frame, frame, zeros(1, 1, 2, 2)], {}), { code: 'E_SHAPE' });
  assert.throws(() => gate([0, 0, 0, 0], [0, 0, 0, 0], 0, { max_age: int(256) }), { code: 'E_OP' });
});
