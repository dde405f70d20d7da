import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GraphBuilder, ints } from '../../src/graph/build.ts';
import { LINEAR_ATTENTION } from '../../src/graph/own-operators.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { fuseLinearAttention } from '../../src/passes/fuse-linear-attention.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { assertSameMeaning, floatGraph, ops } from './helpers.ts';

/** The attention of EfficientViT: two heads, four channels, nine tokens. */
function write(b: GraphBuilder, { fill = 1, first = 0, epsilon = true } = {}): void {
  const [q, k, v] = ['q', 'k', 'v'].map((name) => b.input(name, [1, 2, 4, 9])) as [string, string, string];
  const pads = b.constant('pads', int64Tensor([0, 0, 0, 0, 0, 0, 1, 0]));
  const padded = b.node('Pad', [v, pads, b.constant('fill', floatTensor([], [fill]))], { name: 'padded' });
  const turned = b.node('Transpose', [b.node('Relu', [k], { name: 'rk' })], {
    name: 'kt',
    attributes: { perm: ints([0, 1, 3, 2]) },
  });
  const state = b.node('MatMul', [padded, turned], { name: 'state' });
  const product = b.node('MatMul', [state, b.node('Relu', [q], { name: 'rq' })], { name: 'product' });
  const rows = (name: string, from: number, to: number): string =>
    b.node('Slice', [product, ...[from, to, 2].map((n, i) => b.constant(`${name}${i}`, int64Tensor([n])))], {
      name,
    });
  const weights = rows('weights', 4, 5);
  const divisor = epsilon
    ? b.node('Add', [weights, b.constant('epsilon', floatTensor([], [1e-15]))], { name: 'divisor' })
    : weights;
  b.output(b.node('Div', [rows('sums', first, first + 4), divisor], { name: 'y' }));
}

for (const epsilon of [true, false]) {
  test(`linear attention ${epsilon ? 'with' : 'without'} an epsilon is one node, in the file that is written too`, () => {
    const graph = floatGraph((b) => write(b, { epsilon }));
    const after = fuseLinearAttention(graph);
    assert.deepEqual(ops(after), [LINEAR_ATTENTION]);
    // Without one, a token whose weights are all 0 has no meaning.
    if (epsilon) assertSameMeaning(graph, after);
    const read = prepareGraph(importModel(exportModel(after), { path: 'x.onnx' }));
    assert.deepEqual(ops(read), [LINEAR_ATTENTION]);
    assertSameMeaning(after, read);
  });
}

/** The same as PyTorch Image Models has it: tokens are rows. */
function writeTurned(b: GraphBuilder, { fill = 1, split = 4 } = {}): void {
  const [q, k, v] = ['q', 'k', 'v'].map((name) => b.input(name, [1, 2, 9, 4])) as [string, string, string];
  const pads = b.constant('pads', int64Tensor([0, 0, 0, 0, 0, 0, 0, 1]));
  const padded = b.node('Pad', [v, pads, b.constant('fill', floatTensor([], [fill]))], { name: 'padded' });
  const turned = b.node('Transpose', [b.node('Relu', [k], { name: 'rk' })], {
    name: 'kt',
    attributes: { perm: ints([0, 1, 3, 2]) },
  });
  const state = b.node('MatMul', [turned, padded], { name: 'state' });
  const product = b.node('MatMul', [b.node('Relu', [q], { name: 'rq' }), state], { name: 'product' });
  const columns = (name: string, from: number, to: number): string =>
    b.node('Slice', [product, ...[from, to, -1].map((n, i) => b.constant(`${name}${i}`, int64Tensor([n])))], {
      name,
    });
  const weights = columns('weights', split, split + 1);
  const divisor = b.node('Add', [weights, b.constant('epsilon', floatTensor([], [1e-5]))], {
    name: 'divisor',
  });
  b.output(b.node('Div', [columns('sums', 0, 4), divisor], { name: 'y' }));
}

test('linear attention with tokens as rows is the same, turned', () => {
  const graph = floatGraph((b) => writeTurned(b));
  const after = fuseLinearAttention(graph);
  assert.deepEqual(ops(after), ['Transpose', 'Transpose', 'Transpose', LINEAR_ATTENTION, 'Transpose']);
  assertSameMeaning(graph, after);
  const read = prepareGraph(importModel(exportModel(after), { path: 'x.onnx' }));
  assert.deepEqual(ops(read), ops(after));
  for (const other of [{ fill: 2 }, { split: 3 }]) {
    const unlike = floatGraph((b) => writeTurned(b, other));
    assert.equal(fuseLinearAttention(unlike), unlike);
  }
});

test('other weights than sums of keys, and other rows, are no linear attention', () => {
  for (const other of [{ fill: 2 }, { first: 1 }]) {
    const graph = floatGraph((b) => write(b, other));
    assert.equal(fuseLinearAttention(graph), graph);
  }
});
