/** Both parts of a network in training: together they learn what the whole learns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readModel } from '../../../fixtures/fashion-mnist/accuracy.ts';
import { cutGraph } from '../../../src/graph/cut.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { ADAM, OCTO_DEFAULTS } from '../../../src/train/options.ts';
import { createHeadTrainer, createTailTrainer } from '../../../src/train/run/halves.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';

const batchSize = 4;
const half = { batchSize, optimizer: ADAM, seed: 1, jobs: 1 };
const float = await readModel('model.onnx');

function batchOf(step: number) {
  const random = seededRandom(step + 1);
  return {
    inputs: Float32Array.from({ length: batchSize * 784 }, () => 255 * random()),
    labels: Int32Array.from({ length: batchSize }, () => Math.floor(10 * random())),
    targets: null,
  };
}

/** [batch][positions][channels] to [batch][channels][positions]. */
function channelsFirst(from: Float32Array, channels: number): Float32Array {
  const positions = from.length / batchSize / channels;
  return from.map((_, i) => {
    const [map, rest] = [Math.floor(i / (channels * positions)), i % (channels * positions)];
    return from[map * channels * positions + (rest % positions) * channels + Math.floor(rest / positions)]!;
  });
}

for (const [value, channels] of [
  ['pool1', 16],
  ['depthwise2.relu', 16],
  ['pool2', 32],
] as const) {
  test(`parts that are cut at ${value} learn bit by bit what the whole does`, () => {
    const whole = createTrainer(float, {
      ...{ ...half, method: 'float', loss: { kind: 'cross-entropy', labelSmoothing: 0 } },
      ...{ scheme: { kind: 'full' }, freeze: [], init: 'model', classes: null },
      ...{ octo: OCTO_DEFAULTS, accumulate: 1, backend: 'native' },
    });
    const parts = cutGraph(float, value)!;
    const [head, tail] = [createHeadTrainer(parts.head, half), createTailTrainer(parts.tail, half)];
    for (let step = 0; step < 4; step++) {
      const batch = batchOf(step);
      const settings = { step, learningRate: 0.01 };
      const { loss, correct } = whole.step(batch, settings);
      const features = head.forward(batch.inputs);
      const own = tail.step(channelsFirst(features, channels), batch.labels, settings);
      head.backward(own.ofFeatures, settings);
      assert.deepEqual([own.loss, own.correct], [loss, correct], `step ${step}`);
    }
    const learned = whole.toFloatGraph();
    const changed = [head, tail].flatMap((part) => [...part.toGraph().constants]);
    const before = new Map(float.constants);
    let moved = 0;
    for (const [name, { data }] of changed) {
      if (!learned.constants.has(name)) continue;
      assert.deepEqual(data, learned.constants.get(name)!.data, name);
      if (before.get(name)!.data.some((one, i) => one !== data[i])) moved++;
    }
    assert.ok(moved >= 8, `${moved} constants were learned`);
  });
}
