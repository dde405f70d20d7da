/** Offsets of blocks: orders of first fit, each tried, until one reaches the bytes that are live whatever the offsets. */
import { seededRandom } from '../numbers/random.ts';
import { firstFitOf, type Interval, type Pair } from './first-fit.ts';

/** Steps that run together: first to end - 1. */
export type Range = { readonly first: number; readonly end: number };

type Search = {
  /** Restarts with shuffled orders when the greedy orders miss the bound. */
  readonly restarts?: number | undefined;
  readonly seed?: number | undefined;
  /** Bytes that the blocks are to end within. */
  readonly within?: number | undefined;
  /** Bytes that are live at one step: fewer there cannot be. */
  readonly bound: number;
  /** Blocks that come before all others. */
  readonly before: readonly number[];
  /** Loops, and what lies between them; none where there are no loops. */
  readonly ranges: readonly Range[];
};

const DEFAULT_RESTARTS = 3000;
/** Bounds the restarts on large graphs: one placement costs the square of the number of blocks. */
const RESTART_WORK = 1e7;
/** Orders that follow from one before, with what reached highest in front. */
const ROUNDS = 16;

/** Restarts that bring nothing, one after the other, before no more are tried. */
const PATIENCE = 1000;

/** Many blocks that end beyond so many times the bytes that are asked for do not come within them where a few change their places. */
const FAR = 1.04;
const MANY = 64;

/** An order of some blocks, the offsets that follow, and where the last of them ends. */
type Placed = {
  readonly order: readonly number[];
  readonly offsets: readonly number[];
  readonly end: number;
};

/** An offset for each block: the best that is found. Deterministic for a seed. */
export function bestOffsets(
  blocks: readonly Interval[],
  pairs: readonly Pair[],
  { restarts = DEFAULT_RESTARTS, seed = 0, bound, within = Number.POSITIVE_INFINITY, before, ranges }: Search,
): readonly number[] {
  const fixed = new Set(before);
  const all = blocks.map((_, i) => i).filter((i) => !fixed.has(i));
  const fit = firstFitOf(blocks, pairs);
  const placeWithin = (order: readonly number[], end: number): Placed | null => {
    const offsets = fit([...before, ...order], end);
    return offsets === null ? null : { order, offsets, end: endOf(blocks, offsets, [...before, ...order]) };
  };
  const place: Place = (order) => placeWithin(order, Number.POSITIVE_INFINITY)!;
  const greedy = bestGreedy(blocks, all, place, bound);
  const start =
    greedy.end <= bound
      ? greedy
      : startsBeside(blocks, all, place, ranges, restarts > 0).reduce(
          (best, order) => lower(best, climbed(place(order), blocks, place, bound)),
          greedy,
        );
  const isFar = blocks.length > MANY && start.end > FAR * within;
  const most = isFar ? 0 : Math.min(restarts, Math.ceil(RESTART_WORK / Math.max(1, blocks.length ** 2)));
  return shuffled(start, placeWithin, bound, all.length > 1 ? most : 0, seed).offsets;
}

/** Where the last of some blocks ends. */
export function endOf(
  blocks: readonly Interval[],
  offsets: readonly number[],
  some: readonly number[] = blocks.map((_, i) => i),
): number {
  return some.reduce((end, i) => Math.max(end, offsets[i]! + blocks[i]!.bytes), 0);
}

function lower(one: Placed, other: Placed): Placed {
  return other.end < one.end ? other : one;
}

type Place = (order: readonly number[]) => Placed;

/** Orders to start from beside the best greedy one: all greedy ones where there is time, and with what is hardest first. */
function startsBeside(
  blocks: readonly Interval[],
  all: readonly number[],
  place: Place,
  ranges: readonly Range[],
  hasTime: boolean,
): readonly (readonly number[])[] {
  return [
    ...(ranges.length === 0 ? [] : [hardestFirst(blocks, all, place, ranges)]),
    ...(hasTime ? greedyOrders(blocks, all) : []),
  ];
}

function greedyOrders(blocks: readonly Interval[], some: readonly number[]): readonly (readonly number[])[] {
  const by = (key: (b: Interval) => readonly number[]): readonly number[] =>
    some.toSorted((i, j) => {
      const [a, b] = [key(blocks[i]!), key(blocks[j]!)];
      const k = a.findIndex((value, n) => value !== b[n]);
      return k < 0 ? i - j : a[k]! - b[k]!;
    });
  const keys: readonly ((b: Interval) => readonly number[])[] = [
    (b) => [-b.bytes, b.first],
    (b) => [b.first, -b.bytes],
    (b) => [-(b.last - b.first), -b.bytes],
    (b) => [-b.bytes * (b.last - b.first + 1), b.first],
    (b) => [-b.last, -b.bytes],
  ];
  return keys.map(by);
}

function bestGreedy(
  blocks: readonly Interval[],
  some: readonly number[],
  place: Place,
  bound: number,
): Placed {
  let best: Placed | null = null;
  for (const order of greedyOrders(blocks, some)) {
    const one = place(order);
    best = best === null || one.end < best.end ? one : best;
    if (best.end <= bound) return best;
  }
  return climbed(best!, blocks, place, bound);
}

/** What reached highest comes first, and so on from there: what is hard to place finds its place before what is not. */
function climbed(start: Placed, blocks: readonly Interval[], place: Place, bound: number): Placed {
  let [best, last] = [start, start];
  for (let n = 0; n < ROUNDS && best.end > bound; n++) {
    const { order, offsets, end } = last;
    const isHigh = (i: number): boolean => offsets[i]! + blocks[i]!.bytes === end;
    last = place([...order.filter(isHigh), ...order.filter((i) => !isHigh(i))]);
    best = lower(best, last);
  }
  return best;
}

/** The blocks of each range in the order that is best for them, those of the one that takes most first. */
function hardestFirst(
  blocks: readonly Interval[],
  all: readonly number[],
  place: Place,
  ranges: readonly Range[],
): readonly number[] {
  const own = ranges
    .map(({ first, end }) => all.filter((i) => blocks[i]!.first < end && blocks[i]!.last >= first))
    .map((some) => bestGreedy(blocks, some, place, 0))
    .toSorted((a, b) => b.end - a.end);
  return [...new Set([...own.flatMap(({ order }) => order), ...all])];
}

/** A few places of the best order so far exchanged, again and again. */
function shuffled(
  start: Placed,
  placeWithin: (order: readonly number[], end: number) => Placed | null,
  bound: number,
  restarts: number,
  seed: number,
): Placed {
  const random = seededRandom(seed);
  let [best, from] = [start, start.order];
  let since = 0;
  for (let n = 0; n < restarts && since < PATIENCE && best.end > bound; n++, since++) {
    const order = [...from];
    const swaps = 1 + Math.floor(random() * 3);
    for (let s = 0; s < swaps; s++) {
      const i = Math.floor(random() * order.length);
      const j = Math.floor(random() * order.length);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    const one = placeWithin(order, best.end);
    if (one === null) continue;
    from = order;
    if (one.end < best.end) since = 0;
    best = lower(best, one);
  }
  return best;
}
