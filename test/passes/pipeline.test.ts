import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { float, type GraphBuilder, graphBuilder, int, ints } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { graphMacs } from '../../src/passes/graph-macs.ts';
import { cleanUp, prepareGraph, prepareModel } from '../../src/passes/pipeline.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { assertSameMeaning, ops, randomTensor } from './helpers.ts';

/** What exporters write: identities, a Pad, batch norms, a composed activation, MatMul + Add, needless transposes. */
function exported(g: GraphBuilder): void {
  const w = (name: string, shape: readonly number[], seed: number) =>
    g.constant(name, randomTensor(shape, seed));
  const x = g.node('Transpose', [g.input('x', [1, 6, 6, 2])], { attributes: { perm: ints([0, 3, 1, 2]) } });
  const pads = g.constant('pads', int64Tensor([0, 0, 0, 0, 0, 0, 1, 1]));
  const conv = g.node('Conv', [g.node('Pad', [x, pads]), g.node('Identity', [w('w1', [3, 2, 3, 3], 1)])], {
    attributes: { strides: ints([2, 2]) },
  });
  const variance = g.constant('variance', floatTensor([3], [0.5, 1, 2]));
  const parameters = [w('gamma', [3], 2), w('beta', [3], 3), w('mean', [3], 4), variance];
  const norm = g.node('BatchNormalization', [conv, ...parameters], { attributes: { epsilon: float(1e-3) } });
  const silu = g.node('Mul', [norm, g.node('Sigmoid', [norm])]);
  const there = g.node('Transpose', [silu], { attributes: { perm: ints([0, 2, 3, 1]) } });
  const back = g.node('Transpose', [there], { attributes: { perm: ints([0, 3, 1, 2]) } });
  const mean = g.node('GlobalAveragePool', [g.node('Dropout', [back])]);
  const flat = g.node('Flatten', [mean], { attributes: { axis: int(1) } });
  const product = g.node('MatMul', [flat, w('w2', [3, 4], 5)]);
  g.output(g.node('Add', [w('b2', [4], 6), product]), { name: 'y' });
}

test('an exported model becomes the graph that it means', () => {
  const g = graphBuilder('exported');
  exported(g);
  const model = g.model();
  const before = resolveModel(model);
  const after = prepareGraph(model);
  assert.deepEqual(ops(after), ['Transpose', 'Conv', 'tinyml::Silu', 'GlobalAveragePool', 'Flatten', 'Gemm']);
  assertSameMeaning(before, after);
  assert.equal(graphMacs(after), 9 * 3 * 2 * 9 + 3 * 4, 'Conv, Gemm');
  assert.equal(cleanUp(after), after, 'nothing is left to do');
  const [norm, conv] = ['BatchNormalization', 'Conv'].map((op) => before.nodes.find((one) => one.op === op));
  assert.deepEqual(prepareModel(model).folded, [
    { name: norm!.name, op: 'BatchNormalization', into: conv!.name },
  ]);
  assert.deepEqual(prepareModel(model, { keepBatchNorm: true }).folded, []);
});

test('dead channels go unless told otherwise', () => {
  const g = graphBuilder('dead');
  const w = randomTensor([3, 2, 1, 1], 7);
  (w.data as Float32Array).fill(0, 2, 4);
  const x = g.node('Conv', [g.input('x', [1, 2, 4, 4]), g.constant('w', w)]);
  g.output(g.node('Conv', [x, g.constant('v', randomTensor([2, 3, 1, 1], 8))]));
  const channels = (deadChannels?: boolean) =>
    prepareGraph(g.model(), deadChannels === undefined ? {} : { deadChannels }).values.get('conv')!.shape[1];
  assert.deepEqual([channels(), channels(true), channels(false)], [2, 2, 3]);
});

test('weights that are not finite are named before anything is folded', () => {
  const g = graphBuilder('nan');
  const w = floatTensor([1, 1, 1, 1], [Number.NaN]);
  g.output(g.node('Conv', [g.input('x', [1, 1, 2, 2]), g.constant('w', w)]));
  assert.throws(() => prepareGraph(g.model()), { code: 'E_NOT_FINITE' });
});

const models = join(packageRoot(), '..', 'shared', 'models');
const skip = existsSync(models) ? false : 'the shared models are not on this machine';

for (const name of ['ad', 'kws', 'ic', 'vww']) {
  test(`${name}-int8: no Q or DQ is left and every activation is quantised`, { skip }, async () => {
    const graph = prepareGraph(await loadModel(join(models, 'mlperf-tiny', `${name}-int8.onnx`)));
    assert.deepEqual(
      ops(graph).filter((op) => op.endsWith('Linear')),
      [],
    );
    const bare = [...graph.values.values()].filter(
      (value) => value.quant === null && value.dtype === 'float32',
    );
    assert.deepEqual(
      bare.map((value) => value.name),
      [],
    );
    assert.deepEqual(
      [...graph.inputs, ...graph.outputs].map(({ dtype }) => dtype),
      ['int8', 'int8'],
    );
  });
}

for (const file of [
  'zoo/conv_ae.torchscript.onnx',
  'zoo/kws_tcn.torchscript.onnx',
  'zoo/kws_tcn.dynamo.onnx',
  'mlperf-tiny/kws-float.onnx',
  'mlperf-tiny/ad-int8.onnx',
]) {
  test(`${file} computes the same after all passes`, { skip }, async () => {
    const model = await loadModel(join(models, file));
    assertSameMeaning(resolveModel(model), prepareGraph(model));
  });
}
