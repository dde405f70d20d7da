/**
 * Static memory planning: every tensor that is not a constant gets an offset in one arena so that no two that
 * are live at the same step overlap. State, which is live at every step, lies together at the start. Offset allocation is
 * NP-hard; several greedy orders plus seeded restarts come to the most bytes that are live at one step on real networks, and these
 * are reported beside the result.
 */
import { leastCommonMultiple } from '../numbers/divisors.ts';
import { seededRandom } from '../numbers/random.ts';
import { firstFitOf, type Pair } from './first-fit.ts';
import type { CoreFeatures, KernelLibrary } from './implementation.ts';
import { roundUp } from './kernels/common.ts';
import { kernelOf, overlapOf, type Step, scratchBytes } from './kernels/index.ts';
import { lifetimes, type Span } from './lifetimes.ts';
import { type Life, type Lives, overlapInLoop, takesPlaceInLoop } from './liveness.ts';
import { stretchesOf } from './loops.ts';
import type { MemoryPlan, Placement, ScratchPlacement } from './memory-plan.ts';
import type { Overlap } from './overlaps.ts';
import type { Program } from './program.ts';
import { DTYPE_BYTES, type TensorId } from './types.ts';
import { verifyProgram } from './verify.ts';
import { SCRATCH_ALIGNMENT, verifyPlan } from './verify-plan.ts';

export type PlanOptions = {
  readonly library: KernelLibrary;
  readonly core: CoreFeatures;
  /** Restarts with shuffled orders when the greedy orders miss the live peak. */
  readonly restarts?: number;
  readonly seed?: number;
  /** Scratch bytes of what makes the inputs before the first step; default none. */
  readonly inputScratch?: number;
  /** Tensors start at multiples of this; default 4. On the host, a cache line makes vectors fast. */
  readonly alignment?: number;
  /**
   * Whether outputs may lie over inputs at a distance (overlaps.ts), where that takes less memory. What runs such steps runs them in order,
   * as devices do.
   */
  readonly overlap?: boolean;
  /** Scratch bytes of a step, where they are not those of its kernel. */
  readonly scratchOf?: (step: Step) => number;
};

/** Sizes of tensors are multiples of this, and their offsets by default; scratch and the arena start at multiples of 16. */
const TENSOR_ALIGNMENT = 4;
const DEFAULT_RESTARTS = 3000;
/** Bounds the restarts on large graphs: one placement costs the square of the number of blocks. */
const RESTART_WORK = 3e8;

/** A stretch of memory with a lifetime: one tensor, several that share it in place, or the scratch of a step (-1: before the first). */
type Block = {
  readonly bytes: number;
  readonly alignment: number;
  readonly first: number;
  readonly last: number;
  readonly content: { readonly tensors: readonly TensorId[] } | { readonly scratchOf: number };
};

/**
 * Plans the arena of a Program for a kernel library on a core. Deterministic for a seed.
 * @throws TinymlError E_PROGRAM for a malformed Program
 */
export function planMemory(program: Program, options: PlanOptions): MemoryPlan {
  verifyProgram(program);
  const { tensorBlocks, scratchBlocks, pairs, blocks, state, bound, offsets } = placed(program, options);
  const tensorBound = peakOf(tensorBlocks, pairs, program.steps.length);
  const placements: Placement[] = [];
  const scratch: ScratchPlacement[] = [];
  let tensorEnd = 0;
  blocks.forEach((block, i) => {
    const offset = offsets[i]!;
    if ('scratchOf' in block.content) {
      scratch.push({ step: block.content.scratchOf, offset, bytes: block.bytes });
      return;
    }
    tensorEnd = Math.max(tensorEnd, offset + block.bytes);
    for (const tensor of block.content.tensors) {
      placements.push({
        tensor,
        offset,
        bytes: block.bytes,
        firstStep: block.first,
        lastStep: block.last,
      });
    }
  });
  const plan: MemoryPlan = {
    arenaBytes: endOf(blocks, offsets),
    stateBytes: state.reduce((end, i) => Math.max(end, offsets[i]! + blocks[i]!.bytes), 0),
    tensorBytes: tensorEnd,
    scratchBytes: scratchBlocks.reduce((most, block) => Math.max(most, block.bytes), 0),
    livePeakBytes: bound.bytes,
    tensorLivePeakBytes: tensorBound.bytes,
    peakStep: bound.step,
    placements: placements.sort((a, b) => a.tensor - b.tensor),
    scratch: scratch.sort((a, b) => a.step - b.step),
  };
  verifyPlan(program, plan, options);
  return plan;
}

