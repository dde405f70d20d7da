import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints, perChannel, perTensor } from '../../src/graph/build.ts';
import { toNumbers } from '../../src/graph/tensor.ts';
import { dequantizeTensor, fakeQuantize, quantizeTensor } from '../../src/ops/quant.ts';
import { floats, ramp, run, runAll, tensor } from './run.ts';

const scalar = (value: number) => floats([], [value]);

test('QuantizeLinear rounds ties to even and saturates', () => {
  const x = floats([7], [-1000, -3, -1, 0, 1, 3, 1000]);
  const { values } = run('QuantizeLinear', [x, scalar(2), tensor('int8', [], [1])]);
  assert.deepEqual(values, [-128, -1, 1, 1, 1, 3, 127]);
  const [bytes] = runAll('QuantizeLinear', [x, scalar(2)]);
  assert.equal(bytes!.dtype, 'uint8', 'the type without a zero point');
  assert.deepEqual(toNumbers(bytes!.data), [0, 0, 0, 0, 0, 2, 255]);
});

test('DequantizeLinear per tensor and per axis', () => {
  const q = tensor('int8', [2, 2], [-128, 127, 3, 4]);
  const perAxis = run('DequantizeLinear', [q, floats([2], [1, 0.5]), tensor('int8', [2], [0, 2])], {
    axis: int(0),
  });
  assert.deepEqual(perAxis.values, [-128, 127, 0.5, 1]);
  const bias = tensor('int32', [2], [100000, -7]);
  assert.deepEqual(run('DequantizeLinear', [bias, scalar(0.5)]).values, [50000, -3.5]);
  assert.throws(() => run('DequantizeLinear', [q, ramp([3], 1)], { axis: int(0) }), { code: 'E_SHAPE' });
});

test('DequantizeLinear in blocks, the last of which may be shorter', () => {
  const q = tensor('int8', [3, 2], [1, 2, 3, 4, 5, 6]);
  const zeros = tensor('int8', [2, 2], [0, 0, 1, 2]);
  const rows = run('DequantizeLinear', [q, floats([2, 2], [1, 10, 100, 1000]), zeros], {
    axis: int(0),
    block_size: int(2),
  });
  assert.deepEqual(rows.values, [1, 20, 3, 40, 400, 4000]);
  const columns = run('DequantizeLinear', [q, floats([3, 1], [1, 10, 100])], {
    axis: int(1),
    block_size: int(2),
  });
  assert.deepEqual(columns.values, [1, 2, 30, 40, 500, 600]);
  const misfit = [q, floats([2], [1, 10])];
  assert.throws(() => run('DequantizeLinear', misfit, { block_size: int(2) }), { code: 'E_SHAPE' });
});

test('every code survives dequantising and quantising, for any scale', () => {
  const codes = Array.from({ length: 256 }, (_, i) => i - 128);
  for (const scale of [1e-6, 0.0078125, 0.1, 1 / 3, Math.SQRT1_2, 12345.678]) {
    for (const zeroPoint of [-128, -7, 0, 127]) {
      const quant = perTensor(scale, zeroPoint);
      const real = dequantizeTensor(tensor('int8', [256], codes), quant);
      assert.deepEqual(toNumbers(quantizeTensor(real, quant).data), codes, `${scale}, ${zeroPoint}`);
      assert.deepEqual(fakeQuantize(real, quant).data, real.data, `${scale}, ${zeroPoint}`);
    }
  }
});

test('per-channel quantisation uses the scale of each place along its axis', () => {
  const x = floats([2, 2], [1, 1, 3, 3]);
  assert.deepEqual(toNumbers(quantizeTensor(x, perChannel([1, 0.5], 1)).data), [1, 2, 3, 6]);
  assert.deepEqual(toNumbers(quantizeTensor(x, perChannel([1, 0.5], 0)).data), [1, 1, 6, 6]);
});

test('NaN is not hidden by fake quantisation', () => {
  assert.ok(Number.isNaN(fakeQuantize(floats([1], [Number.NaN]), perTensor(1, 0)).data[0]));
});

test('integer products take zero points off and requantise', () => {
  const byte = (values: readonly number[], shape: readonly number[] = [values.length]) =>
    tensor('uint8', shape, values);
  const a = byte([11, 13], [1, 2]);
  const b = byte([3, 5], [2, 1]);
  assert.deepEqual(run('MatMulInteger', [a, b, byte([10], []), byte([1], [1])]).values, [1 * 2 + 3 * 4]);
  const quantized = [a, scalar(0.5), byte([10], []), b, scalar(1), byte([1], []), scalar(2), byte([100], [])];
  assert.deepEqual(run('QLinearMatMul', quantized).values, [104], '14 * 0.5 / 2 = 3.5 goes to 4');
  const x = byte([5, 6, 7], [1, 1, 3]);
  const padded = run('ConvInteger', [x, byte([1, 1], [1, 1, 2]), byte([5], [])], { pads: ints([1, 0]) });
  assert.deepEqual(padded.values, [0, 1, 3], 'padding is the zero point');
});

test('DynamicQuantizeLinear widens the range to zero', () => {
  const [codes, scale, zeroPoint] = runAll('DynamicQuantizeLinear', [floats([2], [51, 255])], {}, 3);
  assert.deepEqual(toNumbers(codes!.data), [51, 255]);
  assert.equal(scale!.data[0], 1);
  assert.equal(zeroPoint!.data[0], 0);
});
