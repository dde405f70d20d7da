import { TinymlError } from '../diagnostics/errors.ts';
import type { DType, Tensor, TypedArray } from './types.ts';

/** The most elements a tensor may have: 1 GiB of float32. Files are untrusted; sizes are bounded before allocation. */
export const MAX_ELEMENTS = 2 ** 28;

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>;

/** Product of the dimensions; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** A zeroed array of the storage type of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  return new ARRAYS[dtype](length);
}

/** Whether `data` is the storage type of `dtype` (float16 and bfloat16 are stored as float32, bool as bytes). */
export function isStorageOf(dtype: DType, data: TypedArray): boolean {
  return data instanceof ARRAYS[dtype];
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** A float32 tensor from numbers. @throws TinymlError E_INTERNAL if the count does not match the shape. */
export function floatTensor(shape: readonly number[], values: ArrayLike<number>): Tensor {
  return checked({ dtype: 'float32', shape, data: new Float32Array(values) });
}

/** A one-dimensional int64 tensor: the form of shapes, axes and pads. */
export function int64Tensor(values: readonly number[]): Tensor {
  return { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** The elements as numbers; int64 beyond 2^53 loses precision. */
export function toNumbers(data: TypedArray): number[] {
  return Array.from(data as ArrayLike<number | bigint>, Number);
}

function checked(tensor: Tensor): Tensor {
  if (tensor.data.length !== elementCount(tensor.shape)) {
    throw new TinymlError(
      'E_INTERNAL',
      `${tensor.data.length} elements do not fill shape [${tensor.shape.join(', ')}]`,
    );
  }
  return tensor;
}
