/**
 * The order in which a segment makes the rows of its tensors: what a row of the last one needs is asked for, from layer to layer, down to the
 * first.
 */
import { isFold } from './row-folds.ts';
import type { Reads, Rowwise } from './rowwise.ts';
import type { TensorId } from './types.ts';

/** A tensor that a segment makes row by row. */
type Stream = {
  readonly id: TensorId;
  readonly rows: number;
  readonly rowElements: number;
  /** Whether nobody else touches it. */
  readonly isInner: boolean;
  /** Steps that write it, and what they read of streams. */
  readonly writers: readonly number[];
  readonly sources: readonly { readonly stream: number; readonly reads: Reads }[];
  /** What steps of the segment read of it, for rows of which streams. */
  readonly readers: readonly { readonly stream: number; readonly reads: Reads }[];
};

/** What a segment makes, whatever its rounds. */
export type Made = {
  /** In the order in which steps first write them. */
  readonly all: readonly Stream[];
  /** Those that nobody in the segment reads, or that are needed whole. */
  readonly sinks: readonly number[];
  /** Rows of each that are made at all: of inner ones fewer than there are where nobody reads the last. */
  readonly made: readonly number[];
  /** Numbers of streams, those of the last steps first. */
  readonly fromLast: readonly number[];
};

export type Streams = Made & {
  /** The most rows of each that are made at a time, of those that are asked for. */
  readonly blocks: readonly number[];
};

/** @param group rows of a tensor that nobody reads, for each round; 0: rows are made one by one */
export function inRounds(made: Made, group: number): Streams {
  return { ...made, blocks: blocksOf(made.all, made.fromLast, group) };
}

/** What steps first to end - 1 make; null where they are no segment. */
export function streamsOf(whole: Rowwise, first: number, end: number): Made | null {
  const { program, forms, touches, readsOf } = whole;
  const numbers = new Map<TensorId, number>();
  const writers: number[][] = [];
  for (let index = first; index < end; index++) {
    const { outputs, inputs } = program.steps[index]!;
    const [id] = outputs;
    if (forms[index] === null || outputs.length !== 1) return null;
    if (program.tensors[id!]!.storage.kind !== 'arena' || inputs.includes(id!)) return null;
    const number = numbers.get(id!) ?? numbers.size;
    numbers.set(id!, number);
    writers[number] = [...(writers[number] ?? []), index];
  }
  type Edge = Stream['sources'][number];
  const [sources, readers] = [writers.map((): Edge[] => []), writers.map((): Edge[] => [])];
  for (let index = first; index < end; index++) {
    const { inputs, outputs } = program.steps[index]!;
    const own = numbers.get(outputs[0]!)!;
    for (const [input, id] of inputs.entries()) {
      const stream = numbers.get(id);
      if (stream === undefined) continue;
      // Sums are of no use before the last row.
      if (forms[index]!.inputs[input] === null) return null;
      if (writers[stream]!.some((writer) => isFold(forms[writer]!))) return null;
      const reads = readsOf(index, input);
      sources[own]!.push({ stream, reads });
      readers[stream]!.push({ stream: own, reads });
    }
  }
  const all: Stream[] = [];
  for (const [id, number] of numbers) {
    const { rows, rowElements } = forms[writers[number]![0]!]!;
    const steps = touches.get(id)!;
    const isInner = steps[0]! >= first && steps.at(-1)! < end;
    if (
      writers[number]!.some((step) => forms[step]!.rows !== rows || forms[step]!.rowElements !== rowElements)
    )
      return null;
    if (readers[number]!.length === 0 && isInner) return null;
    const [own, read] = [writers[number]!, readers[number]!];
    all.push({ id, rows, rowElements, isInner, writers: own, sources: sources[number]!, readers: read });
  }
  const sinks = all.flatMap(({ isInner }, number) => (isInner ? [] : [number]));
  const lastWriter = (number: number): number => all[number]!.writers.at(-1)!;
  const fromLast = all.map((_, number) => number).sort((a, b) => lastWriter(b) - lastWriter(a));
  return { all, sinks, made: rowsMade(all, fromLast), fromLast };
}

