import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, int, ints, perTensor, string } from '../../src/graph/build.ts';
import { int64Tensor } from '../../src/graph/tensor.ts';
import type { Attribute, Graph, Tensor } from '../../src/graph/types.ts';
import { averageBorders } from '../../src/passes/average-borders.ts';
import { deviceForms } from '../../src/passes/device-forms.ts';
import { assertSameMeaning, floatGraph, ops, randomTensor } from './helpers.ts';

function places(values: readonly number[], shape: readonly number[]): Tensor {
  return { ...int64Tensor([...values]), shape };
}

const VOLUME = [2, 4, 5, 6, 7];

function convolution(attributes: Record<string, Attribute>, kernel: readonly number[], group = 1) {
  return (b: GraphBuilder): void => {
    const weights = b.constant('w', randomTensor([6, 4 / group, ...kernel], 3));
    const bias = b.constant('c', randomTensor([6], 4));
    const given = { ...attributes, group: int(group) };
    b.output(b.node('Conv', [b.input('x', VOLUME), weights, bias], { attributes: given }));
  };
}

function transposed(attributes: Record<string, Attribute>, kernel: readonly number[]) {
  return (b: GraphBuilder): void => {
    const weights = b.constant('w', randomTensor([4, 3, ...kernel], 3));
    const bias = b.constant('c', randomTensor([3], 4));
    b.output(b.node('ConvTranspose', [b.input('x', [2, 4, 3, 4, 5]), weights, bias], { attributes }));
  };
}

const pooling = (op: string, attributes: Record<string, Attribute>) => (b: GraphBuilder) => {
  b.output(b.node(op, [b.input('x', VOLUME)], { attributes }));
};

const VOLUMES: readonly (readonly [what: string, make: (b: GraphBuilder) => void])[] = [
  ['a Conv', convolution({}, [2, 3, 3])],
  ['a Conv of one plane', convolution({ pads: ints([0, 1, 1, 0, 1, 1]) }, [1, 3, 3])],
  [
    'a Conv with strides and padding',
    convolution({ strides: ints([2, 2, 1]), pads: ints([1, 0, 2, 2, 1, 0]) }, [3, 2, 3]),
  ],
  ['a dilated Conv', convolution({ dilations: ints([2, 1, 2]) }, [2, 2, 2])],
  ['a Conv in groups', convolution({ auto_pad: string('SAME_UPPER') }, [2, 2, 2], 2)],
  ['a ConvTranspose', transposed({ strides: ints([2, 2, 2]) }, [2, 2, 2])],
  [
    'a ConvTranspose with padding',
    transposed({ strides: ints([2, 1, 2]), pads: ints([1, 0, 1, 1, 1, 0]) }, [3, 2, 3]),
  ],
  [
    'a ConvTranspose that adds to its output, dilated',
    transposed(
      { strides: ints([3, 2, 2]), output_padding: ints([2, 1, 0]), dilations: ints([2, 1, 2]) },
      [2, 3, 2],
    ),
  ],
  [
    'a ConvTranspose with planes of bias alone',
    transposed({ strides: ints([3, 1, 1]), output_shape: ints([8, 4, 6]) }, [1, 2, 2]),
  ],
  ['a ConvTranspose of as many planes', transposed({ pads: ints([1, 1, 1, 1, 1, 1]) }, [3, 3, 3])],
  ['a mean over all', pooling('GlobalAveragePool', {})],
  ['a maximum over all', pooling('GlobalMaxPool', {})],
  ['a maximum', pooling('MaxPool', { kernel_shape: ints([2, 3, 2]), strides: ints([2, 1, 2]) })],
  [
    'a maximum beyond the end',
    pooling('MaxPool', { kernel_shape: ints([2, 2, 2]), strides: ints([2, 2, 2]), ceil_mode: int(1) }),
  ],
  ['a maximum over planes alone', pooling('MaxPool', { kernel_shape: ints([1, 2, 2]) })],
  ['a mean', pooling('AveragePool', { kernel_shape: ints([2, 3, 2]), strides: ints([2, 1, 2]) })],
  [
    'a mean that leaves padding out',
    pooling('AveragePool', { kernel_shape: ints([3, 3, 3]), pads: ints([1, 1, 0, 1, 1, 1]) }),
  ],
  [
    'a mean that counts padding',
    pooling('AveragePool', {
      kernel_shape: ints([2, 2, 2]),
      pads: ints([1, 0, 1, 0, 1, 1]),
      count_include_pad: int(1),
    }),
  ],
];

