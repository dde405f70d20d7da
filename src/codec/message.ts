/**
 * What crosses the wire: one byte of magic and version, how many maps and whether they have a scale of their own, that scale, the length of each stream and
 * whether it is whole, the streams, and a CRC-32 of the codec and all before. Both sides have the codec, so that a message of another one fails like a damaged one: its sum is
 * another. 7 bytes and a length for one map. A stream that is cut off within a budget still gives its first groups.
 */
import { crc32 } from 'node:zlib';
import { createByteReader, createByteWriter } from './bytes.ts';
import { writeCodec } from './file.ts';
import { mostBytes } from './tables.ts';
import type { Stream, StripeCodec } from './types.ts';

/** Magic in the upper four bits, the version in the lower. */
const FIRST = 0xc2;
const CRC_BYTES = 4;
/** Maps of a message. */
const MOST_MAPS = 2 ** 16;

type Message = {
  readonly streams: readonly Stream[];
  /** float32 that the scale of the codec is multiplied by; 1 where the message has none. */
  readonly scale: number;
};

/** What messages of a codec are written and read by. */
type Messages = {
  /** @param streams of 1 to MOST_MAPS maps @param scale positive, finite; left out: 1, which takes no bytes */
  readonly write: (streams: readonly Stream[], scale?: number) => Uint8Array;
  /** Allocates nothing beyond the bytes of the message. @throws TinymlError E_CODEC where it is damaged, or of another codec */
  readonly read: (message: Uint8Array) => Message;
};

export function createMessages(codec: StripeCodec): Messages {
  // Of the file without its own sum, with which all files have the same.
  const identity = crc32(writeCodec(codec).subarray(0, -CRC_BYTES));
  const most = mostBytes(codec);
  return {
    write: (streams, scale = 1) => {
      const to = createByteWriter();
      to.byte(FIRST);
      to.number(streams.length * 2 + Number(scale !== 1));
      if (scale !== 1) to.float(scale);
      for (const { bytes, isWhole } of streams) to.number(bytes.length * 2 + Number(isWhole));
      for (const { bytes } of streams) to.bytes(bytes);
      const sum = crc32(to.finish(), identity);
      to.bytes([0, 8, 16, 24].map((shift) => sum >>> shift));
      return to.finish();
    },
    read: (message) => {
      const body = message.subarray(0, Math.max(0, message.length - CRC_BYTES));
      const hint = 'Both sides need the same codec file; send the message again.';
      const from = createByteReader(body, 'not a message of this codec', `value "${codec.value}"`, hint);
      if (from.byte() !== FIRST) from.fail('it begins otherwise');
      const sum = new DataView(message.buffer, message.byteOffset + body.length, CRC_BYTES).getUint32(
        0,
        true,
      );
      if (sum !== crc32(body, identity)) from.fail('its CRC-32 is another');
      const written = from.number(2 * MOST_MAPS + 1);
      const count = written >> 1;
      const scale = written % 2 === 1 ? from.float() : 1;
      if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) from.fail(`its scale is ${scale}`);
      if (count > from.left()) from.fail(`it says ${count} maps in ${from.left()} bytes`);
      const lengths = Array.from({ length: count }, () => from.number(2 * most + 1));
      const streams = lengths.map((length) => ({
        bytes: from.bytes(length >> 1).slice(),
        isWhole: length % 2 === 1,
      }));
      if (from.left() > 0) from.fail(`it has ${from.left()} bytes more than it says`);
      return { streams, scale };
    },
  };
}