function rowsMade(all: readonly Stream[], fromLast: readonly number[]): readonly number[] {
  const made = all.map(({ rows }) => rows);
  for (const number of fromLast) {
    const { isInner, readers } = all[number]!;
    if (!isInner) continue;
    made[number] = readers.reduce(
      (most, { stream, reads }) => Math.max(most, reads.end[made[stream]! - 1]!),
      0,
    );
  }
  return made;
}

/** Of each stream as many rows as its readers go on by for a block of theirs: more would only wait, and take room. */
function blocksOf(all: readonly Stream[], fromLast: readonly number[], group: number): readonly number[] {
  const blocks = all.map(() => 1);
  if (group === 0) return blocks;
  for (const number of fromLast) {
    const { rows, readers } = all[number]!;
    const asked = readers.map(({ stream, reads }) => blocks[stream]! * stepOf(reads, all[stream]!.rows));
    blocks[number] = Math.min(rows, readers.length === 0 ? group : Math.max(1, ...asked));
  }
  return blocks;
}

/** Rows that a reader goes on by from one of its rows to the next, in the middle of an image. */
function stepOf({ first }: Reads, rows: number): number {
  const middle = Math.min(rows - 1, Math.floor(rows / 2) + 1);
  return first[middle]! - first[Math.max(0, middle - 1)]!;
}

/**
 * Rows first to first + count - 1 of a stream are made. `needed`: the first row of it that is still to be read, from 0 to behind the last; `next`: the
 * row that each stream makes next, behind that.
 */
type Make = (stream: number, first: number, count: number, needed: number, next: Int32Array) => void;

/**
 * Asks for the rows of the sinks, the one that is farthest behind first.
 * @param round what happens behind each block of rows of a sink
 */
export function produceAll(streams: Streams, make: Make, round?: () => void): void {
  const { all, sinks, blocks } = streams;
  const next = new Int32Array(all.length);
  const produce = (number: number, end: number): void => {
    const stream = all[number]!;
    const first = next[number]!;
    // What is left over comes first: blocks behind it are alike.
    const count = (end - first) % blocks[number]! || blocks[number]!;
    const { sources } = stream;
    for (let k = 0; k < sources.length; k++) {
      const { stream: from, reads } = sources[k]!;
      const wanted = reads.end[first + count - 1]!;
      while (next[from]! < wanted) produce(from, wanted);
    }
    const needed = firstNeeded(streams, number, next);
    next[number] = first + count;
    make(number, first, count, needed, next);
  };
  for (;;) {
    const left = sinks.filter((number) => next[number]! < all[number]!.rows);
    if (left.length === 0) return;
    const share = (number: number): number => next[number]! / all[number]!.rows;
    const behind = left.reduce((least, one) => (share(one) < share(least) ? one : least));
    produce(behind, Math.min(all[behind]!.rows, next[behind]! + blocks[behind]!));
    round?.();
  }
}

/** The most rows of each stream that are needed at a time. */
export function rowsHeld(streams: Streams): readonly number[] {
  const most = streams.all.map(() => 0);
  produceAll(streams, (stream, first, count, needed) => {
    most[stream] = Math.max(most[stream]!, first + count - Math.min(first, needed));
  });
  return most;
}

/** The first row of a stream that is still to be read; none where it is behind the last. @param next the row that each stream makes next */
export function firstNeeded({ all, made }: Streams, number: number, next: Int32Array): number {
  const { rows, readers } = all[number]!;
  let least = rows;
  for (let k = 0; k < readers.length; k++) {
    const { stream, reads } = readers[k]!;
    const row = next[stream]!;
    if (row < made[stream]! && reads.first[row]! < least) least = reads.first[row]!;
  }
  return least;
}
