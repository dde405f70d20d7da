/**
 * A codec as a file: "TSGQ", the version, the numbers of the codec, and the CRC-32 of all before. The same codec gives the same bytes; both
 * sides of the wire have the same file, and messages are checked against it.
 */
import { crc32 } from 'node:zlib';
import { CONTEXTS, STRIPE } from '../program/kernels/stripes-s8.ts';
import { type ByteReader, createByteReader, createByteWriter } from './bytes.ts';
import { isExact, LEAST, TOTAL } from './contexts.ts';
import { mostBytes } from './tables.ts';
import { MOST_CELLS, type StripeCodec, type StripeGroup } from './types.ts';

const MAGIC = [...'TSGQ'].map((letter) => letter.charCodeAt(0));
const VERSION = 1;
const CRC_BYTES = 4;
/** As the kernels have them. */
const MOST = {
  ...{ height: 2 ** 9, width: 2 ** 9, channels: 2 ** 12, groups: 2 ** 9, name: 2 ** 10 },
  ...{ elements: 2 ** 24, bytes: 2 ** 20 },
} as const;
const SIDES = [1, 2, 4] as const;

/** The greatest file that is one: sizes are checked before it is read. */
const MOST_CODEC_BYTES = 2 ** 21;

export function writeCodec(codec: StripeCodec): Uint8Array {
  const to = createByteWriter();
  to.bytes(MAGIC);
  to.byte(VERSION);
  const name = new TextEncoder().encode(codec.value);
  to.number(name.length);
  to.bytes(name);
  for (const size of [codec.height, codec.width, codec.channels]) to.number(size);
  to.float(codec.scale);
  to.byte(codec.zeroPoint);
  to.bytes(codec.fill);
  to.number(codec.groups.length);
  for (const group of codec.groups) {
    to.byte(group.channels.length);
    for (const channel of group.channels) to.number(channel);
    to.byte(group.side);
    for (const thresholds of group.thresholds) {
      to.byte(thresholds.length);
      to.bytes(thresholds);
    }
    to.number(group.classes.length);
    to.bytes(group.cells);
    to.bytes(group.classes);
    for (const frequencies of group.frequencies) {
      for (const frequency of frequencies) to.number(frequency);
    }
    to.bytes(group.centroids);
  }
  const body = to.finish();
  const sum = crc32(body);
  return Uint8Array.from([...body, ...[0, 8, 16, 24].map((shift) => (sum >>> shift) & 0xff)]);
}

/** @param at the place of the file, for messages @throws TinymlError E_CODEC where it is damaged, or no codec */
export function readCodec(data: Uint8Array, at: string): StripeCodec {
  const body = data.subarray(0, Math.max(0, data.length - CRC_BYTES));
  const from = createByteReader(
    body,
    'not a codec of "tinyml split"',
    at,
    'Write it again with "tinyml split".',
  );
  if (data.length > MOST_CODEC_BYTES) from.fail(`it has ${data.length} bytes`);
  if (!MAGIC.every((letter) => from.byte() === letter)) from.fail('it begins otherwise');
  const version = from.byte();
  if (version !== VERSION) from.fail(`it is of version ${version}, this one reads ${VERSION}`);
  const sum = new DataView(data.buffer, data.byteOffset + body.length, CRC_BYTES).getUint32(0, true);
  if (sum !== crc32(body)) from.fail('its CRC-32 is another');
  const value = new TextDecoder().decode(from.bytes(from.number(MOST.name)));
  const size = (most: number): number => from.number(most) || from.fail('a size is 0');
  const [height, width, channels] = [size(MOST.height), size(MOST.width), size(MOST.channels)];
  const scale = from.float();
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) from.fail(`its scale is ${scale}`);
  const [zeroPoint = 0] = signed(from.bytes(1));
  const fill = signed(from.bytes(channels));
  const count = size(MOST.groups);
  const groups = Array.from({ length: count }, () => readGroup(from, channels));
  if (from.left() > 0) from.fail(`it has ${from.left()} bytes more than it says`);
  const codec = { value, height, width, channels, scale, zeroPoint, fill, groups };
  // A small file may say of large maps: what would be allocated for them has bounds as the kernels have.
  const [elements, bytes] = [height * width * channels, mostBytes(codec)];
  if (elements > MOST.elements) from.fail(`its maps have ${elements} values`);
  if (bytes > MOST.bytes) from.fail(`its streams may have ${bytes} bytes`);
  return codec;
}

function readGroup(from: ByteReader, channels: number): StripeGroup {
  const count = from.number(STRIPE) || from.fail('a group has no channels');
  const own = Array.from({ length: count }, () => from.number(channels - 1));
  if (new Set(own).size < count) from.fail('a group has a channel twice');
  const written = from.byte();
  const side = SIDES.find((known) => known === written) ?? from.fail(`a group has squares of ${written}`);
  const thresholds = own.map(() => {
    const codes = [...signed(from.bytes(from.byte()))];
    const ascend = codes.every((code, i) => i === 0 || code > codes[i - 1]!);
    return ascend ? codes : from.fail('thresholds do not ascend');
  });
  const cellCount = thresholds.reduce((product, { length }) => product * (length + 1), 1);
  if (cellCount > MOST_CELLS) from.fail(`a group has ${cellCount} cells`);
  const symbols = from.number(MOST_CELLS);
  if (symbols < 2) from.fail('a group has a single symbol');
  const cells = from.bytes(cellCount).slice();
  if (cells.some((symbol) => symbol >= symbols)) from.fail('a cell has a symbol that does not exist');
  const classes = from.bytes(symbols).slice();
  if (classes.some((kind) => kind > 1)) from.fail('a symbol has a class that does not exist');
  const frequencies = Array.from({ length: CONTEXTS }, () => {
    const shares = Uint16Array.from({ length: symbols }, () => from.number(TOTAL));
    const sum = shares.reduce((a, b) => a + b, 0);
    const fits = sum === TOTAL && shares.every((share) => share >= LEAST && isExact(share));
    return fits ? shares : from.fail('frequencies are none');
  });
  const centroids = signed(from.bytes(symbols * count));
  return { channels: own, side, thresholds, cells, centroids, classes, frequencies };
}

function signed(bytes: Uint8Array): Int8Array {
  return new Int8Array(bytes.slice().buffer);
}
