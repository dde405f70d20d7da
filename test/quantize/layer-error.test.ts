import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layerErrors } from '../../src/quantize/layer-error.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { randomSamples, smallNetwork, stream } from './networks.ts';

const network = smallNetwork();
const samples = randomSamples(network, 8);

test('every layer has its error, under the name of the node that makes it', async () => {
  const { graph, reference } = await quantizeGraph(network, () => stream(samples), {
    observer: { kind: 'min-max' },
  });
  const layers = await layerErrors(reference, graph, stream(samples));
  assert.deepEqual(
    layers.map(({ name, op, value }) => [name, op, value]),
    [
      ['x', 'Input', 'x'],
      ['conv1', 'Conv', 'relu1'],
      ['depthwise', 'Conv', 'relu2'],
      ['pointwise', 'Conv', 'relu3'],
      ['mean', 'GlobalAveragePool', 'mean'],
      ['flat', 'Reshape', 'flat'],
      ['scores', 'Gemm', 'scores'],
      ['y', 'Softmax', 'y'],
    ],
  );
  for (const { name, sqnrDb, saturation } of layers) {
    assert.ok(sqnrDb !== null && sqnrDb > 15 && sqnrDb < 70, `${name}: ${sqnrDb} dB`);
    assert.ok(saturation < 0.01, `${name}: min-max calibrated on the same data saturates ${saturation}`);
  }
  const ratio = layers.find(({ name }) => name === 'conv1')!.weightRangeRatio!;
  assert.ok(ratio > 3 && ratio < 30, `weight ranges differ by about 10, not ${ratio}`);
});

test('8 bits of a uniform input give the textbook signal to noise ratio', async () => {
  const { graph, reference } = await quantizeGraph(network, () => stream(samples), {
    observer: { kind: 'min-max' },
  });
  const [input] = await layerErrors(reference, graph, stream(samples));
  // Uniform over 255 steps: signal 255^2 / 12, noise 1 / 12.
  assert.ok(Math.abs(input!.sqnrDb! - 20 * Math.log10(255)) < 0.5, `${input!.sqnrDb} dB`);
});

test('clipping shows as saturation and costs signal to noise ratio', async () => {
  const tight = { kind: 'percentile', percentile: 80 } as const;
  const { graph, reference } = await quantizeGraph(network, () => stream(samples), { observer: tight });
  const [input] = await layerErrors(reference, graph, stream(samples));
  assert.ok(Math.abs(input!.saturation - 0.4) < 0.01, `20 % on each side, not ${input!.saturation}`);
  assert.ok(input!.sqnrDb! < 20, `${input!.sqnrDb} dB`);
});

test('a graph has no error against itself under the same codes', async () => {
  const { graph, reference } = await quantizeGraph(network, () => stream(samples));
  await assert.rejects(layerErrors(reference, graph, stream([])), { code: 'E_DATA' });
  const values = new Map([...graph.values].map(([name, value]) => [name, value]));
  const scale = reference.values.get('x')!;
  assert.equal(scale.quant, null, 'the reference is a float graph');
  assert.ok(values.get('x')!.quant !== null);
});
