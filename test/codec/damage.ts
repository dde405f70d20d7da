/** Damaged messages and codec files: what reading them comes to. */
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { readCodec, writeCodec } from '../../src/codec/file.ts';
import { createMessages } from '../../src/codec/message.ts';
import { createDecoder } from '../../src/codec/run.ts';
import type { Stream, StripeCodec } from '../../src/codec/types.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';

const CRC_BYTES = 4;

/** Bytes with some of them changed, left out, doubled or cut off. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = Math.floor(random() * bytes.length);
  const kind = Math.floor(random() * 5);
  if (kind === 0) return bytes.slice(0, at);
  if (kind === 1) return Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)]);
  if (kind === 2) return Uint8Array.from([...bytes.slice(0, at + 1), ...bytes.slice(at)]);
  const changed = bytes.slice();
  if (kind === 3) changed[at] = Math.floor(random() * 256);
  else changed[at]! ^= 1 << Math.floor(random() * 8);
  return changed;
}

/** What takes and refuses mutations of a file and a message, each with the sum as it was and with the right one. */
export type Damage = {
  /** @returns whether it was taken @throws AssertionError for any other error than E_CODEC, and for maps of another size */
  readonly once: (random: () => number) => boolean;
};

export function damageOf(codec: StripeCodec, streams: readonly Stream[]): Damage {
  const file = writeCodec(codec);
  const messages = createMessages(codec);
  const message = messages.write(streams, 0.5);
  const identity = crc32(file.subarray(0, -CRC_BYTES));
  const decode = createDecoder(codec);
  const size = codec.height * codec.width * codec.channels;
  const read = (bytes: Uint8Array): void => {
    for (const stream of messages.read(bytes).streams) assert.equal(decode(stream).length, size);
  };
  const kinds = [
    (random: () => number) => readCodec(mutate(file, random), 'f'),
    (random: () => number) => readCodec(sealed(mutate(file.subarray(0, -CRC_BYTES), random), 0), 'f'),
    (random: () => number) => read(mutate(message, random)),
    (random: () => number) => read(sealed(mutate(message.subarray(0, -CRC_BYTES), random), identity)),
    // The beginning has what says how much there is.
    (random: () => number) => read(sealed(mutatedHead(message, random), identity)),
  ] as const;
  return {
    once: (random) => {
      try {
        kinds[Math.floor(random() * kinds.length)]!(random);
        return true;
      } catch (error) {
        assert.ok(error instanceof TinymlError && error.code === 'E_CODEC', String(error));
        return false;
      }
    },
  };
}

const HEAD = 16;

function mutatedHead(message: Uint8Array, random: () => number): Uint8Array {
  const [head, rest] = [mutate(message.subarray(0, HEAD), random), message.subarray(HEAD, -CRC_BYTES)];
  return Uint8Array.from([...head, ...rest]);
}

function sealed(body: Uint8Array, from: number): Uint8Array {
  const sum = crc32(body, from);
  return Uint8Array.from([...body, ...[0, 8, 16, 24].map((shift) => (sum >>> shift) & 0xff)]);
}
