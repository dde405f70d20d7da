import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, graphBuilder, int, ints, makeNode, perTensor, string } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import { verifyGraph } from '../../src/graph/verify.ts';

test('the builder makes a sound graph and the same imported model', () => {
  const g = graphBuilder('net');
  const x = g.input('x', [1, 2], { quant: perTensor(0.1, -3), port: 'int8' });
  const w = g.constant('w', { dtype: 'int8', shape: [2], data: Int8Array.of(1, 2) }, perTensor(1, 0));
  const first = g.node('Add', [x, w], { shape: [1, 2] });
  const second = g.node('Add', [first, w], { shape: [1, 2] });
  g.output(second, { name: 'y' });
  const graph = verifyGraph(g.build());
  assert.deepEqual([first, second], ['add', 'add_1']);
  assert.deepEqual(graph.inputs, [{ name: 'x', value: 'x', dtype: 'int8' }]);
  assert.equal(graph.values.get('w')?.dtype, 'float32');
  assert.deepEqual(g.model().outputs, ['add_1']);
  assert.equal(g.model().nodes.length, 2);
});

test('a graph needs the shape of every node', () => {
  const g = graphBuilder('net');
  g.output(g.node('Relu', [g.input('x', [1])], { name: 'y' }));
  assert.throws(() => g.build(), { code: 'E_INTERNAL', message: /no shape was given for y/ });
  assert.equal(g.model().nodes[0]!.name, 'y');
});

test('a value cannot be made twice', () => {
  const g = graphBuilder('net');
  g.input('x', [1]);
  assert.throws(() => g.constant('x', floatTensor([1], [1])), { code: 'E_INTERNAL' });
});

test('attributes and node names', () => {
  const attributes = { alpha: float(0.5), group: int(2), pads: ints([1, 1]), mode: string('edge') };
  const node = makeNode('Op', ['a'], ['b'], attributes);
  assert.equal(node.name, 'b');
  assert.deepEqual(node.attributes.pads, { kind: 'ints', value: [1, 1] });
  assert.deepEqual(node.attributes.alpha, { kind: 'float', value: 0.5 });
});
