import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perTensor } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { layerErrors } from '../../src/quantize/layer-error.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { smallestScale } from '../../src/quantize/smallest-scale.ts';
import { floatGraph } from '../passes/helpers.ts';

test('values that get smaller from layer to layer have codes as good as others', async () => {
  const random = seededRandom(5);
  const weights = (): Float32Array => Float32Array.from({ length: 64 }, () => 2 ** -13 * (2 * random() - 1));
  const graph = floatGraph((b) => {
    let value = b.input('x', [1, 8, 4, 4]);
    for (const i of [0, 1, 2]) {
      value = b.node('Conv', [value, b.constant(`w${i}`, floatTensor([8, 8, 1, 1], weights()))], {
        name: `y${i}`,
      });
    }
    b.output(value);
  });
  const samples = Array.from({ length: 8 }, () => ({
    inputs: [Float32Array.from({ length: 128 }, () => 2 * random() - 1)],
    label: null,
  }));
  const all = async function* () {
    yield* samples;
  };
  const quantized = await quantizeGraph(graph, all);
  const last = quantized.report.tensors.at(-1)!;
  assert.ok(last.scale < 2 ** -40, `a scale of ${last.scale}`);
  const layers = await layerErrors(quantized.reference, quantized.graph, all());
  assert.ok(layers.at(-1)!.sqnrDb! > 30, `${layers.at(-1)!.sqnrDb} dB`);
});

test('what is rounding beside what it is computed from has no finer scale', () => {
  const known = new Map([
    ['large', perTensor(1, 0)],
    ['small', perTensor(2 ** -20, 0)],
    ['tiny', perTensor(2 ** -50, 0)],
  ]);
  assert.equal(smallestScale([], known), 2 ** -30);
  assert.equal(smallestScale(['large', 'tiny'], known), 2 ** -30);
  assert.equal(smallestScale(['small'], known), 2 ** -44);
  assert.equal(smallestScale(['tiny'], known), 2 ** -60);
});
