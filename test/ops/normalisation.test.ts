import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, int } from '../../src/graph/build.ts';
import { floats, ramp, run, runAll } from './run.ts';

const exact = { epsilon: float(0) };

test('BatchNormalization is a scale and an offset per channel', () => {
  const x = ramp([1, 2, 2]);
  const parameters = [floats([2], [2, 1]), floats([2], [10, 20]), floats([2], [1, 0]), floats([2], [4, 1])];
  assert.deepEqual(run('BatchNormalization', [x, ...parameters], exact).values, [9, 10, 22, 23]);
  assert.throws(() => run('BatchNormalization', [x, ...parameters], { training_mode: int(1) }), {
    code: 'E_OP',
  });
  assert.throws(() => run('BatchNormalization', [ramp([1, 3, 2]), ...parameters]), { code: 'E_SHAPE' });
});

test('InstanceNormalization normalises every plane, GroupNormalization every group', () => {
  const x = floats([1, 2, 2], [1, 3, 10, 30]);
  const [one, zero] = [floats([2], [1, 1]), floats([2], [0, 5])];
  assert.deepEqual(run('InstanceNormalization', [x, one, zero], exact).values, [-1, 1, 4, 6]);
  assert.deepEqual(
    run('GroupNormalization', [x, one, zero], { ...exact, num_groups: int(2) }).values,
    [-1, 1, 4, 6],
  );
  const pair = floats([1, 2, 1], [2, 6]);
  assert.deepEqual(
    run('GroupNormalization', [pair, one, zero], { ...exact, num_groups: int(1) }).values,
    [-1, 6],
  );
  assert.throws(() => run('GroupNormalization', [x, one, zero], { num_groups: int(3) }), { code: 'E_SHAPE' });
});

test('LayerNormalization normalises the trailing axes and gives its statistics', () => {
  const x = floats([2, 2], [1, 3, 10, 30]);
  const [y, mean, inverse] = runAll(
    'LayerNormalization',
    [x, floats([2], [1, 2]), floats([2], [0, 1])],
    exact,
    3,
  );
  assert.deepEqual(Array.from(y!.data as Float32Array), [-1, 3, -1, 3]);
  assert.deepEqual(mean!.shape, [2, 1]);
  assert.deepEqual(Array.from(mean!.data as Float32Array), [2, 20]);
  assert.deepEqual(Array.from(inverse!.data as Float32Array), [1, Math.fround(0.1)]);
  assert.throws(() => run('LayerNormalization', [x, ramp([3])]), { code: 'E_SHAPE' });
});

test('RMSNormalization divides by the root of the mean square', () => {
  assert.deepEqual(
    run('RMSNormalization', [floats([1, 2], [1, 7]), floats([2], [5, 10])], exact).values,
    [1, 14],
  );
});

test('LRN sums squares over neighbouring channels', () => {
  const x = floats([1, 3, 1], [1, 2, 3]);
  const attributes = { size: int(3), alpha: float(3), beta: float(1), bias: float(0) };
  const want = [1 / 5, 2 / 14, 3 / 13].map(Math.fround);
  assert.deepEqual(run('LRN', [x], attributes).values, want);
});
