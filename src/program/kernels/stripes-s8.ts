/**
 * Entropy-coded stripes of a feature map: what crosses the wire of a split network (src/codec/). A stripe is what four channels hold at one
 * position; their levels together are one symbol, coded by an asymmetric numeral system with ranges (rANS, Duda 2013) under the
 * frequencies of its context: the classes of the symbols to its left and above it, 0 beyond the border.
 */
import { constant, input, type Kernel, output, type Term, times } from '../signature.ts';
import type { StepOf } from '../types.ts';

/** Channels of a stripe. */
export const STRIPE = 4;
/** Frequencies of a context add up to 2 ** FREQUENCY_BITS. */
export const FREQUENCY_BITS = 12;
/** The class of the left neighbour plus twice that of the one above. */
export const CONTEXTS = 4;
/** int32 of the layout of a group: its channels, and the binary logarithm of the side of the squares of positions that share a stripe. */
export const GROUP_WORDS = STRIPE + 1;
/** Numbers of an entry of the table of symbols: ceil(2^32 / frequency) for the encoder, frequency | start << 16 for both. */
export const ENTRY_WORDS = 2;
/** Sides of squares: 1, 2 and 4. */
const MOST_MERGE = 2;
/** The state of the coder is at least 2 ** STATE_BITS, and below 256 times that, between symbols. */
const STATE_BITS = 15;
/** Bytes that the state itself takes. */
const STATE_BYTES = 3;

const SLOTS = 2 ** FREQUENCY_BITS - 1;
const LEAST_STATE = 2 ** STATE_BITS;
const CODES = 256;

type StripesParams = {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly groups: number;
  /** Entries of a context in the table of symbols. */
  readonly symbols: number;
  /** Bytes that a map may take. */
  readonly capacity: number;
};

const stripesParams = {
  height: [1, 2 ** 9],
  width: [1, 2 ** 9],
  channels: [1, 2 ** 12],
  groups: [1, 2 ** 9],
  symbols: [64, CODES],
  capacity: [4, 2 ** 20],
} as const;

/** A symbol is below 256: behind the table of the last group there is as much again, so that whatever the constants say lies in it. */
const ENTRIES: readonly [ReturnType<typeof times>, number, Term, number] = [
  times('groups', 1, 1),
  CONTEXTS,
  'symbols',
  ENTRY_WORDS,
];

/**
 * inputs [image int8 [H][W][C]], constants [layout int32 [groups][5], levels uint8 [groups][4][256] by code + 128: what the level
 * of each channel adds to the cell, cells uint8 [groups][256]: the symbol of each cell, classes uint8 [groups][256]: 0 or 1 by symbol,
 * entries int32 [groups + 1][4][symbols][2]], outputs [bytes uint8 [capacity], count int32 [2]: how many bytes, and whether all of the map
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
      constant('cells', 'uint8', ['groups', CODES]),
      constant('classes', 'uint8', ['groups', CODES], 'flags'),
      constant('entries', 'int32', ENTRIES),
      output('bytes', 'uint8', ['capacity']),
      output('count', 'int32', [2]),
    ],
    scratch: ['height', 'width'],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [image] = inputs as [Int8Array];
    const [layout, levels, cells, classes, entries] = constants as [
      Int32Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Int32Array,
    ];
    const [bytes, count] = outputs as [Uint8Array, Int32Array];
    // Written from the end, so that it is read forwards; around a ring, so that what does not fit are the last bytes of the stream.
    const written: number[] = [];
    let state = 1;
    for (let group = p.groups - 1; group >= 0; group--) {
      const grid = gridOf(p, layout, group);
      const symbols = Array.from({ length: grid.rows * grid.columns }, (_, i) => {
        const codes = grid.channels.map((channel) => meanCode(image, p, grid, i, channel));
        const cell = codes.reduce(
          (sum, code, k) => sum + levels[(group * STRIPE + k) * CODES + code + 128]!,
          0,
        );
        return cells[group * CODES + (cell % CODES)]!;
      });
      for (let i = symbols.length - 1; i >= 0; i--) {
        const context = contextOf(symbols, i, grid.columns, classes, group);
        const entry = ENTRY_WORDS * ((group * CONTEXTS + context) * p.symbols + symbols[i]!);
        const [reciprocal, packed] = [entries[entry]! >>> 0, entries[entry + 1]! >>> 0];
        const [frequency, start] = [packed & 0xffff, packed >>> 16];
        for (let k = 0; k < 2 && state >= frequency * 2 ** (STATE_BITS + 8 - FREQUENCY_BITS); k++) {
          written.push(state & 0xff);
          state >>>= 8;
        }
        const quotient = Number((BigInt(state) * BigInt(reciprocal)) >> 32n);
        state = (state - Math.imul(quotient, frequency) + (quotient << FREQUENCY_BITS) + start) >>> 0;
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
 * inputs [bytes uint8 [capacity], count int32 [2]], constants [layout, classes, entries as of the encoder, centroids int8 [groups][256][4], fill int8
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
        const table = (group * CONTEXTS + contextOf(symbols, i, grid.columns, classes, group)) * p.symbols;
        const slot = state & SLOTS;
        const packedOf = (symbol: number): number => entries[ENTRY_WORDS * (table + symbol) + 1]! >>> 0;
        // The last symbol that starts at the slot or before it, by halves.
        let [symbol, behind] = [0, p.symbols];
        while (behind - symbol > 1) {
          const middle = (symbol + behind) >> 1;
          if (packedOf(middle) >>> 16 <= slot) symbol = middle;
          else behind = middle;
        }
        const packed = packedOf(symbol);
        state = (Math.imul(packed & 0xffff, state >>> FREQUENCY_BITS) + slot - (packed >>> 16)) >>> 0;
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
};

type Extent = Pick<StripesParams, 'height' | 'width' | 'channels'>;

/** Whatever a layout says, its channels are there. */
function gridOf(p: Extent, layout: Int32Array, group: number): Grid {
  const words = layout.subarray(group * GROUP_WORDS, (group + 1) * GROUP_WORDS);
  const side = 2 ** Math.max(0, Math.min(words[STRIPE]!, MOST_MERGE));
  return {
    channels: [...words.subarray(0, STRIPE)].map((c) => Math.max(0, Math.min(c, p.channels - 1))),
    side,
    rows: Math.ceil(p.height / side),
    columns: Math.ceil(p.width / side),
  };
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

function contextOf(
  symbols: ArrayLike<number>,
  at: number,
  columns: number,
  classes: Uint8Array,
  group: number,
): number {
  const classOf = (neighbour: number): number => classes[group * CODES + symbols[neighbour]!]!;
  const left = at % columns > 0 ? classOf(at - 1) : 0;
  const above = at >= columns ? classOf(at - columns) : 0;
  return left + 2 * above;
}
