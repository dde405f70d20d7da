import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, makeNode, perChannel, perTensor } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph, Quant, Tensor } from '../../src/graph/types.ts';
import { verifyGraph } from '../../src/graph/verify.ts';

function graphWith(constant: Tensor, quant: Quant | null = null, op = 'Add'): Graph {
  const g = graphBuilder('test');
  const x = g.input('x', [2, 3]);
  g.output(g.node(op, [x, g.constant('w', constant, quant)], { shape: [2, 3], name: 'y' }));
  return g.build();
}

const int8 = (values: readonly number[]): Tensor => ({
  dtype: 'int8',
  shape: [values.length],
  data: Int8Array.from(values),
});

test('a sound graph is given back', () => {
  const graph = graphWith(floatTensor([3], [1, 2, 3]));
  assert.equal(verifyGraph(graph), graph);
  verifyGraph(graphWith(int8([1, 2, 3]), perChannel([0.5, 1, 2], 0)));
});

test('NaN and infinite weights are named', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.throws(
      () => verifyGraph(graphWith(floatTensor([3], [1, bad, 3]))),
      (error: { code: string; at: string[]; message: string }) =>
        error.code === 'E_NOT_FINITE' && error.at[0] === 'tensor "w"' && /element 1/.test(error.message),
    );
  }
});

test('bounds may be infinite but not NaN', () => {
  verifyGraph(graphWith(floatTensor([], [Number.POSITIVE_INFINITY]), null, 'Clip'));
  const nan = graphWith(floatTensor([], [Number.NaN]), null, 'Clip');
  assert.throws(() => verifyGraph(nan), { code: 'E_NOT_FINITE' });
});

test('scales must be positive, finite and as many as the axis is long', () => {
  const cases: readonly (readonly [string, Quant])[] = [
    ['zero scale', perTensor(0, 0)],
    ['negative scale', perTensor(-1, 0)],
    ['NaN scale', perTensor(Number.NaN, 0)],
    ['infinite scale', perTensor(Number.POSITIVE_INFINITY, 0)],
    ['too few scales', perChannel([1, 1], 0)],
    ['axis outside', perChannel([1, 1, 1], 1)],
    ['zero point outside int8', perTensor(1, 128)],
    ['too many zero points', perChannel([1, 1, 1], 0, 'int8', [0, 0])],
  ];
  for (const [what, quant] of cases) {
    assert.throws(() => verifyGraph(graphWith(int8([1, 2, 3]), quant)), { code: 'E_QUANT' }, what);
  }
});

test('malformed graphs are refused', () => {
  const graph = graphWith(floatTensor([3], [1, 2, 3]));
  const [node] = graph.nodes as readonly [Graph['nodes'][number]];
  const without = (map: ReadonlyMap<string, never>, name: string) =>
    new Map([...map].filter(([key]) => key !== name));
  const cases: readonly (readonly [string, Graph])[] = [
    ['assigned twice', { ...graph, nodes: [node, node] }],
    ['read before computed', { ...graph, nodes: [makeNode('Relu', ['z'], ['y'])] }],
    ['reads a later node', { ...graph, nodes: [makeNode('Relu', ['y'], ['x2']), node] }],
    ['no value', { ...graph, values: without(graph.values as never, 'y') }],
    ['value that nothing computes', { ...graph, nodes: [] }],
    ['constant without value', { ...graph, values: without(graph.values as never, 'w') }],
    ['no outputs', { ...graph, outputs: [] }],
    ['two outputs of one name', { ...graph, outputs: [...graph.outputs, ...graph.outputs] }],
    ['port of another type', { ...graph, outputs: [{ name: 'y', value: 'y', dtype: 'int8' }] }],
    ['port without value', { ...graph, outputs: [{ name: 'y', value: 'nowhere', dtype: 'float32' }] }],
    ['wrong size', { ...graph, constants: new Map([['w', { ...floatTensor([2], [1, 2]), shape: [3] }]]) }],
    ['wrong type', { ...graph, constants: new Map([['w', int64Tensor([1, 2, 3])]]) }],
    ['wrong storage', { ...graph, constants: new Map([['w', { ...int8([1, 2, 3]), dtype: 'float32' }]]) }],
  ];
  for (const [what, malformed] of cases) {
    assert.throws(() => verifyGraph(malformed), { code: 'E_INTERNAL' }, what);
  }
});

test('shapes are bounded', () => {
  const g = graphBuilder('large');
  g.output(g.node('Relu', [g.input('x', [2 ** 20, 2 ** 10])], { shape: [2 ** 20, 2 ** 10] }));
  assert.throws(() => verifyGraph(g.build()), { code: 'E_SHAPE' });
});

test('ports of quantised values carry reals or the integers of the value', () => {
  for (const dtype of ['float32', 'int8'] as const) {
    const g = graphBuilder('port');
    const x = g.input('x', [2], { quant: perTensor(0.1, 0), port: dtype });
    g.output(g.node('Relu', [x], { shape: [2], quant: perTensor(0.1, 0) }), { dtype });
    verifyGraph(g.build());
  }
});
