/**
 * Entropy-coded stripes of a feature map: what crosses the wire of a split network (src/codec/). A stripe is what four channels hold at one
 * position; their levels together are one symbol, coded by an asymmetric numeral system with ranges (rANS, Duda 2013) under the
 * frequencies of its context: the classes of the symbols to its left and above it, 0 beyond the border.
 */
import { constant, input, type Kernel, output, times } from '../signature.ts';
import type { StepOf } from '../types.ts';

/** Channels of a stripe. */
export const STRIPE = 4;
/** Frequencies of a context add up to 2 ** FREQUENCY_BITS. */
export const FREQUENCY_BITS = 12;
/** The class of the left neighbour plus twice that of the one above. */
export const CONTEXTS = 4;
/**
 * int32 of the layout of a group: its channels, the binary logarithm of the side of the squares of positions that share a stripe, how many of the channels it has,
 * where its table of symbols begins, and how many they are.
 */
const GROUP_WORDS = STRIPE + 4;
/** Numbers of an entry of the table of symbols: ceil(2^32 / frequency) for the encoder, (2^12 - frequency) | start << 16 for both. */
export const ENTRY_WORDS = 2;
/** Of a cell: its symbol << SYMBOL_SHIFT | its class. Between them is room for the classes of two neighbours. */
export const SYMBOL_SHIFT = 8;
/** Sides of squares: 1, 2 and 4. */
const MOST_MERGE = 2;
/** The state of the coder is at least 2 ** STATE_BITS, and below 256 times that, between symbols. */
const STATE_BITS = 15;
/** Bytes that the state itself takes. */
const STATE_BYTES = 3;

const SLOTS = 2 ** FREQUENCY_BITS - 1;
const LEAST_STATE = 2 ** STATE_BITS;
/** Of a state by the frequency of the next symbol: from here on a byte is written first. */
const MOST_QUOTIENT = 2 ** (STATE_BITS + 8 - FREQUENCY_BITS);
const CODES = 256;

type StripesParams = {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly groups: number;
  /** Symbols of all tables, and so many behind that any symbol of the last one is there. */
  readonly symbols: number;
  /** Bytes that a map may take. */
  readonly capacity: number;
};

const stripesParams = {
  height: [1, 2 ** 9],
  width: [1, 2 ** 9],
  channels: [1, 2 ** 12],
  groups: [1, 2 ** 9],
  symbols: [CODES, 2 ** 17],
  capacity: [4, 2 ** 20],
} as const;

const ENTRIES = ['symbols', CONTEXTS, ENTRY_WORDS] as const;

/**
 * inputs [image int8 [H][W][C]], constants [layout int32 [groups][8], levels uint8 [groups][4][256] by code + 128: what the level
 * of each channel adds to the cell, cells int16 [groups][256]: the symbol of each cell and its class, entries int32 [symbols][4 contexts][2]], outputs [bytes uint8 [capacity], count int32 [2]: how many bytes, and whether all of the map
 * is in them]. The stream is read forwards, group by group: one that is cut off anywhere still gives the groups before. Bytes behind it are 0.
 */
export type EncodeStripesS8 = StepOf<'encode_stripes_s8', StripesParams>;

