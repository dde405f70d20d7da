import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../src/data/types.ts';
import { createExecutor } from '../../src/execute/float.ts';
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { framesOfValue, heldFrames, meetBudget, skipShare, unitOf } from '../../src/gate/budget.ts';
import { elementCount } from '../../src/graph/tensor.ts';
import { backbone, EXACT, FRAME, GRID, gated, runFloat, SETTINGS, scene } from './scenes.ts';

const FRAMES = scene(20);
const SEQUENCES = [FRAMES.map(({ data }) => data as Float32Array)];
const GATE = { settings: SETTINGS, shape: FRAME };

test('the skip of a gate alone is that of the gated model', () => {
  const network = diffNetwork(GRID, 3.25);
  const masks = runFloat(gated(EXACT, network), FRAMES).flatMap(({ mask }) => mask);
  const kept = masks.filter((one) => one === 0).length / masks.length;
  assert.equal(skipShare({ ...GATE, network }, SEQUENCES), kept);
  // Every sequence begins with a whole frame.
  const twice = skipShare({ ...GATE, network }, [...SEQUENCES, ...SEQUENCES]);
  assert.equal(twice, kept);
});

test('the least threshold that meets the budget is found', () => {
  const make = (threshold: number) => diffNetwork(GRID, threshold);
  const { value, skip } = meetBudget(make, [0, 64], GATE, SEQUENCES, 0.6);
  assert.ok(skip >= 0.6);
  const lower = skipShare({ ...GATE, network: make(value - 0.05) }, SEQUENCES);
  assert.ok(lower < 0.6, `${value - 0.05} codes keep ${lower}`);
});

test('a budget that nothing meets gives the last gate, one that all meet the first', () => {
  const make = (threshold: number) => diffNetwork(GRID, threshold);
  assert.equal(meetBudget(make, [0, 64], GATE, SEQUENCES, 0.99).value, 64);
  assert.equal(meetBudget(make, [2, 64], GATE, SEQUENCES, 0.01).value, 2);
});

test('chance keeps what it is told', () => {
  const settings = { ...SETTINGS, maxAge: 0, keyFrame: 0, sceneCut: 2 };
  const share = skipShare({ network: randomNetwork(GRID, 0.75, 1), settings, shape: FRAME }, SEQUENCES);
  assert.equal(share, (0.75 * 19) / 20);
});

test('a code is 1/255 of the range of the frames', () => {
  assert.equal(unitOf([[Float32Array.of(-1, 0.5), Float32Array.of(0, 1.55)]]), (Math.fround(1.55) + 1) / 255);
  assert.throws(() => unitOf([[Float32Array.of(1, 1)]]), { code: 'E_DATA' });
  assert.throws(() => unitOf([[Float32Array.of(1, Infinity)]]), { code: 'E_DATA' });
});

test('frames of a feature map are those that the backbone computes', () => {
  const graph = backbone();
  assert.equal(framesOfValue(graph, 'frame', 0, SEQUENCES), SEQUENCES);
  const [frames] = framesOfValue(graph, 'map', 0, SEQUENCES);
  const [map] = createExecutor(graph).run([FRAMES[3]!]);
  assert.deepEqual(frames![3], map!.data);
});

async function* samples(...lengths: readonly number[]): AsyncIterable<Sample> {
  for (const length of lengths) {
    for (let index = 0; index < length; index++) {
      const inputs = [Float32Array.of(index)];
      yield { inputs, label: null, frame: { index, last: index === length - 1, judged: true } };
    }
  }
}

test('frames are held by clip, clips of one frame left out, and one must have two', async () => {
  const counts = (await heldFrames(samples(1, 3, 2), 0, 1, () => {})).map((frames) => frames.length);
  assert.deepEqual(counts, [3, 2]);
  // 2^26 values at most.
  const held = await heldFrames(samples(9), 0, 2 ** 24, () => {});
  assert.equal(held[0]!.length, 4);
  await assert.rejects(
    heldFrames(samples(1, 1), 0, 1, () => {}),
    { code: 'E_DATA', message: /two frames/ },
  );
});

test('a mean change of just the threshold keeps a patch, whatever the codes are that it is between', () => {
  const settings = { ...SETTINGS, maxAge: 0, keyFrame: 0, sceneCut: 2 };
  const network = diffNetwork(GRID, 3);
  const size = elementCount(FRAME);
  for (let base = 0; base < 250; base += 7) {
    const codes = (plus: number) =>
      Float32Array.from({ length: size }, (_, i) => (((base + i * 31) % 250) + plus) / 255);
    assert.equal(skipShare({ network, settings, shape: FRAME }, [[codes(0), codes(3)]]), 0.5, `base ${base}`);
    const more = codes(3).map((value, i) => (i % 4 === 0 ? value + 1 / 255 : value));
    assert.equal(skipShare({ network, settings, shape: FRAME }, [[codes(0), more]]), 0, `base ${base}`);
  }
});
