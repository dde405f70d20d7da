/** A codec as the constants of the kernels of stripes. */
import {
  CONTEXTS,
  ENTRY_WORDS,
  FREQUENCY_BITS,
  STRIPE,
  SYMBOL_SHIFT,
} from '../program/kernels/stripes-s8.ts';
import { levelTable } from './levels.ts';
import { type StripeCodec, type StripeGroup, stripesOf } from './types.ts';

const CODES = 256;
/** The state of the coder, and a byte to round up. */
const STATE_BYTES = 4;
/** A frequency of at least 2 of 4096 takes 11 bits; the state costs a little more. */
const MOST_BITS = 12;

export type Tables = {
  /** Of all tables, and what is behind the last one, where no symbol leads. */
  readonly symbols: number;
  readonly layout: Int32Array;
  readonly levels: Uint8Array;
  readonly cells: Int16Array;
  readonly classes: Uint8Array;
  readonly entries: Int32Array;
  readonly centroids: Int8Array;
};

/** Bytes that a stream of the codec never exceeds. */
export function mostBytes(codec: StripeCodec): number {
  const stripes = codec.groups.reduce((sum, { side }) => sum + stripesOf(codec, side), 0);
  return Math.ceil((stripes * MOST_BITS) / 8) + STATE_BYTES;
}

export function tablesOf({ groups }: StripeCodec): Tables {
  // The table of the most symbols is the last one, behind which the fewest are left.
  const order = [...groups.keys()].sort((a, b) => groups[a]!.classes.length - groups[b]!.classes.length);
  const firsts = groups.map(() => 0);
  let last = 0;
  order.forEach((g, i) => {
    if (i > 0) last += groups[order[i - 1]!]!.classes.length;
    firsts[g] = last;
  });
  const symbols = last + CODES;
  const tables: Tables = {
    symbols,
    layout: Int32Array.from(groups.flatMap((group, g) => layoutOf(group, firsts[g]!))),
    levels: new Uint8Array(groups.length * STRIPE * CODES),
    cells: new Int16Array(groups.length * CODES),
    classes: new Uint8Array(groups.length * CODES),
    entries: new Int32Array(symbols * CONTEXTS * ENTRY_WORDS),
    centroids: new Int8Array(groups.length * CODES * STRIPE),
  };
  groups.forEach((group, g) => {
    let factor = 1;
    group.thresholds.forEach((thresholds, k) => {
      const own = factor;
      tables.levels.set(
        levelTable(thresholds).map((level) => level * own),
        (g * STRIPE + k) * CODES,
      );
      factor *= thresholds.length + 1;
    });
    group.cells.forEach((symbol, cell) => {
      tables.cells[g * CODES + cell] = (symbol << SYMBOL_SHIFT) | group.classes[symbol]!;
    });
    tables.classes.set(group.classes, g * CODES);
    group.frequencies.forEach((frequencies, context) => {
      let start = 0;
      frequencies.forEach((frequency, symbol) => {
        const at = ((firsts[g]! + symbol) * CONTEXTS + context) * ENTRY_WORDS;
        tables.entries[at] = Math.ceil(2 ** 32 / frequency);
        tables.entries[at + 1] = (2 ** FREQUENCY_BITS - frequency) | (start << 16);
        start += frequency;
      });
    });
    const { length } = group.channels;
    for (let symbol = 0; symbol < group.classes.length; symbol++) {
      for (let k = 0; k < length; k++) {
        tables.centroids[(g * CODES + symbol) * STRIPE + k] = group.centroids[symbol * length + k]!;
      }
    }
  });
  return tables;
}

/** @param first where its table begins */
function layoutOf({ channels, side, classes }: StripeGroup, first: number): readonly number[] {
  const four = Array.from({ length: STRIPE }, (_, k) => channels[k] ?? 0);
  return [...four, Math.log2(side), channels.length, first, classes.length];
}