for (const [what, make] of VOLUMES) {
  test(`${what} over a volume is computed over images`, () => {
    const graph = floatGraph(make);
    const after = deviceForms(graph);
    assertSameMeaning(graph, after, 1e-6);
    for (const { op, inputs } of after.nodes) {
      const windows = ['Conv', 'ConvTranspose', 'MaxPool', 'AveragePool', 'GlobalMaxPool'].includes(op);
      if (windows) assert.equal(after.values.get(inputs[0]!)!.shape.length, 4, op);
    }
  });
}

test('the Relu whose codes a Conv over a volume writes stays right behind it', () => {
  const graph = floatGraph((b) => {
    const w = b.constant('w', randomTensor([3, 4, 2, 2, 2], 3));
    b.output(b.node('Relu', [b.node('Conv', [b.input('x', VOLUME), w], { name: 'made' })], { name: 'y' }));
  });
  const values = new Map(graph.values);
  for (const name of ['x', 'y']) values.set(name, { ...values.get(name)!, quant: perTensor(0.5, 0) });
  const after = deviceForms({ ...graph, values });
  const at = after.nodes.findIndex(({ op }) => op === 'Conv');
  assert.equal(after.nodes[at + 1]!.op, 'Relu');
  assert.equal(after.values.get(after.nodes[at]!.outputs[0]!)!.quant, null);
  assert.deepEqual(after.values.get(after.nodes[at + 1]!.outputs[0]!)!.quant, perTensor(0.5, 0));
  assert.equal(after.nodes.at(-1)!.outputs[0], 'y');
});

const SCATTERS: readonly (readonly [string, (b: GraphBuilder, x: string) => string])[] = [
  [
    'ScatterElements',
    (b, x) => {
      const at = b.constant('i', places([0, 3, -1, 2, 2, 1], [2, 3]));
      const updates = b.input('u', [2, 3]);
      return b.node('ScatterElements', [x, at, updates], { attributes: { axis: int(-2) } });
    },
  ],
  [
    'ScatterND of elements',
    (b, x) => {
      const at = b.constant('i', places([0, 0, 3, 4, 0, 0], [3, 2]));
      return b.node('ScatterND', [x, at, b.input('u', [3])]);
    },
  ],
  [
    'ScatterND of rows',
    (b, x) => b.node('ScatterND', [x, b.constant('i', places([2, -4], [2, 1])), b.input('u', [2, 5])]),
  ],
];

for (const [what, make] of SCATTERS) {
  test(`${what} to constant places is a Gather, and the last update counts`, () => {
    const graph = floatGraph((b) => b.output(make(b, b.input('x', [4, 5]))));
    const after = deviceForms(graph);
    assert.ok(ops(after).includes('Gather'));
    assertSameMeaning(graph, after, 0);
  });
}

test('a Scatter that joins, and one to places that are computed, stay', () => {
  const graph = floatGraph((b) => {
    const x = b.input('x', [4, 5]);
    const i = b.constant('i', places([2, 0], [2, 1]));
    const attributes = { reduction: string('add') };
    b.output(b.node('ScatterND', [x, i, b.input('u', [2, 5])], { attributes }));
  });
  assert.equal(deviceForms(graph), graph);
});

function averaging(attributes: Record<string, Attribute>, to = perTensor(0.25, 3)): Graph {
  const graph = floatGraph((b) => {
    b.output(b.node('AveragePool', [b.input('x', [1, 2, 7, 6])], { name: 'y', attributes }));
  });
  const values = new Map(graph.values);
  values.set('x', { ...values.get('x')!, quant: perTensor(0.5, 0) });
  values.set('y', { ...values.get('y')!, quant: to });
  return { ...graph, values };
}

const withoutScales = (graph: Graph): Graph => ({
  ...graph,
  values: new Map([...graph.values].map(([name, value]) => [name, { ...value, quant: null }])),
});

for (const attributes of [
  { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) },
  { kernel_shape: ints([3, 2]), strides: ints([2, 2]), auto_pad: string('SAME_LOWER') },
  { kernel_shape: ints([3, 4]), strides: ints([2, 3]), pads: ints([0, 2, 1, 0]), ceil_mode: int(1) },
]) {
  test(`an average that changes its scale has windows of one size: ${JSON.stringify(attributes)}`, () => {
    const graph = averaging(attributes);
    const after = averageBorders(averageBorders(graph));
    assert.ok(after.nodes.length > 1);
    assertSameMeaning(withoutScales(graph), withoutScales(after), 1e-6);
    assert.equal(averageBorders(after), after);
  });
}

test('an average that keeps its scale, or sees no border, stays', () => {
  const padded = { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) };
  for (const graph of [averaging(padded, perTensor(0.5, 0)), averaging({ kernel_shape: ints([3, 3]) })])
    assert.equal(averageBorders(graph), graph);
});