/** Bytes of an arena for a Program, as planMemory finds it without restarts. */
export function arenaBytesOf(program: Program, options: PlanOptions): number {
  const { blocks, offsets } = placed(program, { ...options, restarts: 0 });
  return endOf(blocks, offsets);
}

/** The same, and the bytes that are live at each step, scratch included. */
export function arenaAndLiveBytes(
  program: Program,
  options: PlanOptions,
): { readonly bytes: number; readonly live: readonly number[] } {
  const { blocks, pairs, offsets } = placed(program, { ...options, restarts: 0 });
  const { length } = program.steps;
  return { bytes: endOf(blocks, offsets), live: liveOver(blocks, pairs, length).slice(1, length + 1) };
}

function placed(program: Program, options: PlanOptions) {
  const isState = ({ content }: Block): boolean =>
    'tensors' in content && program.tensors[content.tensors[0]!]!.storage.kind === 'state';
  const { tensorBlocks, scratchBlocks, pairs } = blocksOf(program, options);
  const blocks = [...tensorBlocks, ...scratchBlocks];
  const state = blocks.flatMap((block, i) => (isState(block) ? [i] : []));
  const bound = peakOf(blocks, pairs, program.steps.length);
  const boundApart = peakOf(blocks, [], program.steps.length).bytes;
  const over = bestOffsets(blocks, pairs, state, bound.bytes, options);
  const apart =
    endOf(blocks, over) > boundApart && pairs.length > 0
      ? bestOffsets(blocks, [], state, boundApart, options)
      : over;
  const offsets = endOf(blocks, apart) < endOf(blocks, over) ? apart : over;
  return { tensorBlocks, scratchBlocks, pairs, blocks, state, bound, offsets };
}

function blocksOf(program: Program, options: PlanOptions) {
  const { library, core, inputScratch = 0, alignment, overlap = false } = options;
  const { scratchOf = (step) => scratchBytes(step, library, core) } = options;
  const { spans, lives } = lifetimes(program);
  const tensorBlocks = shareInPlace(program, spans, lives, alignment ?? TENSOR_ALIGNMENT);
  return {
    tensorBlocks,
    scratchBlocks: [...scratchBlock(-1, inputScratch), ...scratchBlocks(program, scratchOf)],
    pairs: overlap ? pairsOf(program, spans, lives, tensorBlocks, library) : [],
  };
}

/** Bytes that are live at each step whatever the addresses, scratch included: no plan of this Program is below the largest. */
export function leastBytes(program: Program, options: PlanOptions): readonly number[] {
  const { tensorBlocks, scratchBlocks, pairs } = blocksOf(program, options);
  const { length } = program.steps;
  const live = liveOver([...tensorBlocks, ...scratchBlocks], pairs, length);
  return live.slice(1, length + 1);
}

/** Bytes of a tensor of the Program. */
export function tensorBytes(program: Program, id: TensorId): number {
  const tensor = program.tensors[id]!;
  return tensor.shape.reduce((product, size) => product * size, 1) * DTYPE_BYTES[tensor.dtype];
}

/** For each tensor that is written the last step that does so: from then on it is complete. */
export function lastWriters(steps: Program['steps']): ReadonlyMap<TensorId, number> {
  return new Map(steps.flatMap(({ outputs }, step) => outputs.map((id) => [id, step] as const)));
}