export const encodeStripesS8: Kernel<EncodeStripesS8> = {
  signature: {
    about: `A feature map as stripes of four channels, their levels one symbol each, entropy-coded: bytes[0 .. count[0] - 1] is the stream, or as much of its start as fits, count[1] whether it is whole.`,
    params: stripesParams,
    operands: [
      input('image', 'int8', ['height', 'width', 'channels']),
      constant('layout', 'int32', ['groups', GROUP_WORDS]),
      constant('levels', 'uint8', ['groups', STRIPE, CODES]),
      constant('cells', 'int16', ['groups', CODES]),
      constant('entries', 'int32', ENTRIES),
      output('bytes', 'uint8', ['capacity']),
      output('count', 'int32', [2]),
    ],
    scratch: [2, times('height', 1, 1), 'width'],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [image] = inputs as [Int8Array];
    const [layout, levels, cells, entries] = constants as [Int32Array, Uint8Array, Int16Array, Int32Array];
    const [bytes, count] = outputs as [Uint8Array, Int32Array];
    // Written from the end, so that it is read forwards; around a ring, so that what does not fit are the last bytes of the stream.
    const written: number[] = [];
    let state = 1;
    for (let group = p.groups - 1; group >= 0; group--) {
      const grid = gridOf(p, layout, group);
      const stripes = Array.from({ length: grid.rows * grid.columns }, (_, i) => {
        const codes = grid.channels.map((channel) => meanCode(image, p, grid, i, channel));
        const cell = codes.reduce(
          (sum, code, k) => sum + levels[(group * STRIPE + k) * CODES + code + 128]!,
          0,
        );
        return cells[group * CODES + (cell % CODES)]!;
      });
      for (let i = stripes.length - 1; i >= 0; i--) {
        const context = contextOf((k) => stripes[k]! & 1, i, grid.columns);
        const symbol = (stripes[i]! & 0xffff) >>> SYMBOL_SHIFT;
        const entry = ENTRY_WORDS * ((grid.first + symbol) * CONTEXTS + context);
        const [reciprocal, packed] = [BigInt(entries[entry]! >>> 0), entries[entry + 1]! >>> 0];
        const quotientOf = (of: number): number => Number((BigInt(of) * reciprocal) >> 32n);
        for (let k = 0; k < 2 && quotientOf(state) >= MOST_QUOTIENT; k++) {
          written.push(state & 0xff);
          state >>>= 8;
        }
        // state - quotient * frequency + quotient * 2^12 + start: products of 16 bits, since the quotient is below 2^11.
        const complement = Math.imul(signed16(quotientOf(state)), signed16(packed));
        state = (state + complement + (packed >>> 16)) >>> 0;
      }
    }
    for (let k = 0; k < STATE_BYTES; k++) written.push((state >>> (8 * k)) & 0xff);
    const length = Math.min(written.length, p.capacity);
    bytes.fill(0);
    bytes.set(written.reverse().slice(0, length));
    count.set([length, Number(written.length <= p.capacity)]);
  },
};

/**
 * What an encoder wrote, back: a symbol gives the codes of its channels. Where the stream ends too early, the rest of the map has the codes of `fill`,
 * as channels that are in no group have.
 * inputs [bytes uint8 [capacity], count int32 [2]], constants [layout and entries as of the encoder, classes uint8 [groups][256]: 0 or 1 by symbol, centroids int8 [groups][256][4], fill int8
 * [channels]], outputs [image int8 [H][W][C]]. Any bytes give a map.
 */
export type DecodeStripesS8 = StepOf<'decode_stripes_s8', StripesParams>;

export const decodeStripesS8: Kernel<DecodeStripesS8> = {
  signature: {
    about: `The feature map of a stream of encode_stripes_s8: the centroids of its symbols, and fill where it has none. Any bytes give a map.`,
    params: stripesParams,
    operands: [
      input('bytes', 'uint8', ['capacity']),
      input('count', 'int32', [2]),
      constant('layout', 'int32', ['groups', GROUP_WORDS]),
      constant('classes', 'uint8', ['groups', CODES], 'flags'),
      constant('entries', 'int32', ENTRIES),
      constant('centroids', 'int8', ['groups', CODES, STRIPE]),
      constant('fill', 'int8', ['channels']),
      output('image', 'int8', ['height', 'width', 'channels']),
    ],
    scratch: ['height', 'width'],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [bytes, count] = inputs as [Uint8Array, Int32Array];
    const [layout, classes, entries, centroids, fill] = constants as [
      Int32Array,
      Uint8Array,
      Int32Array,
      Int8Array,
      Int8Array,
    ];
    const [image] = outputs as [Int8Array];
    const length = Math.max(0, Math.min(count[0]!, p.capacity));
    const isWhole = count[1] !== 0;
    for (let i = 0; i < image.length; i++) image[i] = fill[i % p.channels]!;
    let [state, at] = [0, 0];
    while (at < Math.min(STATE_BYTES, length)) state = ((state << 8) | bytes[at++]!) >>> 0;
    for (let group = 0; group < p.groups; group++) {
      const grid = gridOf(p, layout, group);
      const symbols: number[] = [];
      for (let i = 0; i < grid.rows * grid.columns; i++) {
        while (state < LEAST_STATE && at < length) state = ((state << 8) | bytes[at++]!) >>> 0;
        if (state < LEAST_STATE && !isWhole) return;
        const context = contextOf((k) => classes[group * CODES + symbols[k]!]!, i, grid.columns);
        const slot = state & SLOTS;
        const packedOf = (symbol: number): number =>
          entries[ENTRY_WORDS * ((grid.first + symbol) * CONTEXTS + context) + 1]! >>> 0;
        // The last symbol that starts at the slot or before it, by halves.
        let [symbol, behind] = [0, grid.symbols];
        while (behind - symbol > 1) {
          const middle = (symbol + behind) >> 1;
          if (packedOf(middle) >>> 16 <= slot) symbol = middle;
          else behind = middle;
        }
        const packed = packedOf(symbol);
        const frequency = SLOTS + 1 - (packed & 0xffff);
        state = (Math.imul(frequency, state >>> FREQUENCY_BITS) + slot - (packed >>> 16)) >>> 0;
        symbols.push(symbol);
        grid.channels.forEach((channel, k) => {
          const code = centroids[(group * CODES + symbol) * STRIPE + k]!;
          for (const position of positionsOf(p, grid, i)) image[position * p.channels + channel] = code;
        });
      }
    }
  },
};

