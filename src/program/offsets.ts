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
const RESTART_WORK = 2e7;
/** Orders that follow from one before, with what reached highest in front. */
const ROUNDS = 16;

/** Restarts that bring nothing, one after the other, before no more are tried. */
const PATIENCE = 2500;

/** Many blocks that end beyond so many times the bytes that are asked for do not come within them where a few change their places. */
const FAR = 1.04;
const MANY = 64;

/** Steps that a block is live for to be one that lives long, and bytes of blocks that are placed before these. */
const LONG = 32;
const SMALL = [16, 640] as const;
/** Rounds of orders that begin with what lives long. */
const LONG_ROUNDS = 64;

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
  const some =
    greedy.end <= bound
      ? greedy
      : startsBeside(blocks, all, place, ranges, restarts > 0).reduce(
          (best, order) => lower(best, climbed(place(order), blocks, place, bound)),
          greedy,
        );
  const start =
    ranges.length === 0 || some.end <= bound
      ? some
      : lower(some, longFirst(blocks, all, pairs, place, bound));
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

function lower(one: Placed, other: Placed | null): Placed {
  return other !== null && other.end < one.end ? other : one;
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
  const keys: readonly Key[] = [
    (b) => [-b.bytes, b.first],
    (b) => [b.first, -b.bytes],
    (b) => [-(b.last - b.first), -b.bytes],
    (b) => [-b.bytes * (b.last - b.first + 1), b.first],
    (b) => [-b.last, -b.bytes],
  ];
  return keys.map((key) => ordered(blocks, some, key));
}

type Key = (b: Interval) => readonly number[];

/** By the numbers of a key, the first that differ. */
function ordered(blocks: readonly Interval[], some: readonly number[], key: Key): readonly number[] {
  return some.toSorted((i, j) => {
    const [a, b] = [key(blocks[i]!), key(blocks[j]!)];
    const k = a.findIndex((value, n) => value !== b[n]);
    return k < 0 ? i - j : a[k]! - b[k]!;
  });
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
function climbed(
  start: Placed,
  blocks: readonly Interval[],
  place: Place,
  bound: number,
  rounds = ROUNDS,
): Placed {
  let [best, last] = [start, start];
  for (let n = 0; n < rounds && best.end > bound; n++) {
    const { order, offsets, end } = last;
    const isHigh = (i: number): boolean => offsets[i]! + blocks[i]!.bytes === end;
    last = place([...order.filter(isHigh), ...order.filter((i) => !isHigh(i))]);
    best = lower(best, last);
  }
  return best;
}

/**
 * What lives long comes first, as in steps of training, which keep of their forward pass what the backward pass reads: that which is gone last lies lowest.
 * Of the others, outputs that lie below the inputs that they are made of come before these. The best of some such orders; null where nothing lives long.
 */
function longFirst(
  blocks: readonly Interval[],
  all: readonly number[],
  pairs: readonly Pair[],
  place: Place,
  bound: number,
): Placed | null {
  const isLong = (b: Interval): boolean => b.last - b.first > LONG;
  if (!all.some((i) => isLong(blocks[i]!))) return null;
  const outputsFirst = withPartnersFirst(blocks, pairs);
  const fromLast = SMALL.map((bytes) => {
    const order = ordered(blocks, all, (b) => {
      if (b.bytes <= bytes) return [0, b.first, -b.bytes];
      return isLong(b) ? [1, -b.last, b.first] : [2, -b.bytes, b.first];
    });
    const own: Place = (given) => place(outputsFirst(given));
    return climbed(place(order), blocks, own, bound, LONG_ROUNDS);
  });
  const fromFirst = ordered(blocks, all, (b) => (isLong(b) ? [0, b.first, -b.last] : [1, -b.bytes, b.first]));
  return fromLast.reduce(lower, climbed(place(fromFirst), blocks, place, bound, LONG_ROUNDS));
}

/** Of orders those in which blocks that begin later come before the ones that they may share bytes with. */
function withPartnersFirst(
  blocks: readonly Interval[],
  pairs: readonly Pair[],
): (order: readonly number[]) => readonly number[] {
  const later = new Map<number, number[]>();
  for (const { block, other } of pairs) {
    const [early, late] = blocks[block]!.first < blocks[other]!.first ? [block, other] : [other, block];
    if (blocks[early]!.first < blocks[late]!.first) later.set(early, [...(later.get(early) ?? []), late]);
  }
  return (order) => {
    const among = new Set(order);
    const seen = new Set<number>();
    const put = (i: number): void => {
      if (seen.has(i) || !among.has(i)) return;
      seen.add(i);
      for (const late of later.get(i) ?? []) put(late);
      placed.push(i);
    };
    const placed: number[] = [];
    for (const i of order) put(i);
    return placed;
  };
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
