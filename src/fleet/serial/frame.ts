/** Frames of the serial line between a gateway and a device (docs/serial-frame.md). */
import { crc32 } from 'node:zlib';
import {
  SERIAL_CRC_BYTES,
  SERIAL_HEADER_BYTES,
  SERIAL_MAX_PAYLOAD,
  SERIAL_SYNC,
  SERIAL_VERSION,
} from '../../targets/serial-protocol.ts';

export type Frame = {
  readonly type: number;
  /** 0 .. 255: an answer has that of its request. */
  readonly sequence: number;
  readonly payload: Uint8Array;
};

export function encodeFrame({ type, sequence, payload }: Frame): Uint8Array {
  const bytes = new Uint8Array(SERIAL_HEADER_BYTES + payload.length + SERIAL_CRC_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set([...SERIAL_SYNC, SERIAL_VERSION, type, sequence, 0]);
  view.setUint16(6, payload.length, true);
  bytes.set(payload, SERIAL_HEADER_BYTES);
  const end = SERIAL_HEADER_BYTES + payload.length;
  view.setUint32(end, crc32(bytes.subarray(2, end)), true);
  return bytes;
}

/**
 * Takes whole frames off the front of what has come; bytes that are of none are dropped.
 * @returns the frames, and what may still become one: at most one frame less a byte
 */
export function takeFrames(received: Uint8Array): {
  readonly frames: readonly Frame[];
  readonly rest: Uint8Array;
} {
  const view = new DataView(received.buffer, received.byteOffset, received.byteLength);
  const frames: Frame[] = [];
  let at = 0;
  for (;;) {
    at = nextSync(received, at);
    if (received.length - at < SERIAL_HEADER_BYTES) break;
    const length = view.getUint16(at + 6, true);
    if (received[at + 2] !== SERIAL_VERSION || received[at + 5] !== 0 || length > SERIAL_MAX_PAYLOAD) {
      at++;
      continue;
    }
    const end = at + SERIAL_HEADER_BYTES + length;
    if (received.length < end + SERIAL_CRC_BYTES) break;
    if (crc32(received.subarray(at + 2, end)) !== view.getUint32(end, true)) {
      at++;
      continue;
    }
    const payload = new Uint8Array(received.subarray(at + SERIAL_HEADER_BYTES, end));
    frames.push({ type: received[at + 3]!, sequence: received[at + 4]!, payload });
    at = end + SERIAL_CRC_BYTES;
  }
  return { frames, rest: new Uint8Array(received.subarray(at)) };
}

/** Where the next frame may begin, from a place on; the length where there is none. */
function nextSync(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] === SERIAL_SYNC[0] && (at + 1 === bytes.length || bytes[at + 1] === SERIAL_SYNC[1]))
      return at;
  }
  return bytes.length;
}