/** The stripes of a group: squares of so many positions a side, the last ones cut off at the border. */
type Grid = {
  readonly channels: readonly number[];
  readonly side: number;
  readonly rows: number;
  readonly columns: number;
  /** Its table of symbols: where it begins, and how many they are. */
  readonly first: number;
  readonly symbols: number;
};

type Extent = Pick<StripesParams, 'height' | 'width' | 'channels' | 'symbols'>;

/** Whatever a layout says, its channels and symbols are there. */
function gridOf(p: Extent, layout: Int32Array, group: number): Grid {
  const words = layout.subarray(group * GROUP_WORDS, (group + 1) * GROUP_WORDS);
  const [merge, count, first, symbols] = words.subarray(STRIPE) as unknown as [
    number,
    number,
    number,
    number,
  ];
  const side = 2 ** within(merge, 0, MOST_MERGE);
  return {
    channels: [...words.subarray(0, within(count, 1, STRIPE))].map((c) => within(c, 0, p.channels - 1)),
    side,
    rows: Math.ceil(p.height / side),
    columns: Math.ceil(p.width / side),
    first: within(first, 0, p.symbols - CODES),
    symbols: within(symbols, 1, CODES),
  };
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

function signed16(value: number): number {
  return (value << 16) >> 16;
}

/** The mean of a channel over the square of a stripe, halves up; at the border the last row and column count again. */
function meanCode(
  image: Int8Array,
  { height, width, channels }: Extent,
  { side, columns }: Grid,
  stripe: number,
  channel: number,
): number {
  const [row, column] = [Math.floor(stripe / columns) * side, (stripe % columns) * side];
  let sum = 0;
  for (let dy = 0; dy < side; dy++) {
    for (let dx = 0; dx < side; dx++) {
      const position = Math.min(row + dy, height - 1) * width + Math.min(column + dx, width - 1);
      sum += image[position * channels + channel]!;
    }
  }
  return Math.floor((sum + Math.floor((side * side) / 2)) / (side * side));
}

/** The positions of the square of a stripe that lie in the map. */
function positionsOf({ height, width }: Extent, { side, columns }: Grid, stripe: number): readonly number[] {
  const [row, column] = [Math.floor(stripe / columns) * side, (stripe % columns) * side];
  const positions: number[] = [];
  for (let y = row; y < Math.min(row + side, height); y++) {
    for (let x = column; x < Math.min(column + side, width); x++) positions.push(y * width + x);
  }
  return positions;
}

function contextOf(classOf: (stripe: number) => number, at: number, columns: number): number {
  const left = at % columns > 0 ? classOf(at - 1) : 0;
  const above = at >= columns ? classOf(at - columns) : 0;
  return left + 2 * above;
}
