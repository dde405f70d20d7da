import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, int, ints } from '../../../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../../../src/graph/tensor.ts';
import type { Graph } from '../../../../src/graph/types.ts';
import { widenOneAxis } from '../../../../src/targets/tensorrt/forms/widen.ts';
import { floatGraph, ops, randomTensor } from '../../../passes/helpers.ts';
import { assertSameEverywhere } from './lowering.ts';

const conv = (
  build: GraphBuilder,
  x: string,
  name: string,
  [filters, channels]: readonly [number, number],
) => {
  build.constant(`${name}_w`, randomTensor([filters, channels, 3], filters + channels));
  build.constant(`${name}_b`, randomTensor([filters], filters));
  const attributes = { kernel_shape: ints([3]), pads: ints([2, 0]), dilations: ints([1]) };
  return build.node('Conv', [x, `${name}_w`, `${name}_b`], { name, attributes });
};

/** Windows over one axis that are left, and Reshapes. */
const left = (graph: Graph) => ({
  oneAxis: graph.nodes.filter(
    ({ op, inputs }) => /Conv|Pool/.test(op) && graph.values.get(inputs[0]!)!.shape.length === 3,
  ).length,
  reshapes: ops(graph).filter((op) => op === 'Reshape').length,
});

test('a residual network over one axis becomes one over two, with a Reshape before and one behind', async () => {
  const graph = floatGraph((build) => {
    build.input('x', [2, 4, 16]);
    const a = build.node('Relu', [conv(build, 'x', 'a', [6, 4])], { name: 'a_relu' });
    const b = conv(build, a, 'b', [6, 6]);
    build.constant('gain', randomTensor([6, 1], 9));
    const scaled = build.node('Mul', [b, 'gain'], { name: 'scaled' });
    const sum = build.node('Add', [scaled, a], { name: 'sum' });
    const both = build.node('Concat', [sum, a], { name: 'both', attributes: { axis: int(-2) } });
    const pool = build.node('MaxPool', [both], {
      name: 'pool',
      attributes: { kernel_shape: ints([2]), strides: ints([2]) },
    });
    const mean = build.node('GlobalAveragePool', [pool], { name: 'mean' });
    build.output(build.node('Flatten', [mean], { name: 'y' }));
  });
  const wide = widenOneAxis(graph);
  assert.deepEqual(left(wide), { oneAxis: 0, reshapes: 2 });
  assert.deepEqual(wide.nodes[0]!.op, 'Reshape');
  assert.equal(wide.nodes.at(-1)!.op, 'Reshape');
  await assertSameEverywhere(graph, wide);
});

test('weights and activations keep their Q and DQ, with the axis of the channels', async () => {
  const quantized = (build: GraphBuilder, x: string, scale: string, zero: string, axis?: number) => {
    const attributes = axis === undefined ? {} : { axis: int(axis) };
    const codes = build.node('QuantizeLinear', [x, scale, zero], {
      name: `${x}_q`,
      dtype: 'int8',
      attributes,
    });
    return build.node('DequantizeLinear', [codes, scale, zero], { name: `${x}_dq`, attributes });
  };
  const graph = floatGraph((build) => {
    build.input('x', [1, 4, 16]);
    build.constant('x_scale', floatTensor([], [0.02]));
    build.constant('x_zero', { dtype: 'int8', shape: [], data: Int8Array.of(0) });
    build.constant('w', randomTensor([6, 4, 3], 3));
    build.constant('w_scale', floatTensor([6], [0.01, 0.02, 0.005, 0.01, 0.02, 0.01]));
    build.constant('w_zero', { dtype: 'int8', shape: [6], data: new Int8Array(6) });
    const x = quantized(build, 'x', 'x_scale', 'x_zero');
    const w = quantized(build, 'w', 'w_scale', 'w_zero', -3);
    const y = build.node('Conv', [x, w], { name: 'conv', attributes: { pads: ints([1, 1]) } });
    const z = quantized(build, build.node('Relu', [y], { name: 'relu' }), 'x_scale', 'x_zero');
    build.output(build.node('AveragePool', [z], { name: 'y', attributes: { kernel_shape: ints([4]) } }));
  });
  const wide = widenOneAxis(graph);
  assert.deepEqual(left(wide), { oneAxis: 0, reshapes: 2 });
  const byOutput = new Map(wide.nodes.map((node) => [node.outputs[0]!, node]));
  const convolution = wide.nodes.find(({ op }) => op === 'Conv')!;
  for (const input of convolution.inputs.slice(0, 2)) {
    const dq = byOutput.get(input)!;
    assert.equal(dq.op, 'DequantizeLinear');
    assert.equal(byOutput.get(dq.inputs[0]!)!.op, 'QuantizeLinear');
  }
  assert.deepEqual(byOutput.get(convolution.inputs[1]!)!.attributes.axis, int(0));
  await assertSameEverywhere(graph, wide);
});

test('what reads one axis between windows gets it back', async () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 4, 8]);
    const a = conv(build, 'x', 'a', [4, 4]);
    const turned = build.node('Transpose', [a], { name: 'turned', attributes: { perm: ints([0, 2, 1]) } });
    const back = build.node('Transpose', [turned], { name: 'back', attributes: { perm: ints([0, 2, 1]) } });
    const b = conv(build, back, 'b', [4, 4]);
    build.constant('axes', int64Tensor([-1]));
    build.output(build.node('ReduceMean', [b, 'axes'], { name: 'mean', attributes: { keepdims: int(0) } }));
    build.output(b);
  });
  const wide = widenOneAxis(graph);
  assert.deepEqual(left(wide), { oneAxis: 0, reshapes: 4 });
  await assertSameEverywhere(graph, wide);
});

test('a transposed convolution over one axis keeps its padding of outputs', async () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 4, 8]);
    build.constant('w', randomTensor([4, 3, 3], 5));
    build.output(
      build.node('ConvTranspose', ['x', 'w'], {
        name: 'y',
        attributes: { strides: ints([2]), pads: ints([1, 1]), output_padding: ints([1]) },
      }),
    );
  });
  const wide = widenOneAxis(graph);
  assert.deepEqual(left(wide), { oneAxis: 0, reshapes: 2 });
  await assertSameEverywhere(graph, wide);
});

test('a graph over two axes is left as it is', () => {
  const graph = floatGraph((build) => {
    build.input('x', [1, 2, 4, 4]);
    build.output(build.node('GlobalAveragePool', ['x'], { name: 'y' }));
  });
  assert.equal(widenOneAxis(graph), graph);
});
