import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createExecutor } from '../../src/execute/float.ts';
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { insertGate } from '../../src/gate/insert.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { assertClose } from '../passes/helpers.ts';
import { backbone, EXACT, FAST, FRAME, GRID, gated, runFloat, SETTINGS, scene } from './scenes.ts';

const FRAMES = scene(40);

/** The frame that an exact gate gives the backbone: new where the mask is set, else as before. */
function blend(frame: Tensor, before: Tensor | null, mask: readonly number[]): Tensor {
  const [, channels, height, width] = FRAME;
  const { patch } = SETTINGS;
  const data = (before ?? frame).data.slice() as Float32Array;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = (c * height + y) * width + x;
        const active = mask[Math.floor(y / patch) * GRID.columns + Math.floor(x / patch)] === 1;
        if (active) data[at] = (frame.data as Float32Array)[at]!;
      }
    }
  }
  return floatTensor(FRAME, data);
}

test('an exact gate is the dense backbone on the blended frames', () => {
  const dense = createExecutor(backbone());
  let before: Tensor | null = null;
  let skipped = 0;
  for (const [i, { outputs, mask }] of runFloat(gated(EXACT), FRAMES).entries()) {
    before = blend(FRAMES[i]!, before, mask);
    const expected = dense.run([before]);
    [...outputs.values()].forEach((tensor, o) => {
      assertClose(tensor, expected[o]!, 1e-6, `frame ${i}, output ${o}`);
    });
    skipped += mask.filter((one) => one === 0).length;
  }
  const share = skipped / (FRAMES.length * GRID.rows * GRID.columns);
  assert.ok(share > 0.3 && share < 0.9, `${share} of the patches were kept`);
});

test('a whole frame is computed at first, at key frames and where the scene changes', () => {
  const steps = runFloat(gated(EXACT), FRAMES);
  const whole = steps.flatMap(({ mask }, i) => (mask.every((one) => one === 1) ? [i] : []));
  assert.deepEqual(whole, [0, 9, 10, 19, 20, 29, 30, 39]);
});

test('equal frames are skipped whole, and the output stays', () => {
  const still = Array.from({ length: 8 }, () => FRAMES[0]!);
  const steps = runFloat(gated(EXACT, diffNetwork(GRID, 0), { ...SETTINGS, maxAge: 0 }), still);
  for (const { mask, outputs } of steps.slice(1)) {
    assert.ok(mask.every((one) => one === 0));
    assert.deepEqual([...outputs], [...steps[0]!.outputs]);
  }
});

test('a threshold of 0 loses nothing: the outputs are those of the dense backbone', () => {
  const dense = createExecutor(backbone());
  const steps = runFloat(gated(EXACT, diffNetwork(GRID, 0)), FRAMES);
  for (const [i, { outputs }] of steps.entries()) {
    assert.deepEqual([...outputs.values()], dense.run([FRAMES[i]!]), `frame ${i}`);
  }
});

test('an output that shows the frame goes on to show it, and the model can be read again', () => {
  const plain = backbone();
  const shown = { ...plain, outputs: [...plain.outputs, plain.inputs[0]!] };
  const gate = { name: 'gate0', value: 'frame', network: diffNetwork(GRID, 3), settings: SETTINGS, ...EXACT };
  const graph = insertGate(shown, gate);
  for (const [i, { outputs }] of runFloat(graph, FRAMES.slice(0, 3)).entries()) {
    assert.deepEqual(outputs.get('frame'), FRAMES[i]);
  }
  importModel(exportModel(graph, {}), { path: 'gated.onnx' });
});

test('a fast gate differs from the exact one around active patches only, and not at all on whole frames', () => {
  const [exact, fast] = [EXACT, FAST].map((mode) => runFloat(gated(mode), FRAMES));
  const differences = exact!.map(({ outputs }, i) => {
    const [a, b] = [outputs, fast![i]!.outputs].map((all) => all.get('map')!.data as Float32Array);
    return a!.reduce((most, value, at) => Math.max(most, Math.abs(value - b![at]!)), 0);
  });
  for (const whole of [0, 9, 10, 19]) assert.equal(differences[whole], 0);
  assert.ok(Math.max(...differences) > 1e-3, 'no ring error at all');
});

test('the random gate keeps the share it is told, other patches in every frame, the same for the same seed', () => {
  const settings = { ...SETTINGS, maxAge: 0, keyFrame: 0, sceneCut: 2 };
  const masks = (seed: number) =>
    runFloat(gated(EXACT, randomNetwork(GRID, 0.75, seed), settings), FRAMES).map(({ mask }) => mask);
  const [first, again, other] = [masks(1), masks(1), masks(2)];
  assert.deepEqual(first, again);
  assert.notDeepEqual(first, other);
  for (const mask of first.slice(1)) assert.equal(mask.filter((one) => one === 1).length, 6);
  assert.equal(new Set(first.slice(1, 17).map((mask) => mask.join())).size, 16);
  // After 16 frames the masks come again.
  assert.deepEqual(first[17], first[1]);
});

test('two gates live in one graph, each with names of its own', () => {
  const one = gated(EXACT);
  const [value, grid] = ['sum', { rows: 4, columns: 6 }];
  const network = diffNetwork(grid, 3);
  const settings = { ...SETTINGS, patch: 2 };
  const both = insertGate(one, { name: 'gate1', value, network, settings, ...EXACT });
  assert.equal(both.state.length, 6);
  assert.equal(runFloat(both, FRAMES.slice(0, 3)).length, 3);
  assert.throws(() => insertGate(both, { name: 'gate1', value, network, settings, ...EXACT }), {
    code: 'E_OP',
    message: /"gate1\/reference" already/,
  });
});

test('what is no frame cannot be gated', () => {
  const network = diffNetwork(GRID, 3);
  for (const value of ['classes', 'w1', 'nothing']) {
    assert.throws(() => insertGate(backbone(), { name: 'g', value, network, settings: SETTINGS, ...EXACT }), {
      code: 'E_OP',
      at: [`tensor "${value}"`],
    });
  }
});
