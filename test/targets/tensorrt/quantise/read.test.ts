/** Graphs with pairs read back: what is in int8, which ranges, where the errors are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ints } from '../../../../src/graph/build.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import {
  layerErrors,
  planPrecisions,
  precisionsOf,
  quantizeForTensorRt,
  readQuantized,
} from '../../../../src/targets/tensorrt/quantise/index.ts';
import { floatGraph, randomTensor } from '../../../passes/helpers.ts';
import { randomSamples, stream } from '../../../quantize/networks.ts';
import { ORIN_6 } from './platforms.ts';

/** Convs, one of three channels, with a sum, a pool and an average. */
const network = (): Graph =>
  floatGraph((b) => {
    const conv = (name: string, x: string, channels: number) =>
      b.node('Conv', [x, b.constant(`w_${name}`, randomTensor([16, channels, 3, 3], name.length, 0.3))], {
        name,
        attributes: { pads: ints([1, 1, 1, 1]) },
      });
    const first = b.node('Relu', [conv('first', b.input('x', [1, 3, 8, 8]), 3)], { name: 'relu1' });
    const second = b.node('Relu', [conv('second', first, 16)], { name: 'relu2' });
    const pooled = b.node('MaxPool', [second], {
      name: 'pooled',
      attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) },
    });
    const sum = b.node('Add', [conv('third', pooled, 16), pooled], { name: 'sum' });
    b.output(b.node('GlobalAveragePool', [b.node('Relu', [sum], { name: 'relu3' })], { name: 'mean' }));
  });

test('what is read from a written graph is what was decided', async () => {
  const graph = network();
  const { model } = await quantizeForTensorRt(graph, ORIN_6, () => stream(randomSamples(graph, 4)));
  const wanted = model.layers.map(({ node, op, precision }) => ({ node, op, precision }));
  assert.equal(wanted.filter(({ precision }) => precision === 'fp16').length, 2);
  const without = (layers: typeof model.layers) =>
    layers.map(({ node, op, precision }) => ({ node, op, precision }));
  assert.deepEqual(without(precisionsOf(model.quantized!)), wanted);
  assert.deepEqual(planPrecisions(graph, ORIN_6.release), model.layers);
  const read = readQuantized(model.quantized!, graph);
  for (const [name, range] of read.ranges)
    assert.ok(Math.abs(range / model.ranges.get(name)! - 1) < 1e-6, name);
  assert.deepEqual([...read.ranges.keys()].sort(), ['pooled', 'relu1', 'relu3']);
});

test('a graph without pairs is read as one in float', () => {
  const graph = network();
  const { quantized, layers } = readQuantized(graph, graph);
  assert.equal(quantized, null);
  assert.ok(layers.every(({ precision }) => precision === 'fp16'));
});

test('a layer whose weights are bare is read as one in float, and what is computed with it', async () => {
  const graph = network();
  const { model } = await quantizeForTensorRt(graph, ORIN_6, () => stream(randomSamples(graph, 4)));
  const nodes = model.quantized!.nodes.map((node) =>
    node.name === 'second' ? { ...node, inputs: [node.inputs[0]!, 'w_second'] } : node,
  );
  const half = precisionsOf({ ...model.quantized!, nodes });
  const inFloat = half.filter(({ precision }) => precision === 'fp16').map(({ node }) => node);
  assert.deepEqual(inFloat, ['first', 'relu1', 'second', 'relu2']);
});

test('errors are those of the values behind pairs and of the outputs, in order', async () => {
  const graph = network();
  const samples = randomSamples(graph, 4);
  const { model, report } = await quantizeForTensorRt(graph, ORIN_6, () => stream(samples), {
    observer: { kind: 'percentile', percentile: 90 },
    precisions: 'int8',
  });
  const errors = await layerErrors(graph, model.quantized!, stream(samples));
  assert.deepEqual(
    errors.map(({ name, op, value }) => [name, op, value]),
    [
      ['x', 'Input', 'x'],
      ['first', 'Conv', 'relu1'],
      ['pooled', 'MaxPool', 'pooled'],
      ['sum', 'Add', 'relu3'],
      ['mean', 'GlobalAveragePool', 'mean'],
    ],
  );
  const [input, , , , output] = errors;
  // A tenth at either end is clipped, of uniform inputs.
  assert.ok(Math.abs(input!.saturation - 0.2) < 0.05, `${input!.saturation}`);
  assert.ok(input!.sqnrDb! > 10 && input!.sqnrDb! < 30);
  assert.equal(output!.saturation, 0);
  assert.ok(errors[1]!.weightRangeRatio! >= 1);
  assert.deepEqual(report.tensors.map(({ name }) => name).sort(), ['pooled', 'relu1', 'relu3', 'x']);
});

test('samples that are missing are said', async () => {
  const graph = network();
  const { model } = await quantizeForTensorRt(graph, ORIN_6, () => stream(randomSamples(graph, 2)));
  await assert.rejects(layerErrors(graph, model.quantized!, stream([])), { code: 'E_DATA' });
  await assert.rejects(
    quantizeForTensorRt(graph, ORIN_6, () => stream([])),
    { code: 'E_DATA' },
  );
});
