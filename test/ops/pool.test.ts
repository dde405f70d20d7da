import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints } from '../../src/graph/build.ts';
import { toNumbers } from '../../src/graph/tensor.ts';
import { floats, ramp, run, runAll, tensor } from './run.ts';

const row = floats([1, 1, 5], [1, -2, 3, -4, 5]);

test('MaxPool ignores padding, even where everything is negative', () => {
  const x = floats([1, 1, 3], [-3, -1, -2]);
  assert.deepEqual(
    run('MaxPool', [x], { kernel_shape: ints([2]), pads: ints([1, 1]) }).values,
    [-3, -1, -1, -2],
  );
});

test('ceil_mode adds the last partial window, but none that starts in the padding', () => {
  const attributes = { kernel_shape: ints([2]), strides: ints([2]) };
  assert.deepEqual(run('MaxPool', [row], attributes).values, [1, 3]);
  assert.deepEqual(run('MaxPool', [row], { ...attributes, ceil_mode: int(1) }).values, [1, 3, 5]);
  const padded = { kernel_shape: ints([2]), strides: ints([3]), pads: ints([0, 1]), ceil_mode: int(1) };
  assert.deepEqual(run('MaxPool', [row], padded).values, [1, 5]);
});

test('AveragePool divides by the elements of the input, or of the padding too', () => {
  const attributes = { kernel_shape: ints([3]), pads: ints([1, 1]) };
  const x = floats([1, 1, 3], [6, 12, 18]);
  assert.deepEqual(run('AveragePool', [x], attributes).values, [9, 12, 15]);
  assert.deepEqual(run('AveragePool', [x], { ...attributes, count_include_pad: int(1) }).values, [6, 12, 10]);
});

test('AveragePool in ceil_mode never counts what lies beyond the padding', () => {
  const x = floats([1, 1, 3], [6, 12, 18]);
  const attributes = {
    kernel_shape: ints([2]),
    strides: ints([2]),
    ceil_mode: int(1),
    count_include_pad: int(1),
  };
  assert.deepEqual(run('AveragePool', [x], attributes).values, [9, 18]);
});

test('MaxPool reads bytes and gives the places of its maxima', () => {
  const x = tensor('uint8', [1, 1, 2, 3], [1, 9, 2, 8, 3, 200]);
  const [values, places] = runAll('MaxPool', [x], { kernel_shape: ints([2, 2]) }, 2);
  assert.equal(values!.dtype, 'uint8');
  assert.deepEqual(toNumbers(values!.data), [9, 200]);
  assert.deepEqual(toNumbers(places!.data), [1, 5]);
  const columnMajor = { kernel_shape: ints([2, 2]), storage_order: int(1) };
  assert.deepEqual(toNumbers(runAll('MaxPool', [x], columnMajor, 2)[1]!.data), [2, 5]);
});

test('dilated pools skip elements', () => {
  const attributes = { kernel_shape: ints([2]), dilations: ints([3]) };
  assert.deepEqual(run('MaxPool', [row], attributes).values, [1, 5]);
  assert.deepEqual(run('AveragePool', [row], attributes).values, [-1.5, 1.5]);
});

test('global pools reduce every plane to one element', () => {
  const x = ramp([1, 2, 2, 2]);
  assert.deepEqual(run('GlobalAveragePool', [x]), { shape: [1, 2, 1, 1], values: [1.5, 5.5] });
  assert.deepEqual(run('GlobalMaxPool', [x]), { shape: [1, 2, 1, 1], values: [3, 7] });
});

test('pools refuse kernels that do not fit', () => {
  assert.throws(() => run('MaxPool', [row], { kernel_shape: ints([6]) }), { code: 'E_SHAPE' });
  assert.throws(() => run('MaxPool', [row], { kernel_shape: ints([2, 2]) }), { code: 'E_SHAPE' });
  assert.throws(() => run('AveragePool', [row]), { code: 'E_SHAPE' });
});
