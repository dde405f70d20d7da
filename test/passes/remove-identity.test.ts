import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, graphBuilder, int, ints, makeNode, perTensor } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import { removeIdentity } from '../../src/passes/remove-identity.ts';
import { assertSameMeaning, floatGraph, ops } from './helpers.ts';

const SHAPE = [1, 2, 3, 4];

/** x -> Exp -> the node -> Abs, so that the node stands between two others. */
function around(make: (g: GraphBuilder, x: string) => string) {
  return floatGraph((g) => {
    g.output(g.node('Abs', [make(g, g.node('Exp', [g.input('x', SHAPE)]))]));
  });
}

const REMOVED: Readonly<Record<string, (g: GraphBuilder, x: string) => string>> = {
  Identity: (g, x) => g.node('Identity', [x]),
  Dropout: (g, x) => g.node('Dropout', [x]),
  Cast: (g, x) => g.node('Cast', [x], { attributes: { to: int(1) } }),
  Reshape: (g, x) => g.node('Reshape', [x, g.constant('shape', int64Tensor([0, -1, 3, 4]))]),
  Expand: (g, x) => g.node('Expand', [x, g.constant('shape', int64Tensor([1, 1, 4]))]),
  Transpose: (g, x) => g.node('Transpose', [x], { attributes: { perm: ints([0, 1, 2, 3]) } }),
  Pad: (g, x) => g.node('Pad', [x, g.constant('pads', int64Tensor([0, 0, 0, 0, 0, 0, 0, 0]))]),
  Slice: (g, x) =>
    g.node('Slice', [
      x,
      g.constant('starts', int64Tensor([0])),
      g.constant('ends', int64Tensor([2 ** 31 - 1])),
      g.constant('axes', int64Tensor([2])),
    ]),
  Clip: (g, x) => g.node('Clip', [x]),
  'Clip to infinity': (g, x) =>
    g.node('Clip', [
      x,
      g.constant('min', floatTensor([], [Number.NEGATIVE_INFINITY])),
      g.constant('max', floatTensor([], [3.4028234663852886e38])),
    ]),
  Concat: (g, x) => g.node('Concat', [x], { attributes: { axis: int(1) } }),
  Sum: (g, x) => g.node('Sum', [x]),
  ReduceMax: (g, x) => g.node('ReduceMax', [x, g.constant('axes', int64Tensor([0]))]),
  'ReduceMean of no axes': (g, x) =>
    g.node('ReduceMean', [x, ''], { attributes: { noop_with_empty_axes: int(1) } }),
  MaxPool: (g, x) => g.node('MaxPool', [x], { attributes: { kernel_shape: ints([1, 1]) } }),
};

for (const [what, make] of Object.entries(REMOVED)) {
  test(`${what} that changes nothing is removed`, () => {
    const before = around(make);
    const after = removeIdentity(before);
    assert.deepEqual(ops(after), ['Exp', 'Abs']);
    assertSameMeaning(before, after, 0);
  });
}

const KEPT: Readonly<Record<string, (g: GraphBuilder, x: string) => string>> = {
  'Pad that crops what it adds': (g, x) =>
    g.node('Pad', [x, g.constant('pads', int64Tensor([0, 0, 1, 0, 0, 0, -1, 0]))]),
  'Slice that reverses': (g, x) =>
    g.node('Slice', [
      x,
      g.constant('starts', int64Tensor([-1])),
      g.constant('ends', int64Tensor([-100])),
      g.constant('axes', int64Tensor([2])),
      g.constant('steps', int64Tensor([-1])),
    ]),
  'Clip with a bound': (g, x) => g.node('Clip', [x, g.constant('min', floatTensor([], [0.5]))]),
  'Transpose of equal sizes': (g, x) =>
    g.node('Transpose', [g.node('Reshape', [x, g.constant('square', int64Tensor([2, 2, 2, 3]))])], {
      attributes: { perm: ints([0, 2, 1, 3]) },
    }),
  'Concat of two': (g, x) => g.node('Concat', [x, x], { attributes: { axis: int(1) } }),
};

for (const [what, make] of Object.entries(KEPT)) {
  test(`${what} is kept`, () => {
    const before = around(make);
    assert.equal(removeIdentity(before), before);
  });
}

test('an Identity that is an output gives its name to the value before', () => {
  const before = floatGraph((g) => g.output(g.node('Identity', [g.node('Exp', [g.input('x', [2])])])));
  const after = removeIdentity(before);
  assert.deepEqual(ops(after), ['Exp']);
  assert.equal(after.outputs[0]!.name, 'identity');
  assertSameMeaning(before, after, 0);
});

test('a chain of identities goes at once, even from input to output', () => {
  const before = floatGraph((g) => {
    let x = g.input('x', [2]);
    for (let i = 0; i < 5; i++) x = g.node('Identity', [x]);
    g.output(x);
  });
  const after = removeIdentity(before);
  assert.deepEqual(ops(after), []);
  assertSameMeaning(before, after, 0);
});

test('Dropout keeps a mask that is read', () => {
  const before = floatGraph((g) => g.output(g.input('x', [2])));
  const masked = {
    ...before,
    nodes: [makeNode('Dropout', ['x'], ['y', 'mask'])],
    values: new Map([
      ...before.values,
      ['y', { name: 'y', dtype: 'float32' as const, shape: [2], quant: null }],
      ['mask', { name: 'mask', dtype: 'bool' as const, shape: [2], quant: null }],
    ]),
    outputs: [
      { name: 'y', value: 'y', dtype: 'float32' as const },
      { name: 'mask', value: 'mask', dtype: 'bool' as const },
    ],
  };
  assert.equal(removeIdentity(masked), masked);
});

/** x -> Exp -> Identity with the given quantisation on either side. */
function quantized(before: ReturnType<typeof perTensor> | null, after: ReturnType<typeof perTensor> | null) {
  const g = graphBuilder('quantised');
  const exp = g.node('Exp', [g.input('x', [8])], { shape: [8], quant: before });
  g.output(g.node('Identity', [exp], { shape: [8], quant: after }));
  return g.build();
}

test('quantisation survives: equal, moved to the producer, or as a Requantise', () => {
  const [fine, coarse] = [perTensor(0.01, -128), perTensor(0.1, -128)];
  const cases = [
    { graph: quantized(fine, fine), expected: ['Exp'] },
    { graph: quantized(fine, null), expected: ['Exp'] },
    { graph: quantized(null, coarse), expected: ['Exp'] },
    { graph: quantized(fine, coarse), expected: ['Exp', 'tinyml::Requantise'] },
  ];
  for (const { graph, expected } of cases) {
    const after = removeIdentity(graph);
    assert.deepEqual(ops(after), expected);
    assertSameMeaning(graph, after, 0);
    assert.equal(removeIdentity(after), after, 'nothing is left to do');
  }
});

test('a quantised Identity of a value that others read unquantised becomes a Requantise', () => {
  const g = graphBuilder('shared');
  const exp = g.node('Exp', [g.input('x', [8])], { shape: [8] });
  g.output(g.node('Identity', [exp], { shape: [8], quant: perTensor(0.1, -128) }));
  g.output(g.node('Neg', [exp], { shape: [8] }));
  const graph = g.build();
  const after = removeIdentity(graph);
  assert.deepEqual(ops(after), ['Exp', 'tinyml::Requantise', 'Neg']);
  assertSameMeaning(graph, after, 0);
});
