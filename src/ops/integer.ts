/** Products of quantised tensors in ONNX's operator form: QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger. */
import { elementCount } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { roundHalfToEven } from '../numbers/rounding.ts';
import { asNumbers, computeTensor, fromNumbers } from './arrays.ts';
import { convMacs, convolveIntegers, convShape } from './conv.ts';
import {
  badShape,
  defineOperator,
  FLOAT,
  type Inputs,
  normaliseAxis,
  output,
  requireType,
} from './define.ts';
import { matMulGeometry, multiplyIntegers } from './gemm.ts';
import type { InputInfo, Operator } from './types.ts';

const BYTES = ['int8', 'uint8'] as const;

/** @throws TinymlError E_SHAPE unless `vector` is a scalar or has one entry for each place along `axis` of `tensor`. */
function requireAlong(
  node: Node,
  vector: InputInfo | null | undefined,
  tensor: InputInfo,
  axis: number,
): void {
  if (!vector || elementCount(vector.shape) === 1) return;
  const size = tensor.shape[normaliseAxis(node, axis, tensor.shape.length)];
  if (elementCount(vector.shape) !== size) {
    badShape(node, `${elementCount(vector.shape)} scales or zero points where 1 or ${size} are needed`);
  }
}

/** Reads a scalar, or the entry of element i's place along `axis` of `shape`. */
function along(
  vector: Tensor | null | undefined,
  shape: readonly number[],
  axis: number,
): (i: number) => number {
  const numbers = vector ? asNumbers(vector.data) : [0];
  if (numbers.length === 1) return () => numbers[0]!;
  const inner = elementCount(shape.slice(axis < 0 ? axis + shape.length + 1 : axis + 1));
  return (i) => numbers[Math.floor(i / inner) % numbers.length]!;
}

/** The integers with their zero points (one, or one per place along `axis`) taken off. */
function centred(tensor: Tensor, zeroPoint: Tensor | null | undefined, axis: number): Tensor {
  const zero = along(zeroPoint, tensor.shape, axis);
  const data = Float64Array.from(asNumbers(tensor.data), (q, i) => q - zero(i));
  return { dtype: 'float64', shape: tensor.shape, data };
}

/** clamp(round_half_to_even(sum * scale(i)) + zeroPoint) in the type of the zero point. */
function requantized(
  sums: Float64Array,
  shape: readonly number[],
  scale: (i: number) => number,
  zeroPoint: Tensor,
): Tensor {
  const [low, high] = zeroPoint.dtype === 'int8' ? [-128, 127] : [0, 255];
  const zero = Number(zeroPoint.data[0]);
  return computeTensor({ dtype: zeroPoint.dtype, shape }, (data) => {
    for (let i = 0; i < data.length; i++) {
      data[i] = Math.min(Math.max(roundHalfToEven(sums[i]! * scale(i)) + zero, low), high);
    }
  });
}

function requireBytes(node: Node, inputs: Inputs, indices: readonly number[]): void {
  for (const index of indices) requireType(node, inputs, index, BYTES);
}

/** Inputs: x, x_scale, x_zero_point, w, w_scale, w_zero_point, y_scale, y_zero_point, B. */
const qLinearConv = defineOperator({
  name: 'QLinearConv',
  inputs: [8, 9],
  infer: (node, inputs) => {
    requireBytes(node, inputs, [0, 3, 7]);
    const [x, weights] = [inputs[0]!, inputs[3]!];
    for (const index of [4, 5]) requireAlong(node, inputs[index], weights, 0);
    return output(inputs[7]!.dtype, convShape(node, x, weights, inputs[8] ?? null));
  },
  run: (node, inputs, [out]) => {
    const x = centred(inputs[0]!, inputs[2], 0);
    const weights = centred(inputs[3]!, inputs[5], 0);
    const sums = convolveIntegers(node, x, weights, inputs[8] ?? null);
    const filterScale = along(inputs[4], out!.shape, 1);
    const factor = Number(inputs[1]!.data[0]) / Number(inputs[6]!.data[0]);
    return [requantized(sums, out!.shape, (i) => factor * filterScale(i), inputs[7]!)];
  },
  macs: (_, inputs, [out]) => convMacs(inputs[3]!, out!.shape),
  quant: FLOAT,
});

