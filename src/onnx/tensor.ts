/** TensorProto ↔ Tensor. Every imported tensor is one aligned copy; nothing is allocated that the file does not fill. */

import { TinymlError } from '../diagnostics/errors.ts';
import { allocate, elementCount, MAX_ELEMENTS } from '../graph/tensor.ts';
import type { Tensor, TypedArray } from '../graph/types.ts';
import { halfCodes } from '../numbers/half.ts';
import {
  DATA_TYPE,
  type ElementType,
  elementType,
  INT4_TYPE,
  packFourBits,
  signExtend,
  unpackBits,
  widenFloats,
} from './element-types.ts';
import { type ExternalRange, externalRange } from './external-data.ts';
import type { Int64, TensorProto } from './proto.ts';

/**
 * Reads part of an external data file. Must throw E_EXTERNAL_DATA rather than return fewer bytes, and must not
 * allocate before it knows that the file is long enough.
 */
export type ReadExternal = (range: ExternalRange) => Uint8Array;

/** TensorProto.DataLocation.EXTERNAL. */
const EXTERNAL = 1;

/**
 * The value of a TensorProto.
 * @param at place for error messages, such as `tensor "w"`
 * @throws TinymlError E_OP for an element type that is not supported, E_ONNX_INVALID when shape and data disagree,
 * E_SHAPE when the shape is too large, E_EXTERNAL_DATA when data outside the file cannot be read.
 */
export function tensorFromProto(proto: TensorProto, at: string, readExternal: ReadExternal): Tensor {
  const type = elementType(proto.dataType ?? 0);
  if (!type) {
    throw new TinymlError('E_OP', `${describeType(proto.dataType)} is not supported`, {
      at,
      hint: 'remove the tensor from the model',
    });
  }
  if (proto.segment) throw invalid('the tensor is split into segments, which no tool writes', at);
  const shape = tensorShape(proto.dims ?? [], at);
  const count = elementCount(shape);
  if (count > MAX_ELEMENTS) throw tooLarge(shape, at);
  const byteCount = Math.ceil((count * type.bits) / 8);
  const fill =
    proto.dataLocation === EXTERNAL
      ? copyOf([readExternal(externalRange(proto.externalData ?? [], byteCount, at))])
      : dataInFile(proto, type, byteCount, at);
  const data = elements(fill, type, count, byteCount);
  const stored = type.bits === 4 && type.float === undefined ? { fourBits: { group: null } } : {};
  return { dtype: type.dtype, shape, data, ...stored };
}

/** `STRING`-like name for messages. */
export function describeType(dataType: number | null | undefined): string {
  const names: Readonly<Record<number, string>> = {
    0: 'UNDEFINED',
    8: 'STRING',
    14: 'COMPLEX64',
    15: 'COMPLEX128',
  };
  return `element type ${names[dataType ?? 0] ?? dataType}`;
}

/**
 * A TensorProto with raw little-endian data. The bytes are a view on the tensor's, but those of float16, which are rounded, and of int8
 * that is stored with 4 bits, which are packed.
 */
export function tensorToProto(name: string, tensor: Tensor): TensorProto {
  if (tensor.dtype === 'int8' && tensor.fourBits !== undefined) {
    return { name, dims: tensor.shape, dataType: INT4_TYPE, rawData: packFourBits(tensor.data as Int8Array) };
  }
  const data = tensor.dtype === 'float16' ? halfCodes(tensor.data as Float32Array) : tensor.data;
  const { buffer, byteOffset, byteLength } = data;
  return {
    name,
    dims: tensor.shape,
    dataType: DATA_TYPE[tensor.dtype],
    rawData: new Uint8Array(buffer, byteOffset, byteLength),
  };
}

