import { endianness } from 'node:os';
import { unreachable } from '../diagnostics/errors.ts';

/** Element types that data files may have. */
export type ElementType =
  | 'bool'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float32'
  | 'float64';

const BYTES = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  uint64: 8,
  int64: 8,
  float32: 4,
  float64: 8,
} as const satisfies Record<ElementType, number>;

export function bytesPerElement(type: ElementType): number {
  return BYTES[type];
}

/** Elements as float32 (rounded to nearest where they do not fit). `bytes` holds whole elements. */
export function toFloats(bytes: Uint8Array, type: ElementType, littleEndian: boolean): Float32Array {
  if (type === 'uint8' || type === 'bool') return new Float32Array(bytes);
  if (type === 'float32' && littleEndian === (endianness() === 'LE')) {
    return new Float32Array(new Uint8Array(bytes).buffer); // a copy, so that it is aligned
  }
  const values = new Float32Array(bytes.length / BYTES[type]);
  const get = elementGetter(bytes, type, littleEndian);
  for (let i = 0; i < values.length; i++) values[i] = get(i);
  return values;
}

/** Elements as numbers; 64-bit integers beyond 2^53 lose precision. */
export function toNumbers(bytes: Uint8Array, type: ElementType, littleEndian: boolean): Float64Array {
  const values = new Float64Array(bytes.length / BYTES[type]);
  const get = elementGetter(bytes, type, littleEndian);
  for (let i = 0; i < values.length; i++) values[i] = get(i);
  return values;
}

function elementGetter(bytes: Uint8Array, type: ElementType, little: boolean): (index: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'bool':
    case 'uint8':
      return (i) => bytes[i]!;
    case 'int8':
      return (i) => view.getInt8(i);
    case 'uint16':
      return (i) => view.getUint16(2 * i, little);
    case 'int16':
      return (i) => view.getInt16(2 * i, little);
    case 'uint32':
      return (i) => view.getUint32(4 * i, little);
    case 'int32':
      return (i) => view.getInt32(4 * i, little);
    case 'uint64':
      return (i) => Number(view.getBigUint64(8 * i, little));
    case 'int64':
      return (i) => Number(view.getBigInt64(8 * i, little));
    case 'float32':
      return (i) => view.getFloat32(4 * i, little);
    case 'float64':
      return (i) => view.getFloat64(8 * i, little);
    default:
      return unreachable(type);
  }
}
