import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, int } from '../../src/graph/build.ts';
import { operatorOf } from '../../src/ops/index.ts';
import { floats, nodeOf, ramp, run } from './run.ts';

test('Gemm multiplies and adds a broadcast addend', () => {
  const a = ramp([2, 3]);
  const b = ramp([3, 2]);
  assert.deepEqual(run('Gemm', [a, b, floats([2], [100, 200])]).values, [110, 213, 128, 240]);
  assert.deepEqual(run('Gemm', [a, b, floats([2, 1], [100, 200])]).values, [110, 113, 228, 240]);
  assert.deepEqual(run('Gemm', [a, b, floats([], [1])]).values, [11, 14, 29, 41]);
});

test('Gemm transposes and scales', () => {
  const transposedA = floats([3, 2], [0, 3, 1, 4, 2, 5]);
  const transposedB = floats([2, 3], [0, 2, 4, 1, 3, 5]);
  const attributes = { transA: int(1), transB: int(1), alpha: float(0.5), beta: float(2) };
  const { shape, values } = run('Gemm', [transposedA, transposedB, floats([1, 2], [1, 10])], attributes);
  assert.deepEqual(shape, [2, 2]);
  assert.deepEqual(values, [7, 26.5, 16, 40]);
});

test('MatMul broadcasts stacks and drops the axes of vectors', () => {
  const stack = ramp([2, 1, 2, 3]);
  const matrices = ramp([2, 3, 2]);
  const { shape, values } = run('MatMul', [stack, matrices]);
  assert.deepEqual(shape, [2, 2, 2, 2]);
  assert.deepEqual(values.slice(0, 8), [10, 13, 28, 40, 28, 31, 100, 112]);
  assert.deepEqual(run('MatMul', [ramp([3]), ramp([3])]), { shape: [], values: [5] });
  assert.deepEqual(run('MatMul', [ramp([3]), ramp([3, 2])]), { shape: [2], values: [10, 13] });
  assert.deepEqual(run('MatMul', [ramp([2, 3]), ramp([3])]), { shape: [2], values: [5, 14] });
});

test('sums are formed in float64: the small addend survives', () => {
  const row = floats([1, 3], [1e8, 1, -1e8]);
  assert.deepEqual(run('MatMul', [row, floats([3, 1], [1, 1, 1])]).values, [1]);
});

test('Gemm and MatMul count multiply-accumulates and refuse what does not fit', () => {
  const inputs = [ramp([4, 5]), ramp([5, 6])];
  for (const op of ['Gemm', 'MatMul']) {
    const node = nodeOf(op, inputs);
    assert.equal(operatorOf(node).macs(node, inputs, operatorOf(node).infer(node, inputs)), 120, op);
    assert.throws(() => run(op, [ramp([2, 3]), ramp([2, 3])]), { code: 'E_SHAPE' }, op);
  }
  assert.throws(() => run('Gemm', [...inputs, ramp([5])]), { code: 'E_SHAPE' });
  assert.throws(() => run('Gemm', [ramp([4])]), { code: 'E_ONNX_INVALID' });
});
