import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, int, ints } from '../../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import { dlaForms } from '../../../../src/targets/tensorrt/forms/dla/rewrite.ts';
import { dlaSupport } from '../../../../src/targets/tensorrt/forms/dla/support.ts';
import { dlaRefusal } from '../../../../src/targets/tensorrt/release/dla.ts';
import { resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { floatGraph, ops, randomTensor } from '../../../passes/helpers.ts';
import { assertSameEverywhere } from './lowering.ts';

const platform = (id: string, jetpack: string) =>
  resolvePlatform(loadProfile(id) as JetsonProfile, { jetpack, precision: 'fp16', dla: 0 });

const ORIN = platform('jetson-agx-orin', '6.2');
const XAVIER = platform('jetson-agx-xavier', '4.6.6');

/** Conv, pool over the whole image of the sides, two layers behind. */
const classifier = (height: number, width: number): Graph =>
  floatGraph((build) => {
    build.input('x', [1, 3, height, width]);
    build.constant('w', randomTensor([8, 3, 3, 3], 1));
    build.node('Conv', ['x', 'w'], { name: 'conv', attributes: { pads: ints([1, 1, 1, 1]) } });
    build.node('Relu', ['conv'], { name: 'relu' });
    build.node('GlobalAveragePool', ['relu'], { name: 'mean' });
    build.node('Flatten', ['mean'], { name: 'flat' });
    build.constant('v', randomTensor([6, 8], 2));
    build.constant('b', randomTensor([6], 3));
    build.node('Gemm', ['flat', 'v', 'b'], { name: 'hidden', attributes: { transB: int(1) } });
    build.node('Tanh', ['hidden'], { name: 'tanh' });
    build.constant('u', randomTensor([4, 6], 4));
    build.node('Gemm', ['tanh', 'u'], { name: 'scores', attributes: { transB: int(1) } });
    build.node('Softmax', ['scores'], { name: 'y' });
    build.output('y');
  });

test('a classifier stays on the DLA to its end, where it left it at its pool', async () => {
  const graph = classifier(8, 8);
  const before = dlaSupport(graph, ORIN);
  assert.deepEqual(
    before.nodes.filter(({ on }) => on === 'gpu').map(({ node, reason }) => [node, reason]),
    [
      ['mean', 'the DLA has no GlobalAveragePool'],
      ['flat', 'the DLA has no Flatten'],
    ],
  );
  assert.deepEqual([before.loadables, before.borders], [2, 2]);
  const forms = dlaForms(graph);
  assert.deepEqual(ops(forms), ['Conv', 'Relu', 'AveragePool', 'Conv', 'Tanh', 'Conv', 'Softmax', 'Reshape']);
  const after = dlaSupport(forms, ORIN);
  assert.deepEqual(
    after.nodes.filter(({ on }) => on === 'gpu').map(({ op }) => op),
    ['Reshape'],
  );
  assert.deepEqual([after.loadables, after.borders], [1, 1]);
  await assertSameEverywhere(graph, forms);
});

test('the DLA of a Xavier has no Softmax, and with TensorRT 8.2 no Reshape either', () => {
  const { nodes } = dlaSupport(dlaForms(classifier(8, 8)), XAVIER);
  assert.deepEqual(
    nodes.filter(({ on }) => on === 'gpu').map(({ op, reason }) => [op, reason]),
    [
      ['Softmax', 'the DLA has Softmax from TensorRT 8.5 on'],
      ['Reshape', 'the DLA has Reshape from TensorRT 8.6 on'],
    ],
  );
});

test('pools of more than 8 are several, or a Conv where a side has no small factors', async () => {
  const cases: readonly (readonly [number, number, readonly string[]])[] = [
    [25, 5, ['AveragePool', 'AveragePool']],
    [11, 4, ['Conv']],
    [64, 6, ['AveragePool', 'AveragePool']],
    [37, 2, ['GlobalAveragePool']],
  ];
  for (const [height, width, expected] of cases) {
    const graph = classifier(height, width);
    const forms = dlaForms(graph);
    assert.deepEqual(ops(forms).slice(2, 2 + expected.length), expected);
    await assertSameEverywhere(graph, forms);
  }
});

test('a mean over height and width is a pool, a flat image a kernel of its size', async () => {
  const graph = floatGraph((build) => {
    build.input('x', [2, 3, 4, 4]);
    build.constant('axes', int64Tensor([-1, 2]));
    build.node('ReduceMean', ['x', 'axes'], { name: 'mean', attributes: { keepdims: int(0) } });
    build.output('mean');
    build.constant('shape', int64Tensor([2, -1]));
    build.node('Reshape', ['x', 'shape'], { name: 'flat' });
    build.constant('w', randomTensor([5, 48], 1));
    build.node('Gemm', ['flat', 'w'], { name: 'y', attributes: { transB: int(1) } });
    build.output('y');
  });
  const forms = dlaForms(graph);
  assert.deepEqual(ops(forms), ['AveragePool', 'Reshape', 'Conv', 'Reshape']);
  await assertSameEverywhere(graph, forms);
});

/** Why the only node of a graph is refused on an Orin with JetPack 6.2. */
const refusal = (make: (build: GraphBuilder) => void): string | null => {
  const graph = floatGraph(make);
  return dlaRefusal(graph.nodes[0]!, graph, ORIN);
};

const window = (op: string, shape: readonly number[], attributes: Parameters<GraphBuilder['node']>[2]) =>
  refusal((build) => {
    build.input('x', shape);
    build.output(build.node(op, ['x'], { name: 'y', ...attributes }));
  });

test('limits of layers are held', () => {
  const pool = (kernel: number) =>
    window('MaxPool', [1, 2, 16, 16], { attributes: { kernel_shape: ints([kernel, 2]) } });
  assert.equal(pool(8), null);
  assert.equal(pool(9), 'a window of 9 x 2; each side is 1 to 8');
  assert.equal(window('Relu', [1, 2, 8193, 4], {}), 'an axis of more than 8192');
  assert.equal(window('Relu', [4097, 2, 8, 4], {}), 'a batch of 4097; at most 4096');
  assert.equal(window('HardSwish', [1, 2, 8, 4], {}), 'the DLA has no HardSwish');
  const clip = (high: number) =>
    refusal((build) => {
      build.input('x', [1, 2, 4, 4]);
      build.constant('low', floatTensor([], [0]));
      build.constant('high', floatTensor([], [high]));
      build.output(build.node('Clip', ['x', 'low', 'high'], { name: 'y' }));
    });
  assert.equal(clip(6), null);
  assert.equal(clip(0.5), 'limits of 0 and 0.5; 0 and 1 to 127 are supported');
  const conv = (kernel: number, stride: number) =>
    refusal((build) => {
      build.input('x', [1, 1, 40, 40]);
      build.constant('w', randomTensor([1, 1, kernel, 1], 1));
      const attributes = { strides: ints([stride, 1]) };
      build.output(build.node('Conv', ['x', 'w'], { name: 'y', attributes }));
    });
  assert.equal(conv(32, 8), null);
  assert.equal(conv(33, 1), 'a kernel of 33 x 1; each side is 1 to 32');
  assert.equal(conv(3, 9), 'strides of 9 x 1; 1 to 8');
});

test('parts that a node of the GPU lies between are two, although they touch', () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 2, 4, 4]);
    const a = build.node('Relu', ['x'], { name: 'a' });
    const b = build.node('Elu', [a], { name: 'b' });
    build.output(build.node('Add', [a, b], { name: 'c' }));
  });
  const { loadables, borders } = dlaSupport(graph, ORIN);
  assert.deepEqual([loadables, borders], [2, 2]);
});
