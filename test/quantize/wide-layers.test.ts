import assert from 'node:assert/strict';
import { test } from 'node:test';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { layerErrors } from '../../src/quantize/layer-error.ts';
import { observeGraph, quantizeGraph, quantizeObserved } from '../../src/quantize/quantize-graph.ts';
import { planQuantization, TFLITE_INT8 } from '../../src/quantize/scheme.ts';
import { type BitsWish, withWideGroups } from '../../src/quantize/wide-layers.ts';
import { floatGraph } from '../passes/helpers.ts';
import { randomSamples, smallNetwork, stream } from './networks.ts';

const network = smallNetwork();
const sixteen = (layers: string): BitsWish => ({ layers, bits: 16 });

/** Values that get 16-bit codes, by wishes such as `conv1=16`. */
function wideValues(graph: Graph, ...wishes: readonly BitsWish[]): readonly string[] {
  const { wide, groups } = withWideGroups(graph, planQuantization(graph, TFLITE_INT8), TFLITE_INT8, wishes);
  return groups.filter((group) => wide.has(group)).flatMap(({ members }) => members);
}

test('layers by node, by value, by operator, by range, or all; the last wish holds', () => {
  assert.deepEqual(wideValues(network, sixteen('conv1')), ['relu1']);
  assert.deepEqual(wideValues(network, sixteen('relu1')), ['relu1']);
  assert.deepEqual(wideValues(network, sixteen('x')), ['x']);
  assert.deepEqual(wideValues(network, sixteen('Conv')), ['relu1', 'relu2', 'relu3']);
  assert.deepEqual(wideValues(network, sixteen('depthwise..mean')), ['relu2', 'relu3', 'mean', 'flat']);
  assert.deepEqual(wideValues(network, sixteen('Conv'), { layers: 'relu2', bits: 8 }), ['relu1', 'relu3']);
  const all = wideValues(network, sixteen('all'));
  for (const value of ['x', 'relu1', 'mean', 'flat', 'scores']) assert.ok(all.includes(value), value);
});

test('values with the same codes at another scale have the same bits', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [1, 4]);
    const a = b.node('Tanh', [x], { name: 'a' });
    b.output(b.node('Mul', [a, b.constant('c', floatTensor([], [0.5]))], { name: 'half' }));
  });
  assert.deepEqual(wideValues(graph, sixteen('a')), ['a', 'half']);
  assert.deepEqual(wideValues(graph, sixteen('half')), ['a', 'half']);
});

test('names that the model does not have, and layers without a form, are refused before data are read', async () => {
  const refused = (layers: string, wanted: object): void =>
    assert.throws(() => wideValues(network, sixteen(layers)), wanted);
  refused('convv1', { code: 'E_USAGE', at: ['--bits convv1=16'], hint: /Did you mean conv1/ });
  refused('conv1..mian', { code: 'E_USAGE', at: ['--bits conv1..mian=16'], hint: /Did you mean .*mean/ });
  refused('mean..conv1', { code: 'E_USAGE', message: /does not depend/ });
  const graph = floatGraph((b) => {
    b.output(b.node('Hardmax', [b.node('Tanh', [b.input('x', [1, 4])], { name: 't' })], { name: 'last' }));
  });
  const unread = (): never => assert.fail('data were read');
  await assert.rejects(quantizeGraph(graph, unread, { bits: [sixteen('last')] }), {
    code: 'E_OP',
    at: ['--bits last=16'],
    message: '"last" (Hardmax) has no form with 16-bit codes',
    hint: 'layers that have one: t',
  });
});

test('16 bits everywhere leave the error of rounded weights, which the file keeps', async () => {
  const samples = randomSamples(network, 24);
  const observed = await observeGraph(network, () => stream(samples));
  const errorOf = async (bits: readonly BitsWish[]): Promise<number> => {
    const { graph, reference } = quantizeObserved(observed, { bits });
    const layers = await layerErrors(reference, graph, stream(samples));
    return layers.find(({ value }) => value === 'scores')!.sqnrDb!;
  };
  const [narrow, wide] = [await errorOf([]), await errorOf([sixteen('all'), { layers: 'Softmax', bits: 8 }])];
  assert.ok(wide > narrow + 3, `${wide} dB with 16 bits, ${narrow} dB with 8`);

  const { graph } = quantizeObserved(observed, { bits: [sixteen('all'), { layers: 'Softmax', bits: 8 }] });
  const read = prepareGraph(importModel(exportModel(graph), { path: 'wide.onnx' }));
  assert.equal(read.inputs[0]!.dtype, 'int16');
  assert.deepEqual(
    lower(read).steps.map(({ kernel }) => kernel),
    lower(graph).steps.map(({ kernel }) => kernel),
  );
  const kernels = new Set(lower(graph).steps.map(({ kernel }) => kernel));
  for (const kernel of ['conv2d_s16', 'depthwise_conv2d_s16', 'fully_connected_s16'] as const) {
    assert.ok(kernels.has(kernel), kernel);
  }
});

test('what 16-bit codes cover: all that was seen, but for spikes', async () => {
  const graph = floatGraph((b) => {
    b.output(b.node('Relu', [b.input('x', [1, 1000])], { name: 'y' }));
  });
  const quantOf = async (outlier: number): Promise<number> => {
    const data = Float32Array.from({ length: 1000 }, (_, i) => (i === 0 ? outlier : (i % 100) / 100));
    const { graph: made } = await quantizeGraph(graph, () => stream([{ inputs: [data], label: null }]), {
      bits: [sixteen('x')],
      observer: { kind: 'percentile', percentile: 99.5 },
    });
    return made.values.get('x')!.quant!.scale[0]! * 32767;
  };
  assert.ok(Math.abs((await quantOf(3)) - 3) < 1e-4);
  assert.ok((await quantOf(1e6)) < 9);
});
