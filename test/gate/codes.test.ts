/** Gates in the integers of the device decide as they do in float. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { maskOf } from '../../src/gate/insert.ts';
import { createVideoRunner } from '../../src/gate/video/runner.ts';
import type { Graph } from '../../src/graph/types.ts';
import { quantizeValue } from '../../src/program/kernels/quantize-s8.ts';
import { quantizeFromData } from './quantized.ts';
import { EXACT, FRAME, GRID, gated, runFloat, SETTINGS, scene } from './scenes.ts';

const FRAMES = scene(40);
const DATA = FRAMES.map(({ data }) => data as Float32Array);

/** The masks of a quantised gated graph over the frames. */
function masksInCodes(graph: Graph): readonly (readonly number[])[] {
  const mask = { name: 'mask', value: maskOf('gate0'), dtype: 'float32' } as const;
  const runner = createVideoRunner({ ...graph, outputs: [...graph.outputs, mask] }, 'int8');
  return DATA.map((data) => Array.from(runner.run([data]).at(-1)!));
}

test('the random gate gives in codes just the masks that it gives in float', async () => {
  const graph = gated(EXACT, randomNetwork(GRID, 0.6, 9), { ...SETTINGS, sceneCut: 2 });
  const quantized = await quantizeFromData(graph, FRAMES);
  assert.deepEqual(
    masksInCodes(quantized),
    runFloat(graph, FRAMES).map(({ mask }) => mask),
  );
});

test('a threshold of 0 in codes takes just the patches of which any code differs', async () => {
  const settings = { ...SETTINGS, maxAge: 0, keyFrame: 0, sceneCut: 2 };
  const graph = await quantizeFromData(gated(EXACT, diffNetwork(GRID, 0), settings), FRAMES);
  const { scale, zeroPoint } = graph.values.get('frame')!.quant!;
  const codes = DATA.map((data) => data.map((value) => quantizeValue(value, scale[0]!, zeroPoint[0]!)));
  const masks = masksInCodes(graph);
  assert.ok(masks[0]!.every((one) => one === 1));
  for (let frame = 1; frame < masks.length; frame++) {
    assert.deepEqual(masks[frame], changedPatches(codes[frame - 1]!, codes[frame]!), `frame ${frame}`);
  }
});

function changedPatches(before: Float32Array, now: Float32Array): readonly number[] {
  const [, , height, width] = FRAME;
  const mask = new Array<number>(GRID.rows * GRID.columns).fill(0);
  now.forEach((code, at) => {
    if (code === before[at]) return;
    const [y, x] = [Math.floor(at / width) % height, at % width];
    mask[Math.floor(y / SETTINGS.patch) * GRID.columns + Math.floor(x / SETTINGS.patch)] = 1;
  });
  return mask;
}
