import type { DType } from '../graph/types.ts';

/** A floating point format narrower than 32 bits: sign, exponent, mantissa (IEEE 754 and the ONNX float8 paper). */
type NarrowFloat = {
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /**
   * What the special codes are. `ieee`: all-ones exponent is infinity or NaN. `fn`: only all-ones is NaN.
   * `fnuz`: only minus zero is NaN. `none`: every code is a number.
   */
  readonly special: 'ieee' | 'fn' | 'fnuz' | 'none';
};

/** One TensorProto.DataType. */
export type ElementType = {
  readonly name: string;
  /** Type of the imported tensor: narrow floats are widened to float32, 2- and 4-bit integers to 8 bits. */
  readonly dtype: DType;
  readonly bits: number;
  readonly field: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data' | 'uint64Data';
  readonly float?: NarrowFloat;
};

const int32Data = 'int32Data';
const uint64Data = 'uint64Data';

function narrow(
  exponentBits: number,
  mantissaBits: number,
  bias: number,
  special: NarrowFloat['special'],
): NarrowFloat {
  return { exponentBits, mantissaBits, bias, special };
}

/** By TensorProto.DataType. Not here, so not supported: STRING 8, COMPLEX64 14, COMPLEX128 15, FLOAT8E8M0 24. */
const ELEMENT_TYPES: Readonly<Record<number, ElementType>> = {
  1: { name: 'FLOAT', dtype: 'float32', bits: 32, field: 'floatData' },
  2: { name: 'UINT8', dtype: 'uint8', bits: 8, field: int32Data },
  3: { name: 'INT8', dtype: 'int8', bits: 8, field: int32Data },
  4: { name: 'UINT16', dtype: 'uint16', bits: 16, field: int32Data },
  5: { name: 'INT16', dtype: 'int16', bits: 16, field: int32Data },
  6: { name: 'INT32', dtype: 'int32', bits: 32, field: int32Data },
  7: { name: 'INT64', dtype: 'int64', bits: 64, field: 'int64Data' },
  9: { name: 'BOOL', dtype: 'bool', bits: 8, field: int32Data },
  10: { name: 'FLOAT16', dtype: 'float32', bits: 16, field: int32Data, float: narrow(5, 10, 15, 'ieee') },
  11: { name: 'DOUBLE', dtype: 'float64', bits: 64, field: 'doubleData' },
  12: { name: 'UINT32', dtype: 'uint32', bits: 32, field: uint64Data },
  13: { name: 'UINT64', dtype: 'uint64', bits: 64, field: uint64Data },
  16: { name: 'BFLOAT16', dtype: 'float32', bits: 16, field: int32Data, float: narrow(8, 7, 127, 'ieee') },
  17: { name: 'FLOAT8E4M3FN', dtype: 'float32', bits: 8, field: int32Data, float: narrow(4, 3, 7, 'fn') },
  18: { name: 'FLOAT8E4M3FNUZ', dtype: 'float32', bits: 8, field: int32Data, float: narrow(4, 3, 8, 'fnuz') },
  19: { name: 'FLOAT8E5M2', dtype: 'float32', bits: 8, field: int32Data, float: narrow(5, 2, 15, 'ieee') },
  20: {
    name: 'FLOAT8E5M2FNUZ',
    dtype: 'float32',
    bits: 8,
    field: int32Data,
    float: narrow(5, 2, 16, 'fnuz'),
  },
  21: { name: 'UINT4', dtype: 'uint8', bits: 4, field: int32Data },
  22: { name: 'INT4', dtype: 'int8', bits: 4, field: int32Data },
  23: { name: 'FLOAT4E2M1', dtype: 'float32', bits: 4, field: int32Data, float: narrow(2, 1, 1, 'none') },
  25: { name: 'UINT2', dtype: 'uint8', bits: 2, field: int32Data },
  26: { name: 'INT2', dtype: 'int8', bits: 2, field: int32Data },
};

/** The element type of a TensorProto.DataType; null for strings, complex numbers and types not known. */
export function elementType(dataType: number): ElementType | null {
  return ELEMENT_TYPES[dataType] ?? null;
}

/** TensorProto.DataType that holds a dtype as it is. */
export const DATA_TYPE: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
};

/** TensorProto.DataType of int4, which tensors of int8 are stored as where they say so. */
export const INT4_TYPE = 22;

/** Values of codes in a narrow float format. */
export function widenFloats(
  codes: Uint8Array | Uint16Array,
  bits: number,
  format: NarrowFloat,
): Float32Array {
  const { exponentBits, mantissaBits, bias, special } = format;
  const maxExponent = 2 ** exponentBits - 1;
  const maxMantissa = 2 ** mantissaBits - 1;
  const minusZero = 2 ** (bits - 1);
  const powers = Float64Array.from(
    { length: maxExponent + 1 },
    (_, e) => 2 ** (Math.max(e, 1) - bias - mantissaBits),
  );
  const values = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    const exponent = (code >> mantissaBits) & maxExponent;
    const mantissa = code & maxMantissa;
    let magnitude = powers[exponent]! * (exponent === 0 ? mantissa : mantissa + maxMantissa + 1);
    if (exponent === maxExponent) {
      if (special === 'ieee') magnitude = mantissa === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
      else if (special === 'fn' && mantissa === maxMantissa) magnitude = Number.NaN;
    }
    if (special === 'fnuz' && code === minusZero) magnitude = Number.NaN;
    values[i] = code & minusZero ? -magnitude : magnitude;
  }
  return values;
}

/** 2- or 4-bit codes, packed from the low bits up, as one byte each. */
export function unpackBits(packed: Uint8Array, bits: number, count: number): Uint8Array {
  const perByte = 8 / bits;
  const codes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    codes[i] = (packed[Math.floor(i / perByte)]! >> ((i % perByte) * bits)) & (2 ** bits - 1);
  }
  return codes;
}

/** Codes from -8 to 7, two in a byte, the first in its low bits. */
export function packFourBits(codes: Int8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(codes.length / 2));
  codes.forEach((code, i) => {
    packed[i >> 1] = packed[i >> 1]! | ((code & 15) << (i % 2 === 0 ? 0 : 4));
  });
  return packed;
}

/** Two's complement codes of `bits` bits as int8. */
export function signExtend(codes: Uint8Array, bits: number): Int8Array {
  return Int8Array.from(codes, (code) => (code << (32 - bits)) >> (32 - bits));
}