/** Bytes of the arena that live tensors and scratch have at each step; what lies over another counts once. */
export function liveBytes({ steps }: Program, { placements, scratch }: MemoryPlan): readonly number[] {
  const scratchOf = new Map(scratch.map(({ step, bytes }) => [step, bytes]));
  const begin = new Map<number, Placement[]>();
  const ordered = placements.toSorted((a, b) => a.offset - b.offset);
  for (const one of ordered) {
    const step = Math.max(one.firstStep, 0);
    begin.set(step, [...(begin.get(step) ?? []), one]);
  }
  let live: readonly Placement[] = [];
  return steps.map((_, step) => {
    live = [...live.filter(({ lastStep }) => lastStep >= step), ...(begin.get(step) ?? [])].sort(
      (a, b) => a.offset - b.offset,
    );
    let [bytes, end] = [scratchOf.get(step) ?? 0, 0];
    for (const { offset, bytes: size } of live) {
      bytes += Math.max(0, offset + size - Math.max(offset, end));
      end = Math.max(end, offset + size);
    }
    return bytes;
  });
}

/** Merges an output with an input of equal size that dies as it is written, where the kernel allows it, or where a loop writes what it has read. */
function shareInPlace(
  program: Program,
  spans: ReadonlyMap<TensorId, Span>,
  lives: readonly Lives[],
  alignment: number,
): Block[] {
  const blockOf = new Map<TensorId, { tensors: TensorId[]; bytes: number; first: number; last: number }>();
  for (const [id, { first, last }] of spans) {
    const bytes = roundUp(tensorBytes(program, id), TENSOR_ALIGNMENT);
    blockOf.set(id, { tensors: [id], bytes, first, last });
  }
  const merge = (inputId: TensorId, outputId: TensorId): void => {
    const input = blockOf.get(inputId)!;
    const output = blockOf.get(outputId)!;
    if (tensorBytes(program, inputId) !== tensorBytes(program, outputId)) return;
    input.tensors.push(...output.tensors);
    input.first = Math.min(input.first, output.first);
    input.last = Math.max(input.last, output.last);
    for (const id of output.tensors) blockOf.set(id, input);
  };
  const loops = new Map(lives.map((one) => [one.stretch.first, one]));
  for (const { first, isLoop } of stretchesOf(program)) {
    const own = loops.get(first);
    if (isLoop && own !== undefined) {
      for (const [input, output] of meetingIn(program, own)) {
        // Of what shares memory with the input, nothing else is live while the output is.
        const [old, made] = [blockOf.get(input)!, blockOf.get(output)!];
        const areAlone =
          made.tensors.length === 1 &&
          old.tensors.every((id) => id === input || areApart(spans.get(id)!, spans.get(output)!));
        if (old !== made && areAlone && takesPlaceInLoop(program, own, input, output)) merge(input, output);
      }
      continue;
    }
    const step = program.steps[first]!;
    for (const index of kernelOf(step).signature.inPlace ?? []) {
      const [input, output] = [blockOf.get(step.inputs[index]!), blockOf.get(step.outputs[0]!)];
      if (input === undefined || output === undefined || input === output) continue;
      const usedOnce = step.inputs.filter((id) => blockOf.get(id) === input).length === 1;
      if (usedOnce && input.last === first && output.first === first) {
        merge(step.inputs[index]!, step.outputs[0]!);
      }
    }
  }
  return [...new Set(blockOf.values())].map(({ tensors, bytes, first, last }) => ({
    bytes,
    alignment,
    first,
    last,
    content: { tensors },
  }));
}

/** Of pairs that are live together the ones that share most, each block with one other on each side. */
function withMostShared(blocks: readonly Block[], pairs: readonly Pair[]): readonly Pair[] {
  const shared = new Map(
    pairs.map((pair) => [pair, mostShared(blocks[pair.input]!, blocks[pair.output]!, pair)]),
  );
  const [inputs, outputs] = [new Set<number>(), new Set<number>()];
  return pairs
    .filter((pair) => shared.get(pair)! > 0)
    .sort((a, b) => shared.get(b)! - shared.get(a)!)
    .filter(({ input, output }) => {
      if (inputs.has(input) || outputs.has(output)) return false;
      inputs.add(input);
      outputs.add(output);
      return true;
    });
}

function areApart(a: Span, b: Span): boolean {
  return a.last < b.first || b.last < a.first;
}

