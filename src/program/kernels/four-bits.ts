/**
 * Weights that lie in flash with 4 bits: int8 weights each of which is an int4 code (-8 .. 7) times a factor (1 .. 15) that neighbours
 * in its row share. Products and sums are therefore those of int8, and so are their bounds.
 */
import { constant, type Operand, RANGE, type Range, type Term } from '../signature.ts';
import { type Ranges, roundUp } from './common.ts';

/** Least and greatest code. */
export const INT4: Range = [-8, 7];

/** Codes that are unpacked together, as two words: groups and rows are multiples of it. */
export const FOUR_BIT_RUN = 8;

export type FourBitRows = {
  /** Weights of an output channel, the padding of its last run included. */
  readonly rowSize: number;
  /** Neighbours that share a factor; the last of a row may be fewer. */
  readonly group: number;
  /** Output channels whose weights are unpacked at a time, into scratch. */
  readonly block: number;
};

export const fourBitParams: Ranges<FourBitRows> = {
  rowSize: [FOUR_BIT_RUN, RANGE.count[1]],
  group: [FOUR_BIT_RUN, RANGE.count[1]],
  block: RANGE.count,
};

/**
 * The constants of packed weights. Of each run of 8 codes, byte i holds code i in its low half and code i + 4 in its high half, each
 * plus 8; padding is 0. Factors are [channels][row / group, rounded up].
 */
export function fourBitWeights(channels: Term): readonly Operand[] {
  return [
    constant('weights', 'int8', [channels, { over: ['rowSize', 2] }]),
    constant('factors', 'int8', [channels, { over: ['rowSize', 'group'] }], 'factors'),
  ];
}

export type PackedWeights = { readonly weights: Int8Array; readonly factors: Int8Array };

/** The rows of int8 weights, `row` in each, with 4 bits; null where a group has no factor. The least factor is taken. */
export function packRows(weights: Int8Array, row: number, group: number): PackedWeights | null {
  const rowSize = roundUp(row, FOUR_BIT_RUN);
  const rows = weights.length / row;
  const groups = Math.ceil(rowSize / group);
  const packed = new Uint8Array((rows * rowSize) / 2).fill(0x88);
  const factors = new Int8Array(rows * groups);
  for (let r = 0; r < rows; r++) {
    for (let start = 0, g = r * groups; start < row; start += group, g++) {
      const part = weights.subarray(r * row + start, r * row + Math.min(start + group, row));
      const factor = leastFactor(part);
      if (factor === null) return null;
      factors[g] = factor;
      part.forEach((weight, i) => {
        const at = start + i;
        const byte = (r * rowSize + at - (at % FOUR_BIT_RUN)) / 2 + (at % 4);
        const high = at % FOUR_BIT_RUN >= 4;
        const nibble = weight / factor - INT4[0];
        packed[byte] = high ? (packed[byte]! & 0x0f) | (nibble << 4) : (packed[byte]! & 0xf0) | nibble;
      });
    }
  }
  return { weights: new Int8Array(packed.buffer), factors };
}

/** The least factor of which all weights are multiples by int4 codes; null where there is none. */
export function leastFactor(weights: Int8Array): number | null {
  const least = weights.reduce((a, b) => Math.min(a, b), 0);
  const greatest = weights.reduce((a, b) => Math.max(a, b), 0);
  for (let [factor, most] = RANGE.factor as Range; factor <= most; factor++) {
    const fits = greatest <= INT4[1] * factor && least >= INT4[0] * factor;
    if (fits && weights.every((weight) => weight % factor === 0)) return factor;
  }
  return null;
}

/** The int8 weights that packed ones stand for, `row` in each row. */
export function unpackRows(
  { weights, factors }: PackedWeights,
  row: number,
  { rowSize, group }: Pick<FourBitRows, 'rowSize' | 'group'>,
): Int8Array {
  const rows = (2 * weights.length) / rowSize;
  const groups = Math.ceil(rowSize / group);
  const unpacked = new Int8Array(rows * row);
  for (let r = 0, at = 0; r < rows; r++) {
    for (let i = 0; i < row; i++, at++) {
      const byte = weights[(r * rowSize + i - (i % FOUR_BIT_RUN)) / 2 + (i % 4)]!;
      const nibble = (i % FOUR_BIT_RUN < 4 ? byte : byte >> 4) & 0x0f;
      unpacked[at] = (nibble + INT4[0]) * factors[r * groups + Math.floor(i / group)]!;
    }
  }
  return unpacked;
}
