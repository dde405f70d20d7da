/** A codec as the constants of the kernels of stripes. */
import { CONTEXTS, ENTRY_WORDS, GROUP_WORDS, STRIPE } from '../program/kernels/stripes-s8.ts';
import { levelTable } from './levels.ts';
import { type StripeCodec, type StripeGroup, stripesOf } from './types.ts';

const CODES = 256;
/** The least that the kernels take: what lies behind the last table holds any symbol. */
const LEAST_SYMBOLS = 64;
/** The state of the coder, and a byte to round up. */
const STATE_BYTES = 4;
/** A frequency of at least 2 of 4096 takes 11 bits; the state costs a little more. */
const MOST_BITS = 12;

export type Tables = {
  readonly symbols: number;
  readonly layout: Int32Array;
  readonly levels: Uint8Array;
  readonly cells: Uint8Array;
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
  const symbols = Math.max(LEAST_SYMBOLS, ...groups.map(({ classes }) => classes.length));
  const tables: Tables = {
    symbols,
    layout: Int32Array.from(groups.flatMap(layoutOf)),
    levels: new Uint8Array(groups.length * STRIPE * CODES),
    cells: new Uint8Array(groups.length * CODES),
    classes: new Uint8Array(groups.length * CODES),
    entries: new Int32Array((groups.length + 1) * CONTEXTS * symbols * ENTRY_WORDS),
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
    tables.cells.set(group.cells, g * CODES);
    tables.classes.set(group.classes, g * CODES);
    group.frequencies.forEach((frequencies, context) => {
      tables.entries.set(entriesOf(frequencies, symbols), (g * CONTEXTS + context) * symbols * ENTRY_WORDS);
    });
    const { length } = group.channels;
    for (let symbol = 0; symbol < group.classes.length; symbol++) {
      for (let k = 0; k < STRIPE; k++) {
        const channel = k < length ? k : 0;
        tables.centroids[(g * CODES + symbol) * STRIPE + k] = group.centroids[symbol * length + channel]!;
      }
    }
  });
  return tables;
}

/** A stripe of fewer channels has its first one again, which then says nothing and is written twice. */
function layoutOf({ channels, side }: StripeGroup): readonly number[] {
  const four = Array.from({ length: GROUP_WORDS - 1 }, (_, k) => channels[k] ?? channels[0]!);
  return [...four, Math.log2(side)];
}

/** Of a context; behind its symbols starts that no slot reaches. */
function entriesOf(frequencies: Uint16Array, symbols: number): Int32Array {
  const entries = new Int32Array(symbols * ENTRY_WORDS);
  let start = 0;
  for (let symbol = 0; symbol < symbols; symbol++) {
    const frequency = frequencies[symbol] ?? 0;
    entries[symbol * ENTRY_WORDS] = frequency === 0 ? 0 : Math.ceil(2 ** 32 / frequency);
    entries[symbol * ENTRY_WORDS + 1] = frequency | (start << 16);
    start += frequency;
  }
  return entries;
}