/** Tensors of a loop of which the first is not needed behind it, and the second not before, nor for longer than for one block after the other. */
function meetingIn(
  { steps }: Program,
  { of, stretch }: Lives,
): readonly (readonly [input: TensorId, output: TensorId])[] {
  const dying = [...of].filter(([, life]) => !life.isNeededAfter);
  const born = [...of].filter(([, life]) => !life.isNeededBefore);
  /** What each tensor is made of, and what is made of it. */
  const beside = new Map<TensorId, Set<TensorId>>();
  for (const { inputs, outputs } of steps.slice(stretch.first, stretch.end)) {
    for (const input of inputs) {
      for (const output of outputs) beside.set(input, (beside.get(input) ?? new Set()).add(output));
    }
  }
  // Buffers stay for the whole loop: they can make room for no more than what their own steps make of them.
  const isBuffer = ({ isNeededBefore, isNeededAfter }: Life): boolean => !isNeededBefore && !isNeededAfter;
  return dying.flatMap(([input, old]) =>
    born.flatMap(([output, made]) => {
      const isNear = beside.get(input)?.has(output) === true || !(isBuffer(old) || isBuffer(made));
      const doMeet = input !== output && old.first <= made.last && made.first <= old.last;
      return isNear && doMeet ? [[input, output] as const] : [];
    }),
  );
}

/** Blocks of inputs that die at a step, or in a loop, and of outputs that are born there and may lie over them. */
function pairsOf(
  program: Program,
  spans: ReadonlyMap<TensorId, Span>,
  lives: readonly Lives[],
  blocks: readonly Block[],
  library: KernelLibrary,
): readonly Pair[] {
  const blockOf = new Map(
    blocks.flatMap(({ content }, i) =>
      'tensors' in content ? content.tensors.map((id) => [id, i] as const) : [],
    ),
  );
  const loops = new Map(lives.map((one) => [one.stretch.first, one]));
  const tensorsOf = (block: number): readonly TensorId[] => {
    const { content } = blocks[block]!;
    return 'tensors' in content ? content.tensors : [];
  };
  const pairOf = (input: TensorId, over: TensorId, overlap: Overlap | null): readonly Pair[] => {
    const [old, made] = [blockOf.get(input)!, blockOf.get(over)!];
    if (overlap === null || old === made) return [];
    // Of what shares memory with either nothing else is live together.
    const areAlone = tensorsOf(old).every((a) =>
      tensorsOf(made).every((b) => (a === input && b === over) || areApart(spans.get(a)!, spans.get(b)!)),
    );
    return areAlone ? [{ input: old, output: made, overlap }] : [];
  };
  return stretchesOf(program).flatMap(({ first, isLoop }): readonly Pair[] => {
    const own = loops.get(first);
    if (isLoop && own !== undefined) {
      const found = meetingIn(program, own).flatMap(([input, over]) =>
        pairOf(input, over, overlapInLoop(program, own, library, input, over)),
      );
      return withMostShared(blocks, found);
    }
    const step = program.steps[first]!;
    const [input, over] = [step.inputs[0], step.outputs[0]!];
    if (input === undefined || !blockOf.has(input) || !blockOf.has(over)) return [];
    if (spans.get(input)!.last !== first || spans.get(over)!.first !== first) return [];
    return pairOf(input, over, overlapOf(step, library));
  });
}

function scratchBlocks({ steps }: Program, scratchOf: (step: Step) => number): Block[] {
  return steps.flatMap((step, i) => scratchBlock(i, scratchOf(step)));
}

function scratchBlock(step: number, bytes: number): Block[] {
  if (bytes === 0) return [];
  return [{ bytes, alignment: SCRATCH_ALIGNMENT, first: step, last: step, content: { scratchOf: step } }];
}

