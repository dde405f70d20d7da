/**
 * What crosses the link of a device: the float32 tensors of a model, or by how much an update moved them, whole or as 8-bit codes with one scale a
 * tensor. Both sides know names and lengths of the tensors. Little endian:
 *
 *     4 bytes  "TFLU"
 *     1 byte   version, 1
 *     1 byte   coding: 0 float32, 1 int8
 *     2 bytes  number of tensors
 *     4 bytes  version of the model
 *     4 bytes  device
 *     each tensor: 4 bytes its length; int8: 4 bytes float32 scale; its values
 *     4 bytes  CRC-32 of all before
 */
import { crc32 } from 'node:zlib';
import { TinymlError } from '../../diagnostics/errors.ts';
import { roundAtRandom } from '../../numbers/rounding.ts';

export type Coding = 'float32' | 'int8';

/** Values of each tensor, in an order that both sides know. */
export type Values = readonly Float32Array[];

type Message = {
  readonly coding: Coding;
  /** Of the model that it is, or that the update started from. */
  readonly version: number;
  readonly device: number;
  readonly values: Values;
};

const MAGIC = 0x554c4654;
const VERSION = 1;
const HEADER_BYTES = 16;
const CRC_BYTES = 4;
const CODINGS: readonly Coding[] = ['float32', 'int8'];
const LARGEST_CODE = 127;

/** Bytes of a message, headers and checksum included; they do not depend on the values. */
export function messageBytes(coding: Coding, lengths: readonly number[]): number {
  const each = lengths.map((length) => 4 + (coding === 'int8' ? 4 + length : 4 * length));
  return HEADER_BYTES + CRC_BYTES + each.reduce((sum, bytes) => sum + bytes, 0);
}

/** @param random 0 .. 1, for stochastic rounding to codes: their mean is the value; null rounds to the nearest */
export function encodeMessage(message: Message, random: (() => number) | null): Uint8Array {
  const { coding, version, device, values } = message;
  const bytes = new Uint8Array(
    messageBytes(
      coding,
      values.map(({ length }) => length),
    ),
  );
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, CODINGS.indexOf(coding));
  view.setUint16(6, values.length, true);
  view.setUint32(8, version, true);
  view.setUint32(12, device, true);
  let at = HEADER_BYTES;
  for (const tensor of values) {
    view.setUint32(at, tensor.length, true);
    at += 4;
    if (coding === 'float32') {
      for (const value of tensor) {
        view.setFloat32(at, value, true);
        at += 4;
      }
      continue;
    }
    const scale = scaleOf(tensor);
    view.setFloat32(at, scale, true);
    at += 4;
    for (const value of tensor) view.setInt8(at++, codeOf(value, scale, random));
  }
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/** @throws TinymlError E_NOT_FINITE: nothing else could come out of codes */
function scaleOf(tensor: Float32Array): number {
  const largest = tensor.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!Number.isFinite(largest)) {
    throw new TinymlError('E_NOT_FINITE', 'an update holds numbers that are not finite', {
      hint: 'Lower the learning rate of the devices.',
    });
  }
  return Math.fround(largest / LARGEST_CODE);
}

function codeOf(value: number, scale: number, random: (() => number) | null): number {
  if (scale === 0) return 0;
  const code = roundAtRandom(value / scale, random === null ? 0.5 : random());
  return Math.max(-LARGEST_CODE, Math.min(LARGEST_CODE, code));
}

/**
 * @param lengths of the tensors, as both sides know them: nothing else is allocated
 * @throws TinymlError E_CODEC for anything else than a message of such tensors
 */
export function decodeMessage(bytes: Uint8Array, lengths: readonly number[]): Message {
  const refuse = (why: string): never => {
    throw new TinymlError('E_CODEC', `a message of the fleet cannot be read: ${why}`, {
      hint: 'Both sides must have the same model and the same version of this program.',
    });
  };
  if (bytes.length < HEADER_BYTES + CRC_BYTES) return refuse('it ends too early');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return refuse('it is none');
  if (view.getUint8(4) !== VERSION) return refuse(`it has version ${view.getUint8(4)}`);
  const coding = CODINGS[view.getUint8(5)] ?? refuse('its coding is unknown');
  if (view.getUint16(6, true) !== lengths.length) return refuse('it has another number of tensors');
  const size = messageBytes(coding, lengths);
  if (bytes.length !== size) return refuse(`it has ${bytes.length} bytes instead of ${size}`);
  const end = size - CRC_BYTES;
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) return refuse('its CRC-32 is another');
  let at = HEADER_BYTES;
  const values = lengths.map((length) => {
    if (view.getUint32(at, true) !== length) return refuse('a tensor has another length');
    at += 4;
    const scale = coding === 'int8' ? view.getFloat32(at, true) : 1;
    if (coding === 'int8') at += 4;
    const tensor = new Float32Array(length);
    for (let i = 0; i < length; i++) {
      tensor[i] = coding === 'int8' ? view.getInt8(at) * scale : view.getFloat32(at, true);
      at += coding === 'int8' ? 1 : 4;
    }
    if (!tensor.every(Number.isFinite)) return refuse('it holds numbers that are not finite');
    return tensor;
  });
  return { coding, version: view.getUint32(8, true), device: view.getUint32(12, true), values };
}
