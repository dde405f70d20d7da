import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder, int, ints, perTensor } from '../../src/graph/build.ts';
import { int64Tensor } from '../../src/graph/tensor.ts';
import { cancelTranspose } from '../../src/passes/cancel-transpose.ts';
import { removeIdentity } from '../../src/passes/remove-identity.ts';
import { assertSameMeaning, floatGraph, ops } from './helpers.ts';

function transposes(first: readonly number[], second: readonly number[], alsoRead = false) {
  return floatGraph((g) => {
    const x = g.input('x', [2, 3, 4, 5]);
    const a = g.node('Transpose', [x], { attributes: { perm: ints(first) } });
    g.output(g.node('Transpose', [a], { attributes: { perm: ints(second) } }));
    if (alsoRead) g.output(g.node('Exp', [a]));
  });
}

test('two transposes are one', () => {
  const before = transposes([0, 2, 3, 1], [1, 0, 3, 2]);
  const after = cancelTranspose(before);
  assert.deepEqual(ops(after), ['Transpose']);
  assertSameMeaning(before, after, 0);
});

test('a transpose and its inverse are none', () => {
  const before = transposes([0, 2, 3, 1], [0, 3, 1, 2]);
  const after = removeIdentity(cancelTranspose(before));
  assert.deepEqual(ops(after), []);
  assertSameMeaning(before, after, 0);
});

test('a first transpose that others read stays for them', () => {
  const before = transposes([0, 2, 3, 1], [0, 3, 1, 2], true);
  const after = removeIdentity(cancelTranspose(before));
  assert.deepEqual(ops(after), ['Transpose', 'Exp']);
  assertSameMeaning(before, after, 0);
});

test('changes of shape in a row are one Reshape', () => {
  const before = floatGraph((g) => {
    const x = g.input('x', [2, 3, 1, 1]);
    const a = g.node('Squeeze', [x, g.constant('axes', int64Tensor([2, 3]))]);
    const b = g.node('Flatten', [a], { attributes: { axis: int(1) } });
    g.output(g.node('Unsqueeze', [b, g.constant('axis', int64Tensor([0]))]));
  });
  const once = cancelTranspose(before);
  const after = cancelTranspose(once);
  assert.deepEqual(ops(after), ['Reshape']);
  assertSameMeaning(before, after, 0);
});

test('a transpose between two reshapes (channel shuffle) is kept', () => {
  const before = floatGraph((g) => {
    const x = g.input('x', [1, 6, 4]);
    const split = g.node('Reshape', [x, g.constant('split', int64Tensor([1, 2, 3, 4]))]);
    const turned = g.node('Transpose', [split], { attributes: { perm: ints([0, 2, 1, 3]) } });
    g.output(g.node('Reshape', [turned, g.constant('join', int64Tensor([1, 6, 4]))]));
  });
  assert.equal(cancelTranspose(before), before);
});

test('a grid of its own between two transposes is kept, the grid of the input is not needed', () => {
  const build = (middle: number) => {
    const g = graphBuilder('grids');
    const x = g.input('x', [2, 3], { quant: perTensor(0.01, 0) });
    const quant = perTensor(middle, 0);
    const a = g.node('Transpose', [x], { shape: [3, 2], quant });
    g.output(g.node('Transpose', [a], { shape: [2, 3], quant }));
    return g.build();
  };
  const coarse = build(0.5);
  assert.equal(cancelTranspose(coarse), coarse);
  const same = build(0.01);
  const after = removeIdentity(cancelTranspose(same));
  assert.deepEqual(ops(after), []);
  assertSameMeaning(same, after, 0);
});
