/** Classes of symbols, which say what comes beside and below them, and the frequencies of symbols in the contexts that follow. */
import { CONTEXTS, FREQUENCY_BITS } from '../program/kernels/stripes-s8.ts';

export const TOTAL = 2 ** FREQUENCY_BITS;
/** A frequency of 1 has no reciprocal of 32 bits. */
export const LEAST = 2;
const ITERATIONS = 15;
/** What a symbol that never came in a context counts for. */
const UNSEEN = 0.3;

/** Symbols of the maps of a group, each row by row. */
type SymbolMaps = { readonly columns: number; readonly maps: readonly Uint8Array[] };

/**
 * Two classes of symbols by what their right and lower neighbours are, as k-means with code lengths as distances; the most frequent
 * symbol is of the first, as what lies beyond the border is.
 */
export function fitClasses({ columns, maps }: SymbolMaps, symbols: number): Uint8Array {
  const pairs = new Float64Array(symbols * symbols);
  const counts = new Float64Array(symbols);
  for (const map of maps) {
    for (let i = 0; i < map.length; i++) {
      counts[map[i]!]!++;
      if (i % columns > 0) pairs[map[i - 1]! * symbols + map[i]!]!++;
      if (i >= columns) pairs[map[i - columns]! * symbols + map[i]!]!++;
    }
  }
  const frequent = counts.indexOf(Math.max(...counts));
  const classes = Uint8Array.from({ length: symbols }, (_, symbol) => Number(symbol !== frequent));
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const lengths = [0, 1].map((kind) => {
      const followers = new Float64Array(symbols).fill(UNSEEN / 10);
      for (let a = 0; a < symbols; a++) {
        if (classes[a] !== kind) continue;
        for (let b = 0; b < symbols; b++) followers[b]! += pairs[a * symbols + b]!;
      }
      const total = followers.reduce((sum, count) => sum + count, 0);
      return followers.map((count) => Math.log2(total / count));
    });
    for (let a = 0; a < symbols; a++) {
      if (a === frequent) continue;
      const [first, second] = lengths.map((own) =>
        own.reduce((sum, length, b) => sum + pairs[a * symbols + b]! * length, 0),
      ) as [number, number];
      classes[a] = Number(second < first);
    }
  }
  return classes;
}

/** Frequencies of the symbols in each context. */
export function fitFrequencies({ columns, maps }: SymbolMaps, classes: Uint8Array): readonly Uint16Array[] {
  const counts = Array.from({ length: CONTEXTS }, () => new Float64Array(classes.length));
  for (const map of maps) {
    for (let i = 0; i < map.length; i++) {
      const left = i % columns > 0 ? classes[map[i - 1]!]! : 0;
      const above = i >= columns ? classes[map[i - columns]!]! : 0;
      counts[left + 2 * above]![map[i]!]!++;
    }
  }
  return counts.map(frequenciesOf);
}

/** Shares of TOTAL, each at least LEAST and one that the encoder can divide by. */
export function frequenciesOf(counts: Float64Array): Uint16Array {
  const symbols = counts.length;
  const sum = counts.reduce((a, b) => a + b, 0) + UNSEEN * symbols;
  const free = TOTAL - LEAST * symbols;
  const wanted = Array.from(counts, (count) => ((count + UNSEEN) / sum) * TOTAL);
  const above = wanted.map((want) => Math.max(0, want - LEAST));
  const scale =
    free /
    Math.max(
      1e-9,
      above.reduce((a, b) => a + b, 0),
    );
  const frequencies = Uint16Array.from(above, (more) => LEAST + Math.floor(more * scale));
  const order = [...frequencies.keys()].sort((a, b) => frequencies[b]! - frequencies[a]!);
  const largest = order[0]!;
  frequencies[largest]! += TOTAL - frequencies.reduce((a, b) => a + b, 0);
  // Large frequencies may have to move a little, to or from the next ones.
  for (let moved = 0; ; moved++) {
    for (const other of order.slice(1)) {
      for (const step of [-moved, moved]) {
        const changed = frequencies.slice();
        changed[largest]! -= step;
        changed[other]! += step;
        if (changed.every((frequency) => frequency >= LEAST && isExact(frequency))) return changed;
      }
    }
  }
}

/**
 * Whether floor(x * ceil(2^32 / f) / 2^32) is floor(x / f) for every state x that a symbol of this frequency is coded from, x < f * 2^11: the
 * encoder multiplies and never divides.
 */
export function isExact(frequency: number): boolean {
  if (frequency < LEAST || frequency >= TOTAL) return false;
  const excess = Math.ceil(2 ** 32 / frequency) * frequency - 2 ** 32;
  return excess * frequency <= 2 ** 21;
}
