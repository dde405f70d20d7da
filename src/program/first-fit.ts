/**
 * First fit of blocks of memory with lifetimes. What shares time with a block is found through trees over time, so that the cost
 * of a block grows with how many do, and not with how many blocks there are. Some pairs may share bytes at a distance.
 */
import { leastCommonMultiple } from '../numbers/divisors.ts';
import { roundUp } from './kernels/common.ts';
import type { Overlap } from './overlaps.ts';

/** Live from step `first` to step `last`; starts at a multiple of `alignment`. */
export type Interval = {
  readonly bytes: number;
  readonly alignment: number;
  readonly first: number;
  readonly last: number;
};

/** Two blocks of which that of an output may lie over that of an input, as the kernel between them allows; both have the same alignment. */
export type Pair = { readonly input: number; readonly output: number; readonly overlap: Overlap };

/**
 * Places blocks in the given order, each at the lowest offset free of every placed block that it shares time with, or over one as a pair may
 * lie.
 * @returns an offset per block; 0 for those that the order leaves out
 */
export function firstFit(
  blocks: readonly Interval[],
  order: readonly number[],
  pairs: readonly Pair[] = [],
): number[] {
  const partners = partnersOf(pairs);
  const offsets = new Array<number>(blocks.length).fill(0);
  const index = createTimeIndex(blocks);
  const placed: number[] = []; // by offset
  for (const i of order) {
    const { bytes, alignment, first, last } = blocks[i]!;
    const few = index.overlapping(i, placed.length / FEW);
    few?.sort((a, b) => offsets[a]! - offsets[b]!);
    const own = partners.get(i);
    const lowestFrom = (least: number): number => {
      let offset = least;
      for (const j of few ?? placed) {
        const other = blocks[j]!;
        if (other.first > last || other.last < first) continue;
        const start = offsets[j]!;
        if (start >= offset + bytes) break;
        const behind = Math.max(offset, roundUp(start + other.bytes, alignment));
        const pair = own?.get(j);
        offset = pair === undefined ? behind : Math.min(behind, over(pair, i, start, offset, alignment));
      }
      return offset;
    };
    let offset = lowestFrom(0);
    // Where a pair fits, blocks behind may push it on, to where it fits no longer.
    for (let next = offset; own !== undefined && (next = lowestFrom(offset)) > offset; ) offset = next;
    offsets[i] = offset;
    placed.splice(endOfOffsets(placed, offsets, offset), 0, i);
    index.add(i);
  }
  return offsets;
}

type Partners = ReadonlyMap<number, ReadonlyMap<number, Pair>>;

function partnersOf(pairs: readonly Pair[]): Partners {
  const partners = new Map<number, Map<number, Pair>>();
  const add = (block: number, other: number, pair: Pair): void => {
    const own = partners.get(block) ?? new Map<number, Pair>();
    partners.set(block, own.set(other, pair));
  };
  for (const pair of pairs) {
    add(pair.input, pair.output, pair);
    add(pair.output, pair.input, pair);
  }
  return partners;
}

/** The lowest offset from `least` on at which one block of a pair may share bytes with the other, which starts at `start`; infinite where there is none. */
function over(
  { input, overlap }: Pair,
  block: number,
  start: number,
  least: number,
  alignment: number,
): number {
  const step = leastCommonMultiple(overlap.multiple, alignment);
  if (block === input) return start + roundUp(Math.max(least - start, overlap.least), step);
  const distance = Math.floor((start - least) / step) * step;
  return distance >= overlap.least ? start - distance : Number.POSITIVE_INFINITY;
}

/** Sorting a part of the blocks that is smaller than one in so many is faster than to pass over all in their order. */
const FEW = 16;

/** How many of the blocks, which are sorted by offset, have at most this offset. */
function endOfOffsets(sorted: readonly number[], offsets: readonly number[], offset: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsets[sorted[middle]!]! <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

type TimeIndex = {
  readonly add: (block: number) => void;
  /** The blocks added so far that share a step with this one, in no particular order; null where they are more than `most`. */
  readonly overlapping: (block: number, most: number) => number[] | null;
};

/**
 * Blocks overlap one that begins at f and ends at l if they are live at f, or begin after f and not after l. Those live at a step
 * lie on a path of a segment tree, which holds each block at the nodes that make up its lifetime.
 */
function createTimeIndex(blocks: readonly Interval[]): TimeIndex {
  const begin = blocks.reduce((least, { first }) => Math.min(least, first), 0);
  const steps = blocks.reduce((most, { last }) => Math.max(most, last), begin) - begin + 1;
  const live = Array.from({ length: 2 * steps }, (): number[] => []);
  const beginning = Array.from({ length: steps }, (): number[] => []);

  const add = (block: number): void => {
    const { first, last } = blocks[block]!;
    beginning[first - begin]!.push(block);
    let low = first - begin + steps;
    let high = last - begin + steps + 1;
    for (; low < high; low >>= 1, high >>= 1) {
      if (low % 2 === 1) live[low++]!.push(block);
      if (high % 2 === 1) live[--high]!.push(block);
    }
  };

  const overlapping = (block: number, most: number): number[] | null => {
    const { first, last } = blocks[block]!;
    const found: number[] = [];
    for (let node = first - begin + steps; node >= 1; node >>= 1) {
      if (found.length + live[node]!.length > most) return null;
      for (const other of live[node]!) found.push(other);
    }
    for (let step = first - begin + 1; step <= last - begin; step++) {
      if (found.length + beginning[step]!.length > most) return null;
      for (const other of beginning[step]!) found.push(other);
    }
    return found;
  };

  return { add, overlapping };
}