/** A one-dimensional int64 tensor, the type of axes, pads and shapes. */
export function int64Tensor(values: readonly Int64[]): Tensor {
  return { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** A float32 scalar. */
export function floatScalar(value: number): Tensor {
  return { dtype: 'float32', shape: [], data: Float32Array.of(value) };
}

function tensorShape(dims: readonly Int64[], at: string): readonly number[] {
  return dims.map((dim) => {
    if (dim < 0) throw invalid(`dimension ${dim} is negative`, at);
    if (dim > MAX_ELEMENTS) throw tooLarge(dims, at);
    return Number(dim);
  });
}

/**
 * Writes the little-endian bytes of all elements. Making one checks that the file has as many bytes as the shape
 * asks for, so that memory can be allocated for it.
 */
type Fill = (into: Uint8Array) => void;

function dataInFile(proto: TensorProto, type: ElementType, byteCount: number, at: string): Fill {
  const isFloat = type.field === 'floatData' || type.field === 'doubleData';
  const runs = proto.rawData ? [proto.rawData] : packedRuns(proto, type.field);
  const available = runs.reduce((sum, run) => sum + run.length, 0);
  if (proto.rawData || isFloat) {
    if (available === byteCount) return copyOf(runs);
    throw invalid(`the shape needs ${byteCount} bytes of data, the file holds ${available}`, at);
  }
  const width = type.bits < 8 ? 1 : type.bits / 8;
  const count = byteCount / width;
  if (available >= count) return (into) => decodeVarints(runs, into, width, at);
  throw invalid(`the shape needs ${count} numbers, the file holds at most ${available}`, at);
}

function copyOf(runs: readonly Uint8Array[]): Fill {
  return (into) => {
    let offset = 0;
    for (const run of runs) {
      into.set(run, offset);
      offset += run.length;
    }
  };
}

/** Field tag of one element that was written unpacked, which protobuf allows and the schema keeps as unknown. */
const UNPACKED_TAG: Readonly<Record<ElementType['field'], number>> = {
  floatData: (4 << 3) | 5,
  int32Data: 5 << 3,
  int64Data: 7 << 3,
  doubleData: (10 << 3) | 1,
  uint64Data: 11 << 3,
};

function packedRuns(proto: TensorProto, field: ElementType['field']): readonly Uint8Array[] {
  const single = (proto.$unknowns ?? []).filter((bytes) => bytes[0] === UNPACKED_TAG[field]);
  return [...(proto[field] ?? []), ...single.map((bytes) => bytes.subarray(1))];
}

/** Protobuf varints, each kept modulo 2^(8 width), as little-endian numbers of `width` bytes. */
function decodeVarints(runs: readonly Uint8Array[], into: Uint8Array, width: number, at: string): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  let offset = 0;
  for (const run of runs) {
    for (let position = 0; position < run.length; offset += width) {
      let low = 0;
      let high = 0;
      for (let shift = 0, more = true; more; shift += 7) {
        if (position === run.length || shift > 63) throw invalid('the data ends inside a number', at);
        const byte = run[position++]!;
        const payload = byte & 127;
        if (shift < 32) low |= payload << shift;
        if (shift > 24) high |= shift < 32 ? payload >> (32 - shift) : payload << (shift - 32);
        more = byte > 127;
      }
      if (offset === into.length) throw invalid('the file holds more numbers than the shape needs', at);
      if (width === 1) view.setUint8(offset, low);
      else if (width === 2) view.setUint16(offset, low, true);
      else view.setUint32(offset, low, true);
      if (width === 8) view.setUint32(offset + 4, high, true);
    }
  }
  if (offset !== into.length) throw invalid('the file holds fewer numbers than the shape needs', at);
}

function elements(fill: Fill, type: ElementType, count: number, byteCount: number): TypedArray {
  if (type.bits < 8) {
    const packed = new Uint8Array(byteCount);
    fill(packed);
    const codes = unpackBits(packed, type.bits, count);
    if (type.float) return widenFloats(codes, type.bits, type.float);
    return type.dtype === 'int8' ? signExtend(codes, type.bits) : codes;
  }
  if (type.float) {
    const codes = type.bits === 8 ? new Uint8Array(count) : new Uint16Array(count);
    fill(new Uint8Array(codes.buffer));
    return widenFloats(codes, type.bits, type.float);
  }
  const data = allocate(type.dtype, count);
  fill(new Uint8Array(data.buffer));
  if (type.dtype === 'bool')
    data.forEach((byte, i) => {
      data[i] = byte === 0 ? 0 : 1;
    });
  return data;
}

function tooLarge(dims: readonly Int64[], at: string): TinymlError {
  return new TinymlError('E_SHAPE', `a tensor of shape [${dims.join(', ')}] is too large`, {
    at,
    hint: `at most ${MAX_ELEMENTS} elements are supported`,
  });
}

function invalid(message: string, at: string): TinymlError {
  return new TinymlError('E_ONNX_INVALID', message, {
    at,
    hint: 'export the model again; the file may be damaged',
  });
}
