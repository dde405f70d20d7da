import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int } from '../../src/graph/build.ts';
import { toNumbers } from '../../src/graph/tensor.ts';
import { floats, int64s, ramp, run, runAll } from './run.ts';

test('reductions keep or drop the axes', () => {
  const x = ramp([2, 3]);
  assert.deepEqual(run('ReduceSum', [x, int64s(1)]), { shape: [2, 1], values: [3, 12] });
  assert.deepEqual(run('ReduceMean', [x, int64s(-2)], { keepdims: int(0) }), {
    shape: [3],
    values: [1.5, 2.5, 3.5],
  });
  assert.deepEqual(run('ReduceMax', [x], { keepdims: int(0) }), { shape: [], values: [5] });
  assert.deepEqual(run('ReduceMin', [x, int64s(0, 1)]).values, [0]);
  assert.deepEqual(run('ReduceSum', [x], { noop_with_empty_axes: int(1) }).values, toNumbers(x.data));
  assert.throws(() => run('ReduceSum', [x, int64s(2)]), { code: 'E_SHAPE' });
});

test('norms, products and logarithms', () => {
  const x = floats([2], [-3, 4]);
  const values = (op: string) => run(op, [x], { keepdims: int(0) }).values;
  assert.deepEqual(values('ReduceProd'), [-12]);
  assert.deepEqual(values('ReduceL1'), [7]);
  assert.deepEqual(values('ReduceL2'), [5]);
  assert.deepEqual(values('ReduceSumSquare'), [25]);
  assert.deepEqual(values('ReduceLogSum'), [0]);
  const large = run('ReduceLogSumExp', [floats([2], [1000, 1000])]).values[0]!;
  assert.ok(Math.abs(large - (1000 + Math.LN2)) < 1e-3);
});

test('ArgMax takes the first of equals, or the last', () => {
  const x = floats([2, 3], [1, 7, 7, 4, 4, 0]);
  assert.deepEqual(run('ArgMax', [x], { axis: int(1) }), { shape: [2, 1], values: [1, 0] });
  assert.deepEqual(run('ArgMax', [x], { axis: int(1), select_last_index: int(1) }).values, [2, 1]);
  assert.deepEqual(run('ArgMin', [x], { keepdims: int(0) }), { shape: [3], values: [0, 1, 1] });
});

test('TopK sorts, CumSum accumulates, Hardmax picks', () => {
  const [values, places] = runAll('TopK', [floats([4], [3, 9, 3, 5]), int64s(3)], {}, 2);
  assert.deepEqual(toNumbers(values!.data), [9, 5, 3]);
  assert.deepEqual(toNumbers(places!.data), [1, 3, 0]);
  const x = ramp([2, 2], 1);
  assert.deepEqual(run('CumSum', [x, int64s(0)]).values, [1, 2, 4, 6]);
  assert.deepEqual(
    run('CumSum', [x, int64s(1)], { exclusive: int(1), reverse: int(1) }).values,
    [2, 0, 4, 0],
  );
  assert.deepEqual(run('Hardmax', [floats([2, 2], [1, 1, 2, 3])]).values, [1, 0, 0, 1]);
});

test('Softmax sums to one along its axis and stands large inputs', () => {
  const { values } = run('Softmax', [floats([2, 2], [1000, 1000, 0, -1000])]);
  assert.deepEqual(values, [0.5, 0.5, 1, 0]);
  const columns = run('Softmax', [floats([2, 2], [1, 5, 1, 5])], { axis: int(0) }).values;
  assert.deepEqual(columns, [0.5, 0.5, 0.5, 0.5]);
  const logs = run('LogSoftmax', [floats([2], [0, 0])]).values;
  assert.deepEqual(logs, [-Math.fround(Math.LN2), -Math.fround(Math.LN2)]);
});
