/** Row-major arrays: number views of int64 data, strides, and the one strided copy that moves elements. */
import { allocate, elementCount, sameShape } from '../graph/tensor.ts';
import type { DType, Tensor, TypedArray } from '../graph/types.ts';
import type { OutputInfo } from './types.ts';

/** Storage whose elements are numbers. */
export type NumberArray = Exclude<TypedArray, BigInt64Array | BigUint64Array>;

/** The elements as numbers: the same array, or a float64 copy of 64-bit integers (exact up to 2^53). */
export function asNumbers(data: TypedArray): NumberArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array
    ? Float64Array.from(data as ArrayLike<bigint>, Number)
    : data;
}

/** The elements as float32: the same array, or a copy (exact for integers of less than 2^24). */
export function asFloat32(data: TypedArray): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(asNumbers(data));
}

/**
 * Elements that are moved, never computed with. A 64-bit integer array is typed as numbers too: reading an
 * element and writing it to an array of the same type is right for both.
 */
export function asElements(data: TypedArray): NumberArray {
  return data as NumberArray;
}

const INT64_RANGE = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const UINT64_RANGE = [0n, 2n ** 64n - 1n] as const;

/** A tensor of computed numbers. 64-bit integers saturate; other integers wrap as typed arrays do. */
export function fromNumbers({ dtype, shape }: OutputInfo, numbers: NumberArray): Tensor {
  const data = allocate(dtype, numbers.length);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const [least, greatest] = dtype === 'int64' ? INT64_RANGE : UINT64_RANGE;
    for (let i = 0; i < numbers.length; i++) data[i] = toBigInt(numbers[i]!, least, greatest);
  } else {
    data.set(numbers);
  }
  return { dtype, shape, data };
}

function toBigInt(value: number, least: bigint, greatest: bigint): bigint {
  if (value >= Number(greatest)) return greatest;
  if (value <= Number(least)) return least;
  return Number.isNaN(value) ? 0n : BigInt(Math.trunc(value));
}

/**
 * A tensor whose elements `compute` writes as numbers; 64-bit integers go through a float64 array.
 * `compute` gets a zeroed array.
 */
export function computeTensor(info: OutputInfo, compute: (out: NumberArray) => void): Tensor {
  const wide = info.dtype === 'int64' || info.dtype === 'uint64';
  const out = asNumbers(allocate(wide ? 'float64' : info.dtype, elementCount(info.shape)));
  compute(out);
  return wide ? fromNumbers(info, out) : { ...info, data: out };
}

/** Elements between neighbours along each axis. */
export function rowMajorStrides(shape: readonly number[]): readonly number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** Strides that read a tensor of `shape` as one of the larger shape `to`: 0 along broadcast axes. */
export function broadcastStrides(shape: readonly number[], to: readonly number[]): readonly number[] {
  const strides = rowMajorStrides(shape);
  const skip = to.length - shape.length;
  return to.map((_, i) => (i < skip || shape[i - skip] === 1 ? 0 : strides[i - skip]!));
}

/**
 * Calls `visit(offset)` for each row (run along the last axis) of a tensor of `shape`, in row-major order, with
 * the offset that `strides` give its first element, counted from `start`.
 */
export function forEachRow(
  shape: readonly number[],
  strides: readonly number[],
  start: number,
  visit: (offset: number) => void,
): void {
  if (elementCount(shape) === 0) return;
  const last = shape.length - 1;
  const index = new Array<number>(Math.max(last, 0)).fill(0);
  for (let offset = start; ; ) {
    visit(offset);
    let axis = last - 1;
    while (axis >= 0 && index[axis] === shape[axis]! - 1) {
      offset -= index[axis]! * strides[axis]!;
      index[axis--] = 0;
    }
    if (axis < 0) return;
    index[axis]!++;
    offset += strides[axis]!;
  }
}

/** A tensor of `shape` whose elements are read from `source` at `start` plus `strides` (which may be 0 or negative). */
export function stridedCopy(
  dtype: DType,
  source: TypedArray,
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): Tensor {
  const data = allocate(dtype, elementCount(shape));
  const from = asElements(source);
  const to = asElements(data);
  const length = shape.at(-1) ?? 1;
  const stride = strides.at(-1) ?? 1;
  let position = 0;
  forEachRow(shape, strides, start, (offset) => {
    if (stride === 1 && length > 16) {
      to.set(from.subarray(offset, offset + length), position);
      position += length;
    } else {
      for (let i = 0, at = offset; i < length; i++, at += stride) to[position++] = from[at]!;
    }
  });
  return { dtype, shape, data };
}

/** The tensor as one of the larger shape `to` (ONNX broadcasting); itself if it has that shape already. */
export function broadcastTo(tensor: Tensor, to: readonly number[]): Tensor {
  if (sameShape(tensor.shape, to)) return tensor;
  return stridedCopy(tensor.dtype, tensor.data, to, broadcastStrides(tensor.shape, to));
}
