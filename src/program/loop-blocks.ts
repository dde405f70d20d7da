/**
 * What the blocks of a loop may share: of a buffer only the rows that are still to be read are in use, call by call, and scratch only during calls of its
 * step. What follows is how far apart two blocks have to start, and how many bytes are in use at each step.
 */
import { leastCommonMultiple } from '../numbers/divisors.ts';
import type { Interval, Pair } from './first-fit.ts';
import type { KernelLibrary } from './implementation.ts';
import { type Lives, overlapInLoop } from './liveness.ts';
import type { Program } from './program.ts';
import { DTYPE_BYTES, type TensorId } from './types.ts';

/** A stretch of memory with a lifetime: one tensor, several that share it in place, or the scratch of a step (-1: before the first). */
export type Block = Interval & {
  readonly content: { readonly tensors: readonly TensorId[] } | { readonly scratchOf: number };
};

/** Bounds the pairs of tensors that no step has beside each other: the square of the tensors, for each call. */
const FAR_WORK = 4e6;

/** Where blocks may start that share no time but in this loop. */
export function pairsInLoop(
  program: Program,
  lives: Lives,
  blocks: readonly Block[],
  library: KernelLibrary,
): readonly Pair[] {
  const { first, end, calls } = lives.stretch;
  const single = blocks.flatMap((block, index) => {
    const own = tensorsIn(block, lives);
    return own.length === 1 && tensorsOf(block).length === 1 ? [{ index, block, tensor: own[0]! }] : [];
  });
  const isFarToo = single.length ** 2 * calls.length <= FAR_WORK;
  const isNear = neighbours(program, lives);
  const pairs: Pair[] = [];
  for (const [k, { index: block, block: a, tensor }] of single.entries()) {
    for (const { index: other, block: b, tensor: beside } of single.slice(k + 1)) {
      const isHere = Math.max(a.first, b.first) >= first && Math.min(a.last, b.last) < end;
      if (!isHere || (!isFarToo && !isNear(tensor, beside))) continue;
      const [behind, before] = [
        overlapInLoop(program, lives, library, beside, tensor),
        overlapInLoop(program, lives, library, tensor, beside),
      ];
      if (behind === null && before === null) continue;
      pairs.push({
        ...{ block, other },
        least: behind === null ? a.bytes : behind.least,
        most: before === null ? -b.bytes : -before.least,
        multiple: leastCommonMultiple(behind?.multiple ?? 1, before?.multiple ?? 1),
      });
    }
  }
  return [...pairs, ...pairsWithScratch(program, lives, blocks)];
}

/** Scratch of a step may lie on what no call of it has to leave as it is. */
function pairsWithScratch(program: Program, lives: Lives, blocks: readonly Block[]): readonly Pair[] {
  const { first, end } = lives.stretch;
  const scratch = blocks.flatMap(({ content, bytes }, block) =>
    'scratchOf' in content && content.scratchOf >= first && content.scratchOf < end
      ? [{ block, bytes, step: content.scratchOf }]
      : [],
  );
  if (scratch.length === 0) return [];
  const usedAt = usedBySteps(program, lives, new Set(scratch.map(({ step }) => step)));
  return blocks.flatMap((tensors, other): readonly Pair[] => {
    const own = tensorsIn(tensors, lives);
    if (own.length === 0 || own.length < tensorsOf(tensors).length) return [];
    return scratch.flatMap(({ block, bytes, step }): readonly Pair[] => {
      if (tensors.last < step || tensors.first > step) return [];
      const used = own.map((id) => usedAt(id, step));
      const from = used.reduce((least, { start }) => Math.min(least, start), tensors.bytes);
      const to = used.reduce((most, one) => Math.max(most, one.end), 0);
      return [{ block, other, least: bytes - from, most: from < to ? -to : 0, multiple: 1 }];
    });
  });
}

type Used = { readonly start: number; readonly end: number };

