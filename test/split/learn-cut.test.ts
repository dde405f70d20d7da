/** A narrow layer where a network is cut, and training across the wire. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openImages, readModel } from '../../fixtures/fashion-mnist/accuracy.ts';
import { FOLDER } from '../../fixtures/fashion-mnist/images.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { accuracyOf, evaluate } from '../../src/execute/evaluate.ts';
import { predictFloat, prepareFloat } from '../../src/execute/predict.ts';
import { cutGraph } from '../../src/graph/cut.ts';
import type { Graph } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { narrow } from '../../src/split/bottleneck.ts';
import { cutsOf, floatBytesOf } from '../../src/split/cuts.ts';
import { featuresOf, tailData } from '../../src/split/features.ts';
import { learnCut } from '../../src/split/learn-cut.ts';
import { trainAcross } from '../../src/split/train-across.ts';

const float = await readModel('model.onnx');
const images = await openImages(join(FOLDER, 'calibration-images-idx3-ubyte'));
const first = Array.from({ length: 60 }, (_, i) => i * 8);
const { graph: quantised } = await quantizeGraph(float, () => images.samples(first));
const cut = cutsOf(float, quantised).find(({ value }) => value === 'pool1')!;
const features = await featuresOf(cut.head, images.samples(first));
const even = new Float64Array(16).fill(1);

async function outputs(graph: Graph): Promise<readonly Float32Array[]> {
  const { run } = prepareFloat(graph);
  const found: Float32Array[] = [];
  for await (const sample of images.samples([0, 100, 200])) found.push(run([sample])[0]!.slice());
  return found;
}

test('a layer of as many numbers as squares have changes nothing but rounding; a narrower one does', async () => {
  const before = await outputs(float);
  for (const [width, isSame] of [
    [64, true],
    [6, false],
  ] as const) {
    const { graph, value } = narrow(float, 'pool1', features, even, width);
    verifyGraph(graph);
    assert.deepEqual(graph.values.get(value)!.shape, [1, width, 7, 7]);
    const after = await outputs(graph);
    const most = Math.max(...after.flatMap((row, n) => [...row].map((x, i) => Math.abs(x - before[n]![i]!))));
    assert.equal(most < 1e-3, isSame, `off by ${most} with ${width}`);
  }
  assert.throws(
    () => narrow(float, 'pool1', features, even, 65),
    (error) => error instanceof TinymlError && error.code === 'E_USAGE',
  );
});

test('without a codec, training across the wire takes what float32 takes', async () => {
  const parts = cutGraph(float, 'pool1')!;
  const { traffic } = await trainAcross(parts, images, {
    ...{ budget: null, epochs: 1, rate: 1e-4, seed: 1, jobs: 1 },
    ...{ signal: new AbortController().signal, onStep: () => {} },
  });
  const { samples } = traffic;
  assert.equal(samples, 32 * Math.floor(images.length / 32));
  assert.deepEqual([traffic.up, traffic.down], [samples * (12544 + 1), samples * 12544]);
});

test('a cut that learns loses little where its messages are a hundredth, both ways counted', async () => {
  const steps: number[] = [];
  const budget = floatBytesOf(cut) / 100;
  const learn = (epochs: number) =>
    learnCut(float, cut, features, images, first, {
      ...{ budget, width: null, epochs, rate: 1e-3, seed: 1, jobs: 1 },
      ...{ signal: new AbortController().signal, onStep: () => steps.push(1) },
    });
  const rightOf = async ({ cut: { head, tail, value } }: Awaited<ReturnType<typeof learn>>) =>
    accuracyOf(
      await evaluate(predictFloat(tail, 1), tailData(value, await featuresOf(head, images.samples()))),
    )!;
  const [untrained, trained] = [await learn(0), await learn(3)];
  assert.deepEqual(trained.cut.shape, [1, 8, 7, 7]);
  assert.equal(untrained.traffic.up + untrained.traffic.down, 0);
  const [before, after] = [await rightOf(untrained), await rightOf(trained)];
  assert.ok(after > before, `${after} right, ${before} before`);
  const { up, down, samples } = trained.traffic;
  assert.equal(samples, 32 * steps.length);
  assert.ok(up > 0.5 * budget * samples && up < 1.3 * budget * samples, `${up / samples} bytes up`);
  assert.ok(down > 0.1 * budget * samples && down < 1.3 * budget * samples, `${down / samples} bytes down`);
});

test('training that is stopped says so', async () => {
  const stopped = AbortSignal.abort();
  await assert.rejects(
    trainAcross(cutGraph(float, 'pool1')!, images, {
      ...{ budget: null, epochs: 1, rate: 1e-4, seed: 1, jobs: 1, signal: stopped, onStep: () => {} },
    }),
    (error) => error instanceof TinymlError && error.code === 'E_INTERRUPTED',
  );
});