/** Inputs: x, w, x_zero_point, w_zero_point. */
const convInteger = defineOperator({
  name: 'ConvInteger',
  inputs: [2, 4],
  infer: (node, inputs) => {
    requireBytes(node, inputs, [0, 1]);
    requireAlong(node, inputs[3], inputs[1]!, 0);
    return output('int32', convShape(node, inputs[0]!, inputs[1]!, null));
  },
  run: (node, inputs, [out]) => {
    const x = centred(inputs[0]!, inputs[2], 0);
    return [fromNumbers(out!, convolveIntegers(node, x, centred(inputs[1]!, inputs[3], 0), null))];
  },
  macs: (_, inputs, [out]) => convMacs(inputs[1]!, out!.shape),
  quant: FLOAT,
});

/** Inputs: a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point. */
const qLinearMatMul = defineOperator({
  name: 'QLinearMatMul',
  inputs: [8, 8],
  infer: (node, inputs) => {
    requireBytes(node, inputs, [0, 3, 7]);
    for (const index of [1, 2]) requireAlong(node, inputs[index], inputs[0]!, -2);
    for (const index of [4, 5]) requireAlong(node, inputs[index], inputs[3]!, -1);
    return output(inputs[7]!.dtype, matMulGeometry(node, [inputs[0]!, inputs[3]!]).shape);
  },
  run: (node, inputs, [out]) => {
    const a = centred(inputs[0]!, inputs[2], -2);
    const b = centred(inputs[3]!, inputs[5], -1);
    const sums = multiplyIntegers(node, a, b);
    const rowScale = along(inputs[1], out!.shape, -2);
    const columnScale = along(inputs[4], out!.shape, -1);
    const outScale = Number(inputs[6]!.data[0]);
    return [requantized(sums, out!.shape, (i) => (rowScale(i) * columnScale(i)) / outScale, inputs[7]!)];
  },
  macs: (node, inputs, [out]) =>
    elementCount(out!.shape) * matMulGeometry(node, [inputs[0]!, inputs[3]!]).depth,
  quant: FLOAT,
});

/** Inputs: a, b, a_zero_point (one or one per row), b_zero_point (one or one per column). */
const matMulInteger = defineOperator({
  name: 'MatMulInteger',
  inputs: [2, 4],
  infer: (node, inputs) => {
    requireBytes(node, inputs, [0, 1]);
    requireAlong(node, inputs[2], inputs[0]!, -2);
    requireAlong(node, inputs[3], inputs[1]!, -1);
    return output('int32', matMulGeometry(node, inputs).shape);
  },
  run: (node, inputs, [out]) => [
    fromNumbers(
      out!,
      multiplyIntegers(node, centred(inputs[0]!, inputs[2], -2), centred(inputs[1]!, inputs[3], -1)),
    ),
  ],
  macs: (node, inputs, [out]) => elementCount(out!.shape) * matMulGeometry(node, inputs).depth,
  quant: FLOAT,
});

/** uint8 with scale and zero point from the range of x, widened to include 0. */
const dynamicQuantizeLinear = defineOperator({
  name: 'DynamicQuantizeLinear',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32']);
    if (elementCount(inputs[0]!.shape) === 0) badShape(node, 'an empty tensor has no range');
    return [
      { dtype: 'uint8', shape: inputs[0]!.shape },
      { dtype: 'float32', shape: [] },
      { dtype: 'uint8', shape: [] },
    ];
  },
  run: (_, inputs, [out]) => {
    const x = asNumbers(inputs[0]!.data);
    let [low, high] = [0, 0];
    for (const value of x) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    const scale = high === low ? 1 : Math.fround(Math.fround(high - low) / 255);
    const zeroPoint = Math.min(Math.max(roundHalfToEven(Math.fround(-low / scale)), 0), 255);
    const codes = computeTensor(out!, (data) => {
      for (let i = 0; i < data.length; i++) {
        const code = roundHalfToEven(Math.fround(x[i]! / scale)) + zeroPoint;
        data[i] = Math.min(Math.max(code, 0), 255);
      }
    });
    return [
      codes,
      { dtype: 'float32', shape: [], data: Float32Array.of(scale) },
      { dtype: 'uint8', shape: [], data: Uint8Array.of(zeroPoint) },
    ];
  },
  quant: FLOAT,
});

export const integerOperators: readonly Operator[] = [
  qLinearConv,
  convInteger,
  qLinearMatMul,
  matMulInteger,
  dynamicQuantizeLinear,
];
