import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, makeNode, perTensor } from '../../src/graph/build.ts';
import {
  consumers,
  producers,
  removeDead,
  sameQuant,
  sortTopologically,
  startEdit,
  uniqueName,
} from '../../src/graph/rewrite.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import { verifyGraph } from '../../src/graph/verify.ts';

/** x -> a -> b -> y, with a second, unused branch a -> c. */
function chain() {
  const g = graphBuilder('chain');
  const x = g.input('x', [2]);
  const a = g.node('Relu', [x], { shape: [2], name: 'a' });
  const b = g.node('Add', [a, g.constant('one', floatTensor([], [1]))], { shape: [2], name: 'b' });
  g.node('Exp', [a], { shape: [2], name: 'c' });
  g.output(b, { name: 'y' });
  return g.build();
}

test('producers and consumers name each node once', () => {
  const graph = chain();
  const square = { ...graph, nodes: [makeNode('Mul', ['x', 'x'], ['y'])] };
  assert.equal(consumers(square).get('x')?.length, 1);
  assert.equal(producers(graph).get('b')?.op, 'Add');
  assert.equal(producers(graph).get('x'), undefined);
  assert.deepEqual(
    consumers(graph)
      .get('a')
      ?.map((node) => node.op),
    ['Add', 'Exp'],
  );
});

test('removeDead drops what no output needs, and gives the same object when nothing is dead', () => {
  const alive = removeDead(chain());
  assert.deepEqual(
    alive.nodes.map((node) => node.name),
    ['a', 'b'],
  );
  assert.equal(alive.values.has('c'), false);
  assert.equal(removeDead(alive), alive);
});

test('removeDead keeps unread model inputs', () => {
  const g = graphBuilder('unread');
  g.input('x', [2]);
  g.output(g.node('Relu', [g.input('used', [2])], { shape: [2] }));
  const graph = removeDead(g.build());
  assert.ok(graph.values.has('x'));
  verifyGraph(graph);
});

test('redirect reaches readers and outputs; what is left over dies', () => {
  const edit = startEdit(chain());
  edit.redirect('b', 'a');
  const graph = edit.finish();
  assert.equal(graph.outputs[0]!.value, 'a');
  assert.equal(graph.outputs[0]!.name, 'y');
  assert.deepEqual(
    graph.nodes.map((node) => node.name),
    ['a'],
  );
  verifyGraph(graph);
});

test('an edit follows chains of redirections and never changes its graph', () => {
  const graph = chain();
  const edit = startEdit(graph);
  edit.redirect('b', 'a');
  edit.redirect('a', 'x');
  const changed = edit.finish();
  assert.equal(changed.outputs[0]!.value, 'x');
  assert.equal(graph.nodes.length, 3);
  assert.equal(startEdit(graph).finish(), graph, 'an empty edit gives the graph itself');
});

test('an edit adds constants and values under free names', () => {
  const graph = chain();
  const edit = startEdit(graph);
  const name = edit.addConstant('one', floatTensor([], [2]));
  assert.equal(name, 'one_1');
  const node = graph.nodes[1]!;
  edit.replace(node, { ...node, inputs: ['a', name] });
  assert.ok(edit.isEdited(node));
  const changed = verifyGraph(edit.finish());
  assert.equal(changed.constants.has('one'), false);
  assert.equal(changed.constants.get('one_1')?.data[0], 2);
});

test('sortTopologically keeps a sorted order, repairs another, and names a cycle', () => {
  const nodes = chain().nodes;
  assert.equal(sortTopologically(nodes), nodes);
  const shuffled = [nodes[2]!, nodes[1]!, nodes[0]!];
  assert.equal(sortTopologically(shuffled)[0]!.name, 'a');
  const cycle = [makeNode('Relu', ['b'], ['a']), makeNode('Relu', ['a'], ['b'])];
  assert.throws(() => sortTopologically(cycle), { code: 'E_ONNX_INVALID' });
});

test('sortTopologically takes a long reversed chain in linear time', () => {
  const length = 50_000;
  const nodes = Array.from({ length }, (_, i) => makeNode('Relu', [`v${i}`], [`v${i + 1}`])).reverse();
  const sorted = sortTopologically(nodes);
  assert.equal(sorted[0]!.outputs[0], 'v1');
  assert.equal(sorted.length, length);
});

test('uniqueName and sameQuant', () => {
  const taken = new Set(['w', 'w_1']);
  assert.equal(
    uniqueName('w', (name) => taken.has(name)),
    'w_2',
  );
  assert.ok(sameQuant(perTensor(0.5, 3), perTensor(0.5, 3)));
  assert.ok(!sameQuant(perTensor(0.5, 3), perTensor(0.5, 4)));
  assert.ok(!sameQuant(perTensor(0.5, 3), perTensor(0.5, 3, 'uint8')));
  assert.ok(!sameQuant(perTensor(0.5, 3), null));
  assert.ok(sameQuant(null, null));
});

test('a value that is made like another one has a name of its own', () => {
  const graph = chain();
  const edit = startEdit(graph);
  const copy = edit.addValue('a/copy', graph.values.get('a')!);
  edit.replace(
    producers(graph).get('b')!,
    makeNode('Identity', ['a'], [copy]),
    makeNode('Add', [copy, copy], ['b']),
  );
  const changed = edit.finish();
  assert.equal(changed.values.get(copy)?.name, copy);
  verifyGraph(changed);
});
