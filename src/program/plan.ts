/**
 * Static memory planning: every tensor that is not a constant gets an offset in one arena so that no two that
 * are live at the same step overlap. State, which is live at every step, lies together at the start. Offset allocation is
 * NP-hard; several greedy orders plus seeded restarts come to the most bytes that are live at one step on real networks, and these
 * are reported beside the result.
 */
import { leastCommonMultiple } from '../numbers/divisors.ts';
import type { Pair } from './first-fit.ts';
import type { CoreFeatures, KernelLibrary } from './implementation.ts';
import { roundUp } from './kernels/common.ts';
import { kernelOf, overlapOf, type Step, scratchBytes } from './kernels/index.ts';
import { lifetimes, type Span, type Touches } from './lifetimes.ts';
import { type Life, type Lives, takesPlaceInLoop } from './liveness.ts';
import { type Block, liveInLoop, pairsInLoop } from './loop-blocks.ts';
import { stretchesOf } from './loops.ts';
import type { MemoryPlan, Placement, ScratchPlacement } from './memory-plan.ts';
import { bestOffsets, endOf, type Range } from './offsets.ts';
import type { Program } from './program.ts';
import { DTYPE_BYTES, isInArena, type TensorId } from './types.ts';
import { verifyProgram } from './verify.ts';
import { SCRATCH_ALIGNMENT, verifyPlan } from './verify-plan.ts';

