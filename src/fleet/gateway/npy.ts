/** Arrays of Flower messages: .npy files, little-endian, of one dimension or more, in C order. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { WireArray } from './objects.ts';

const MAGIC = Buffer.from('\x93NUMPY', 'latin1');
const HEADER =
  /^\{'descr': '([<|][if][1248])', 'fortran_order': (False|True), 'shape': \(([0-9, ]*)\), \} *\n$/;

type NumberType = 'int8' | 'float32';

/** As NumPy names types, and as a .npy file does. */
const DESCRIPTIONS: Readonly<Record<NumberType, string>> = { int8: '|i1', float32: '<f4' };

/** @param values Int8Array or Float32Array, of one axis */
export function arrayOf(values: Int8Array | Float32Array): WireArray {
  const dtype: NumberType = values instanceof Int8Array ? 'int8' : 'float32';
  const facts = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${values.length},), }`;
  // The elements begin at a multiple of 64 bytes, the line ends before them.
  const padded = facts.padEnd(Math.ceil((10 + facts.length + 1) / 64) * 64 - 11);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length + 1);
  const elements = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const data = Buffer.concat([
    MAGIC,
    Buffer.from([1, 0]),
    length,
    Buffer.from(`${padded}\n`, 'latin1'),
    elements,
  ]);
  return { dtype, shape: [values.length], stype: 'numpy.ndarray', data };
}

/**
 * The numbers of an array, whatever type they were sent in: servers average in floating point.
 * @param count elements that there must be
 * @throws TinymlError E_FLEET
 */
export function numbersOf(name: string, { stype, data }: WireArray, count: number): Float64Array {
  if (stype !== 'numpy.ndarray') throw wrong(name, `it is a "${stype.slice(0, 40)}"`);
  const length = data.length < 10 ? 0 : data[8]! + 256 * data[9]!;
  const isNpy = MAGIC.every((byte, at) => data[at] === byte) && data[6] === 1 && 10 + length <= data.length;
  const found = isNpy ? HEADER.exec(Buffer.from(data.subarray(10, 10 + length)).toString('latin1')) : null;
  if (found === null) throw wrong(name, 'it is no .npy file of version 1');
  const [, type, fortran, sizes] = found as unknown as readonly [string, string, string, string];
  const shape = sizes.split(',').flatMap((size) => (size.trim() === '' ? [] : [Number(size)]));
  const isFlat = fortran === 'False' || shape.length < 2;
  if (!isFlat || shape.reduce((product, size) => product * size, 1) !== count)
    throw wrong(name, `it has the shape (${shape.join(', ')}), and ${count} elements are needed`);
  return elements(name, type, data.subarray(10 + length), count);
}

function elements(name: string, type: string, bytes: Uint8Array, count: number): Float64Array {
  const size = Number(type[2]);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = READERS[type.slice(1)];
  if (read === undefined || bytes.length !== size * count)
    throw wrong(name, `its elements are ${type}, ${bytes.length} bytes`);
  const values = Float64Array.from({ length: count }, (_, index) => read(view, index * size));
  if (!values.every(Number.isFinite)) throw wrong(name, 'a value is not finite');
  return values;
}

const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  i1: (view, at) => view.getInt8(at),
  i4: (view, at) => view.getInt32(at, true),
  f4: (view, at) => view.getFloat32(at, true),
  f8: (view, at) => view.getFloat64(at, true),
};

function wrong(name: string, what: string): TinymlError {
  return new TinymlError('E_FLEET', `an array cannot be a parameter of the model: ${what}`, {
    at: name.slice(0, 200),
    hint: 'the server must serve the bundle that the gateway was given',
  });
}
