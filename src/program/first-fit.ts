/**
 * First fit of blocks of memory with lifetimes. What shares time with a block is found through a tree over time, so that the cost
 * of a block grows with how many do, and not with how many blocks there are. Some pairs may share bytes at a distance.
 */
import { leastCommonMultiple } from '../numbers/divisors.ts';
import { roundUp } from './kernels/common.ts';

/** Live from step `first` to step `last`; starts at a multiple of `alignment`. */
export type Interval = {
  readonly bytes: number;
  readonly alignment: number;
  readonly first: number;
  readonly last: number;
};

/** Two blocks that share time and may share bytes: where one starts from the start of another. */
export type Pair = {
  readonly block: number;
  readonly other: number;
  /** Bytes from the start of the block to that of the other: at least so many, or at most so many (below 0 where the other starts first). */
  readonly least: number;
  readonly most: number;
  /** Where they share bytes, these are a multiple of it; 1 where the blocks have not the same alignment. */
  readonly multiple: number;
};

/**
 * Places blocks in the given order, each at the lowest offset free of every placed block that it shares time with, or over one as a pair may
 * lie.
 * @returns an offset per block, 0 for those that the order leaves out; null where one would end behind `most`
 */
type FirstFit = (order: readonly number[], most?: number) => readonly number[] | null;

/** First fit of some blocks in any order: who shares time with whom is found once. */
export function firstFitOf(blocks: readonly Interval[], pairs: readonly Pair[] = []): FirstFit {
  const partners = partnersOf(blocks.length, pairs);
  const beside = neighboursOf(blocks, blocks.length / FEW);
  // Sizes and offsets are below 2^53 and may be beyond 2^31.
  const [bytes, first, last] = [
    Float64Array.from(blocks, (block) => block.bytes),
    Int32Array.from(blocks, (block) => block.first),
    Int32Array.from(blocks, (block) => block.last),
  ];
  const offsets = new Float64Array(blocks.length);
  const isPlaced = new Uint8Array(blocks.length);
  /** By offset. */
  const placed = new Int32Array(blocks.length);
  const some = new Int32Array(blocks.length);
  return (order, most = Number.POSITIVE_INFINITY) => {
    offsets.fill(0);
    isPlaced.fill(0);
    for (let count = 0; count < order.length; count++) {
      const i = order[count]!;
      const { alignment } = blocks[i]!;
      const [size, begin, end] = [bytes[i]!, first[i]!, last[i]!];
      const few = beside[i]!;
      const others = few === null ? placed : some;
      const length = few === null ? count : placedOf(few, isPlaced, offsets, some);
      const own = partners[i]!;
      let [offset, from] = [0, -1];
      // Where a pair fits, blocks behind may push it on, to where it fits no longer.
      while (offset > from) {
        from = offset;
        for (let k = 0; k < length; k++) {
          const j = others[k]!;
          if (first[j]! > end || last[j]! < begin) continue;
          const start = offsets[j]!;
          if (start >= offset + size) break;
          const stop = start + bytes[j]!;
          if (stop <= offset) continue;
          const behind = roundUp(stop, alignment);
          const pair = own?.get(j);
          offset = pair === undefined ? behind : Math.min(behind, over(pair, i, start, offset, alignment));
        }
        if (own === null) break;
      }
      if (offset + size > most) return null;
      offsets[i] = offset;
      isPlaced[i] = 1;
      const at = endOfOffsets(placed, count, offsets, offset);
      placed.copyWithin(at + 1, at, count);
      placed[at] = i;
    }
    return Array.from(offsets);
  };
}

/** Writes those of few blocks that are placed, by offset; returns how many there are. */
function placedOf(
  few: readonly number[],
  isPlaced: Uint8Array,
  offsets: Float64Array,
  own: Int32Array,
): number {
  let count = 0;
  for (const j of few) {
    if (isPlaced[j] === 0) continue;
    let at = count++;
    for (; at > 0 && offsets[own[at - 1]!]! > offsets[j]!; at--) own[at] = own[at - 1]!;
    own[at] = j;
  }
  return count;
}

/** Of each block its pairs by the other; null where it has none. */
function partnersOf(count: number, pairs: readonly Pair[]): readonly (ReadonlyMap<number, Pair> | null)[] {
  const partners = new Array<Map<number, Pair> | null>(count).fill(null);
  const add = (block: number, other: number, pair: Pair): void => {
    partners[block] = (partners[block] ?? new Map<number, Pair>()).set(other, pair);
  };
  for (const pair of pairs) {
    add(pair.block, pair.other, pair);
    add(pair.other, pair.block, pair);
  }
  return partners;
}

/** The lowest offset from `from` on, a multiple of the alignment, at which one block of a pair may start while the other starts at `start`. */
function over(
  { block, least, most, multiple }: Pair,
  placed: number,
  start: number,
  from: number,
  alignment: number,
): number {
  const allowedFrom = (offset: number): number =>
    multiple === 1
      ? roundUp(offset, alignment)
      : start + roundUp(offset - start, leastCommonMultiple(multiple, alignment));
  const next = allowedFrom(from);
  if (placed === block) {
    return start - next >= least ? next : allowedFrom(Math.max(from, start - most));
  }
  return next - start <= most ? next : allowedFrom(Math.max(from, start + least));
}

/** Sorting a part of the blocks that is smaller than one in so many is faster than to pass over all in their order. */
const FEW = 16;

/** How many of the first `count` blocks, which are sorted by offset, have at most this offset. */
function endOfOffsets(sorted: Int32Array, count: number, offsets: Float64Array, offset: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[sorted[middle]!]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The blocks that share a step with each, in no particular order; null where they are more than `most`. Blocks overlap one that begins at f and
 * ends at l if they are live at f, or begin after f and not after l. Those live at a step lie on a path of a segment tree, which holds each block
 * at the nodes that make up its lifetime.
 */
function neighboursOf(blocks: readonly Interval[], most: number): readonly (readonly number[] | null)[] {
  const begin = blocks.reduce((least, { first }) => Math.min(least, first), 0);
  const steps = blocks.reduce((most, { last }) => Math.max(most, last), begin) - begin + 1;
  const live = Array.from({ length: 2 * steps }, (): number[] => []);
  const beginning = Array.from({ length: steps }, (): number[] => []);
  blocks.forEach(({ first, last }, block) => {
    beginning[first - begin]!.push(block);
    let low = first - begin + steps;
    let high = last - begin + steps + 1;
    for (; low < high; low >>= 1, high >>= 1) {
      if (low % 2 === 1) live[low++]!.push(block);
      if (high % 2 === 1) live[--high]!.push(block);
    }
  });
  return blocks.map(({ first, last }, block) => {
    const found: number[] = [];
    for (let node = first - begin + steps; node >= 1; node >>= 1) {
      if (found.length + live[node]!.length > most) return null;
      for (const other of live[node]!) if (other !== block) found.push(other);
    }
    for (let step = first - begin + 1; step <= last - begin; step++) {
      if (found.length + beginning[step]!.length > most) return null;
      for (const other of beginning[step]!) found.push(other);
    }
    return found;
  });
}