export type PlanOptions = {
  readonly library: KernelLibrary;
  readonly core: CoreFeatures;
  /** Restarts with shuffled orders when the greedy orders miss the live peak. */
  readonly restarts?: number;
  readonly seed?: number;
  /** Bytes that an arena is to come within: from far above them no better one is looked for; default any. */
  readonly within?: number;
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

/** What is placed, what of it may share bytes, and what loops use of it. */
type Blocks = {
  readonly tensorBlocks: readonly Block[];
  readonly scratchBlocks: readonly Block[];
  /** Of steps outside of loops, and of loops. */
  readonly pairs: readonly Pair[];
  readonly pairsOfLoops: readonly Pair[];
  /** Empty where blocks lie apart for as long as they live. */
  readonly loops: readonly Lives[];
};

/**
 * Plans the arena of a Program for a kernel library on a core. Deterministic for a seed.
 * @throws TinymlError E_PROGRAM for a malformed Program
 */
export function planMemory(program: Program, options: PlanOptions): MemoryPlan {
  verifyProgram(program);
  const plan = unverifiedPlan(program, options);
  verifyPlan(program, plan, options);
  return plan;
}

/** The same of a well-formed Program, for plans that are compared: what is chosen of them is to be verified. */
export function unverifiedPlan(program: Program, options: PlanOptions): MemoryPlan {
  const { tensorBlocks, scratchBlocks, pairs, loops, blocks, state, bound, offsets } = placed(
    program,
    options,
  );
  const tensorBound = peakOf(tensorBlocks, pairs, loops, program.steps.length);
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
  return {
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
  const { blocks, pairs, loops, offsets } = placed(program, { ...options, restarts: 0 });
  const { length } = program.steps;
  return { bytes: endOf(blocks, offsets), live: liveOver(blocks, pairs, loops, length).slice(1, length + 1) };
}

function placed(program: Program, options: PlanOptions) {
  const isState = ({ content }: Block): boolean =>
    'tensors' in content && program.tensors[content.tensors[0]!]!.storage.kind === 'state';
  const { tensorBlocks, scratchBlocks, pairs, pairsOfLoops, loops } = blocksOf(program, options);
  const blocks = [...tensorBlocks, ...scratchBlocks];
  const all = [...pairs, ...pairsOfLoops];
  const state = blocks.flatMap((block, i) => (isState(block) ? [i] : []));
  const bound = peakOf(blocks, pairs, loops, program.steps.length);
  const boundApart = peakOf(blocks, [], [], program.steps.length).bytes;
  const { restarts, seed, within } = options;
  const search = { restarts, seed, within, before: state, ranges: rangesOf(loops, program.steps.length) };
  const over = bestOffsets(blocks, all, { ...search, bound: bound.bytes });
  const apart =
    endOf(blocks, over) > boundApart && all.length > 0
      ? bestOffsets(blocks, [], { ...search, bound: boundApart })
      : over;
  const offsets = endOf(blocks, apart) < endOf(blocks, over) ? apart : over;
  return { tensorBlocks, scratchBlocks, pairs, loops, blocks, state, bound, offsets };
}

/** Loops, and the steps before, between and behind them. */
function rangesOf(loops: readonly Lives[], steps: number): readonly Range[] {
  const ends = loops.flatMap(({ stretch: { first, end } }) => [first, end]);
  const bounds = [...new Set([-1, ...ends, steps + 1])];
  return loops.length === 0 ? [] : bounds.slice(1).map((end, k) => ({ first: bounds[k]!, end }));
}

function blocksOf(program: Program, options: PlanOptions): Blocks {
  const { library, core, inputScratch = 0, alignment, overlap = false } = options;
  const { scratchOf = (step) => scratchBytes(step, library, core) } = options;
  const { spans, lives } = lifetimes(program);
  const tensorBlocks = shareInPlace(program, spans, lives, alignment ?? TENSOR_ALIGNMENT);
  const scratchAll = [...scratchBlock(-1, inputScratch), ...scratchBlocks(program, scratchOf)];
  if (!overlap) {
    return { tensorBlocks, scratchBlocks: scratchAll, pairs: [], pairsOfLoops: [], loops: [] };
  }
  const blocks = [...tensorBlocks, ...scratchAll];
  return {
    tensorBlocks,
    scratchBlocks: scratchAll,
    pairs: pairsOf(program, spans, tensorBlocks, library),
    pairsOfLoops: lives.flatMap((own) => pairsInLoop(program, own, blocks, library)),
    loops: lives,
  };
}

/** Bytes that are live at each step whatever the addresses, scratch included: no plan of this Program is below the largest. */
export function leastBytes(program: Program, options: PlanOptions): readonly number[] {
  const { tensorBlocks, scratchBlocks, pairs, loops } = blocksOf(program, options);
  const { length } = program.steps;
  const live = liveOver([...tensorBlocks, ...scratchBlocks], pairs, loops, length);
  return live.slice(1, length + 1);
}

/** Bytes of a tensor of the Program. */
export function tensorBytes(program: Program, id: TensorId): number {
  const tensor = program.tensors[id]!;
  return tensor.shape.reduce((product, size) => product * size, 1) * DTYPE_BYTES[tensor.dtype];
}

/** Bytes of the tensors of the arena that are there before the first step, between each two and behind the last. */
export function bytesBetween(program: Program, touches: Touches): readonly number[] {
  const change = new Array<number>(program.steps.length + 2).fill(0);
  for (const [id, all] of touches) {
    if (!isInArena(program.tensors[id]!)) continue;
    change[all[0]! + 1]! += tensorBytes(program, id);
    change[all.at(-1)! + 1]! -= tensorBytes(program, id);
  }
  let live = 0;
  return change.slice(0, -1).map((bytes) => {
    live += bytes;
    return live;
  });
}

/** For each tensor that is written the last step that does so: from then on it is complete. */
export function lastWriters(steps: Program['steps']): ReadonlyMap<TensorId, number> {
  return new Map(steps.flatMap(({ outputs }, step) => outputs.map((id) => [id, step] as const)));
}

/** Bytes of the arena that tensors which are live at a step, and its scratch, have at each step; what lies over another counts once. */
export function liveBytes({ steps }: Program, { placements, scratch }: MemoryPlan): readonly number[] {
  const scratchOf = new Map(scratch.map((one) => [one.step, one]));
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
    const own = scratchOf.get(step);
    let [bytes, end] = [0, 0];
    const all = own === undefined ? live : [...live, own].sort((a, b) => a.offset - b.offset);
    for (const { offset, bytes: size } of all) {
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

/** Blocks of inputs that die at a step and of outputs that are born there and may lie over them. */
function pairsOf(
  program: Program,
  spans: ReadonlyMap<TensorId, Span>,
  blocks: readonly Block[],
  library: KernelLibrary,
): readonly Pair[] {
  const blockOf = new Map(
    blocks.flatMap(({ content }, i) =>
      'tensors' in content ? content.tensors.map((id) => [id, i] as const) : [],
    ),
  );
  const tensorsOf = (block: number): readonly TensorId[] => {
    const { content } = blocks[block]!;
    return 'tensors' in content ? content.tensors : [];
  };
  return stretchesOf(program).flatMap(({ first, isLoop }): readonly Pair[] => {
    const step = program.steps[first]!;
    const [input, made] = [step.inputs[0], step.outputs[0]!];
    if (isLoop || input === undefined || !blockOf.has(input) || !blockOf.has(made)) return [];
    if (spans.get(input)!.last !== first || spans.get(made)!.first !== first) return [];
    const overlap = overlapOf(step, library);
    const [other, block] = [blockOf.get(input)!, blockOf.get(made)!];
    // Of what shares memory with either nothing else is live together.
    const areAlone = tensorsOf(other).every((a) =>
      tensorsOf(block).every((b) => (a === input && b === made) || areApart(spans.get(a)!, spans.get(b)!)),
    );
    if (overlap === null || other === block || !areAlone) return [];
    const { least, multiple } = overlap;
    return [{ block, other, least, multiple, most: -blocks[other]!.bytes }];
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
  loops: readonly Lives[],
  steps: number,
): { bytes: number; step: number } {
  const first = blocks.some(({ content }) => 'scratchOf' in content && content.scratchOf === -1) ? -1 : 0;
  let peak = { bytes: 0, step: 0 };
  liveOver(blocks, pairs, loops, steps).forEach((bytes, at) => {
    const step = Math.min(Math.max(at - 1, first), Math.max(steps - 1, 0));
    if (bytes > peak.bytes) peak = { bytes, step };
  });
  return peak;
}

/** The fewest bytes that are live before the first step, at each step, and behind the last. */
function liveOver(
  blocks: readonly Block[],
  pairs: readonly Pair[],
  loops: readonly Lives[],
  steps: number,
): readonly number[] {
  const change = new Array<number>(steps + 3).fill(0);
  for (const { bytes, first, last } of blocks) {
    change[first + 1]! += bytes;
    change[last + 2]! -= bytes;
  }
  for (const pair of pairs) {
    const [output, input] = [blocks[pair.block]!, blocks[pair.other]!];
    const shared = mostShared(input, output, pair);
    // Both are live from the later beginning to the earlier end.
    change[Math.max(input.first, output.first) + 1]! -= shared;
    change[Math.min(input.last, output.last) + 2]! += shared;
  }
  let sum = 0;
  const live = change.slice(0, steps + 2).map((bytes) => {
    sum += bytes;
    return sum;
  });
  for (const own of loops)
    live.splice(own.stretch.first + 1, own.stretch.end - own.stretch.first, ...liveInLoop(own, blocks));
  return live;
}

/** Bytes that a pair shares where it shares most: where the larger one holds the other, or as near to it as may be. */
function mostShared(input: Block, { bytes }: Block, pair: Pair): number {
  const least = Math.max(pair.least, Math.min(0, bytes - input.bytes));
  const distance = roundUp(least, leastCommonMultiple(pair.multiple, input.alignment));
  return Math.max(0, Math.min(bytes, distance + input.bytes) - Math.max(0, distance));
}