/** Bytes of a tensor that are read, written or still needed at any call of a step; where there are none, the end is before the start. */
function usedBySteps(
  program: Program,
  { of, accesses, stretch }: Lives,
  steps: ReadonlySet<number>,
): (id: TensorId, step: number) => Used {
  const numbers = new Map([...of.keys()].map((id, number) => [id, number] as const));
  const lives = [...of.values()];
  const none = (): Used[] => lives.map(() => ({ start: Number.POSITIVE_INFINITY, end: 0 }));
  const used = new Map([...steps].map((step) => [step, none()] as const));
  stretch.calls.forEach(({ step }, k) => {
    const own = used.get(step);
    if (own === undefined) return;
    const use = (number: number, start: number, end: number): void => {
      const known = own[number]!;
      if (start >= end || (known.start <= start && known.end >= end)) return;
      own[number] = { start: Math.min(known.start, start), end: Math.max(known.end, end) };
    };
    lives.forEach(({ starts, ends }, number) => {
      use(number, starts[k]!, ends[k]!);
      use(number, starts[k + 1]!, ends[k + 1]!);
    });
    const { reads, writes } = accesses[k]!;
    for (const { tensor, start, end } of [...reads, ...writes]) {
      const bytes = DTYPE_BYTES[program.tensors[tensor]!.dtype];
      const number = numbers.get(tensor);
      if (number !== undefined) use(number, start * bytes, end * bytes);
    }
  });
  return (id, step) => used.get(step)![numbers.get(id)!]!;
}

/** Bytes of the blocks that are in use at each step of a loop, from its first on, whatever the addresses; scratch included. */
export function liveInLoop(lives: Lives, blocks: readonly Block[]): readonly number[] {
  const { first, end, calls } = lives.stretch;
  const live = new Array<number>(end - first).fill(0);
  let through = 0;
  const own = blocks.flatMap((block) => {
    const tensors = tensorsIn(block, lives);
    if (tensors.length > 0) return [tensors.map((id) => lives.of.get(id)!)];
    if ('tensors' in block.content && block.first <= first && block.last >= end - 1) through += block.bytes;
    return [];
  });
  const used = Array.from({ length: calls.length + 1 }, (_, k) =>
    own.reduce((sum, tensors) => {
      const begun = tensors.filter(({ starts, ends }) => starts[k]! < ends[k]!);
      if (begun.length === 0) return sum;
      const start = Math.min(...begun.map(({ starts }) => starts[k]!));
      return sum + Math.max(...begun.map(({ ends }) => ends[k]!)) - start;
    }, through),
  );
  calls.forEach(({ step }, k) => {
    live[step - first] = Math.max(live[step - first]!, used[k]!, used[k + 1]!);
  });
  for (const { content, bytes } of blocks) {
    if ('scratchOf' in content && content.scratchOf >= first && content.scratchOf < end)
      live[content.scratchOf - first]! += bytes;
  }
  return live;
}

function tensorsOf({ content }: Block): readonly TensorId[] {
  return 'tensors' in content ? content.tensors : [];
}

/** Those of a block that a loop touches. */
function tensorsIn(block: Block, { of }: Lives): readonly TensorId[] {
  return tensorsOf(block).filter((id) => of.has(id));
}

/** Whether a step of a loop has two tensors beside each other, or both are whole before or behind it. */
function neighbours({ steps }: Program, { of, stretch }: Lives): (a: TensorId, b: TensorId) => boolean {
  const beside = new Map<TensorId, Set<TensorId>>();
  for (const { inputs, outputs } of steps.slice(stretch.first, stretch.end)) {
    for (const id of [...inputs, ...outputs]) {
      const others = beside.get(id) ?? new Set();
      for (const other of [...inputs, ...outputs]) others.add(other);
      beside.set(id, others);
    }
  }
  const isBuffer = (id: TensorId): boolean => {
    const { isNeededBefore, isNeededAfter } = of.get(id)!;
    return !isNeededBefore && !isNeededAfter;
  };
  return (a, b) => beside.get(a)?.has(b) === true || !(isBuffer(a) || isBuffer(b));
}
