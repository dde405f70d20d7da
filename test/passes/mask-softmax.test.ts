import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perTensor } from '../../src/graph/build.ts';
import { MASKED_SOFTMAX } from '../../src/graph/own-operators.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { maskSoftmax } from '../../src/passes/mask-softmax.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { assertSameMeaning, floatGraph, ops } from './helpers.ts';

/** Scores of two heads, three queries and keys; the mask keeps the future from the past. */
function masked(mask: readonly number[], shape: readonly number[] = [3, 3]): Graph {
  return floatGraph((b) => {
    const x = b.input('x', [1, 2, 3, 3]);
    const sum = b.node('Add', [b.constant('mask', floatTensor(shape, mask)), x], { name: 'sum' });
    b.output(b.node('Softmax', [sum], { name: 'y' }));
  });
}

for (const value of [Number.NEGATIVE_INFINITY, -3.4e38, -1e9, -100, -64]) {
  test(`scores plus ${value} are masked`, () => {
    const graph = masked([0, value, value, 0, 0, value, 0, 0, 0]);
    const after = maskSoftmax(graph);
    assert.deepEqual(ops(after), [MASKED_SOFTMAX]);
    assertSameMeaning(graph, after);
    // The file that is written holds a finite mask, and is read as the same.
    const read = prepareGraph(importModel(exportModel(after), { path: 'x.onnx' }));
    assert.deepEqual(ops(read), [MASKED_SOFTMAX]);
    assertSameMeaning(after, read);
  });
}

test('a bias of scores, a row of which nothing is left, and a sum that is rounded are no masks', () => {
  for (const mask of [
    [0, -1, -2, 0, 0, -1, 0, 0, 0],
    [0, 5, -1e9, 0, 0, 0, 0, 0, 0],
    [-1e9, -1e9, -1e9, 0, 0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]) {
    const graph = masked(mask);
    assert.equal(maskSoftmax(graph), graph);
  }
  const graph = masked([0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0]);
  const values = new Map(graph.values);
  values.set('sum', { ...values.get('sum')!, quant: perTensor(0.1, 0) });
  const rounded = { ...graph, values };
  assert.equal(maskSoftmax(rounded), rounded);
});

test('scores that a constant condition replaces are masked; so are those plus a product with such a number', () => {
  for (const fills of [true, false]) {
    const graph = floatGraph((b) => {
      const x = b.input('x', [2, 3]);
      const flags = b.constant('flags', { dtype: 'bool', shape: [3], data: Uint8Array.of(0, 1, 0) });
      const low = b.constant('low', floatTensor([], [Number.NEGATIVE_INFINITY]));
      b.output(
        b.node('Softmax', [b.node('Where', fills ? [flags, low, x] : [flags, x, low], { name: 's' })], {
          name: 'y',
        }),
      );
    });
    const after = maskSoftmax(graph);
    assert.deepEqual(ops(after), [MASKED_SOFTMAX]);
    assertSameMeaning(graph, after);
  }
  const graph = floatGraph((b) => {
    const [x, padding] = [b.input('x', [2, 3]), b.input('padding', [1, 3])];
    const mask = b.node('Mul', [padding, b.constant('low', floatTensor([], [-1e9]))], { name: 'mask' });
    b.output(b.node('Softmax', [b.node('Add', [x, mask], { name: 's' })], { name: 'y' }));
  });
  assert.deepEqual(ops(maskSoftmax(graph)), ['Mul', MASKED_SOFTMAX]);
});