/** Largest sum of live bytes, and the step where it is reached: 0 for a program without steps, -1 only where there is scratch before it. */
function peakOf(
  blocks: readonly Block[],
  pairs: readonly Pair[],
  steps: number,
): { bytes: number; step: number } {
  const first = blocks.some(({ content }) => 'scratchOf' in content && content.scratchOf === -1) ? -1 : 0;
  let peak = { bytes: 0, step: 0 };
  liveOver(blocks, pairs, steps).forEach((bytes, at) => {
    const step = Math.min(Math.max(at - 1, first), Math.max(steps - 1, 0));
    if (bytes > peak.bytes) peak = { bytes, step };
  });
  return peak;
}

/** The fewest bytes that are live before the first step, at each step, and behind the last. */
function liveOver(blocks: readonly Block[], pairs: readonly Pair[], steps: number): readonly number[] {
  const change = new Array<number>(steps + 3).fill(0);
  for (const { bytes, first, last } of blocks) {
    change[first + 1]! += bytes;
    change[last + 2]! -= bytes;
  }
  for (const pair of pairs) {
    const [input, output] = [blocks[pair.input]!, blocks[pair.output]!];
    const shared = mostShared(input, output, pair);
    // Both are live from the later beginning to the earlier end.
    change[Math.max(input.first, output.first) + 1]! -= shared;
    change[Math.min(input.last, output.last) + 2]! += shared;
  }
  let live = 0;
  return change.slice(0, steps + 2).map((bytes) => {
    live += bytes;
    return live;
  });
}

/** Bytes that a pair shares where it shares most: where the larger one holds the other, or as near to it as may be. */
function mostShared(input: Block, { bytes }: Block, { overlap }: Pair): number {
  const least = Math.max(overlap.least, Math.min(0, bytes - input.bytes));
  const distance = roundUp(least, leastCommonMultiple(overlap.multiple, input.alignment));
  return Math.max(0, Math.min(bytes, distance + input.bytes) - Math.max(0, distance));
}

/** `first`: blocks that are live at every step. They come before all others. */
function bestOffsets(
  blocks: readonly Block[],
  pairs: readonly Pair[],
  first: readonly number[],
  bound: number,
  options: PlanOptions,
): readonly number[] {
  const fixed = new Set(first);
  const all = blocks.map((_, i) => i).filter((i) => !fixed.has(i));
  const by = (key: (b: Block) => readonly number[]): number[] =>
    [...all].sort((i, j) => {
      const a = key(blocks[i]!);
      const b = key(blocks[j]!);
      const k = a.findIndex((value, n) => value !== b[n]);
      return k < 0 ? i - j : a[k]! - b[k]!;
    });
  const orders = [
    by((b) => [-b.bytes, b.first]),
    by((b) => [b.first, -b.bytes]),
    by((b) => [-(b.last - b.first), -b.bytes]),
    by((b) => [-b.bytes * (b.last - b.first + 1), b.first]),
    by((b) => [-b.last, -b.bytes]),
  ];
  const firstFit = firstFitOf(blocks, pairs);
  let [best, bestOrder] = [firstFit([...first, ...orders[0]!])!, orders[0]!];
  let bestEnd = endOf(blocks, best);
  /** Whether an order takes no more than the least that is possible. */
  const consider = (order: number[]): boolean => {
    const offsets = firstFit([...first, ...order], bestEnd);
    if (offsets !== null) {
      bestOrder = order;
      const end = endOf(blocks, offsets);
      if (end < bestEnd) [best, bestEnd] = [offsets, end];
    }
    return bestEnd <= bound;
  };
  for (const order of orders) if (consider(order)) return best;

  const random = seededRandom(options.seed ?? 0);
  const restarts = Math.min(
    options.restarts ?? DEFAULT_RESTARTS,
    Math.ceil(RESTART_WORK / Math.max(1, blocks.length ** 2)),
  );
  for (let n = 0; n < restarts && all.length > 1; n++) {
    const order = [...bestOrder];
    const swaps = 1 + Math.floor(random() * 3);
    for (let s = 0; s < swaps; s++) {
      const i = Math.floor(random() * order.length);
      const j = Math.floor(random() * order.length);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    if (consider(order)) break;
  }
  return best;
}

function endOf(blocks: readonly Block[], offsets: readonly number[]): number {
  return blocks.reduce((end, block, i) => Math.max(end, offsets[i]! + block.bytes), 0);
}
