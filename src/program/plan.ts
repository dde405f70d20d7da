/**
 * Static memory planning: every tensor that is not a constant gets an offset in one arena so that no two that
 * are live at the same step overlap. State, which is live at every step, lies together at the start. Offset allocation is
 * NP-hard; several greedy orders plus seeded restarts come to the live-bytes lower bound on real networks, and the bound
 * is reported beside the result.
 */
import { leastCommonMultiple } from '../numbers/divisors.ts';
import { seededRandom } from '../numbers/random.ts';
import { firstFit, type Pair } from './first-fit.ts';
import type { CoreFeatures, KernelLibrary } from './implementation.ts';
import { roundUp } from './kernels/common.ts';
import { kernelOf, overlapOf, scratchBytes } from './kernels/index.ts';
import { blockTensors, elementsInBlock, stretchesOf } from './loops.ts';
import type { MemoryPlan, Placement, ScratchPlacement } from './memory-plan.ts';
import type { Loop, Program } from './program.ts';
import { DTYPE_BYTES, type TensorId } from './types.ts';
import { verifyProgram } from './verify.ts';
import { SCRATCH_ALIGNMENT, verifyPlan } from './verify-plan.ts';

export type PlanOptions = {
  readonly library: KernelLibrary;
  readonly core: CoreFeatures;
  /** Restarts with shuffled orders when the greedy orders miss the lower bound. */
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
  const isState = ({ content }: Block): boolean =>
    'tensors' in content && program.tensors[content.tensors[0]!]!.storage.kind === 'state';
  const { tensorBlocks, scratchBlocks, pairs } = blocksOf(program, options);
  const blocks = [...tensorBlocks, ...scratchBlocks];
  const state = blocks.flatMap((block, i) => (isState(block) ? [i] : []));
  const bound = peakOf(blocks, pairs, program.steps.length);
  const tensorBound = peakOf(tensorBlocks, pairs, program.steps.length);
  const boundApart = peakOf(blocks, [], program.steps.length).bytes;
  const over = bestOffsets(blocks, pairs, state, bound.bytes, options);
  const apart =
    endOf(blocks, over) > boundApart && pairs.length > 0
      ? bestOffsets(blocks, [], state, boundApart, options)
      : over;
  const offsets = endOf(blocks, apart) < endOf(blocks, over) ? apart : over;

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
    lowerBoundBytes: bound.bytes,
    tensorLowerBoundBytes: tensorBound.bytes,
    peakStep: bound.step,
    placements: placements.sort((a, b) => a.tensor - b.tensor),
    scratch: scratch.sort((a, b) => a.step - b.step),
  };
  verifyPlan(program, plan, options);
  return plan;
}

function blocksOf(program: Program, options: PlanOptions) {
  const { library, core, inputScratch = 0, alignment, overlap = false } = options;
  const tensorBlocks = shareInPlace(program, lifetimes(program), alignment ?? TENSOR_ALIGNMENT);
  return {
    tensorBlocks,
    scratchBlocks: [...scratchBlock(-1, inputScratch), ...scratchOf(program, library, core)],
    pairs: overlap ? pairsOf(program, tensorBlocks, library) : [],
  };
}

/** Bytes that are live at each step whatever the addresses, scratch included: the largest is the lower bound of a plan. */
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

/** Tensors that stay from run to run. */
export function stateTensors(program: Program): readonly TensorId[] {
  return program.tensors.flatMap(({ storage }, id) => (storage.kind === 'state' ? [id] : []));
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

function lifetimes(program: Program): Map<TensorId, { first: number; last: number }> {
  const spans = new Map<TensorId, { first: number; last: number }>();
  const touch = (id: TensorId, step: number): void => {
    if (program.tensors[id]!.storage.kind === 'constant') return;
    const span = spans.get(id);
    if (span === undefined) spans.set(id, { first: step, last: step });
    else span.last = Math.max(span.last, step);
  };
  const state = stateTensors(program);
  for (const port of program.inputs) touch(port.tensor, -1);
  for (const id of state) touch(id, -1);
  for (const loop of stretchesOf(program)) {
    const own = blockTensors(program, loop);
    for (let i = loop.first; i < loop.end; i++) {
      const { inputs, outputs } = program.steps[i]!;
      for (const id of [...inputs, ...outputs]) {
        // What is not made anew for every block is used from the first to the last.
        for (const step of own.has(id) ? [i] : [loop.first, loop.end - 1]) touch(id, step);
      }
    }
  }
  for (const port of program.outputs) touch(port.tensor, program.steps.length);
  for (const id of state) touch(id, program.steps.length);
  return spans;
}

/**
 * Merges an output with an input of equal size that dies at the same step, where the kernel allows it, and what a loop writes with what
 * it has read of the same block before.
 */
function shareInPlace(
  program: Program,
  spans: Map<TensorId, { first: number; last: number }>,
  alignment: number,
): Block[] {
  const blockOf = new Map<TensorId, { tensors: TensorId[]; bytes: number; first: number; last: number }>();
  for (const [id, { first, last }] of spans) {
    const bytes = roundUp(tensorBytes(program, id), TENSOR_ALIGNMENT);
    blockOf.set(id, { tensors: [id], bytes, first, last });
  }
  const merge = (inputId: TensorId, outputId: TensorId, dies: number, born: number): void => {
    const input = blockOf.get(inputId);
    const output = blockOf.get(outputId);
    if (input === undefined || output === undefined || input === output) return;
    const sameSize = tensorBytes(program, inputId) === tensorBytes(program, outputId);
    if (input.last !== dies || output.first !== born || !sameSize) return;
    input.tensors.push(...output.tensors);
    input.last = output.last;
    for (const id of output.tensors) blockOf.set(id, input);
  };
  for (const loop of stretchesOf(program)) {
    for (const [input, output] of overwritten(program, loop)) {
      if (blockOf.get(input)?.tensors.at(-1) === input) merge(input, output, loop.end - 1, loop.first);
    }
    for (let i = loop.first; i < loop.end; i++) {
      const step = program.steps[i]!;
      for (const index of kernelOf(step).signature.inPlace ?? []) {
        const [input, output] = [step.inputs[index]!, step.outputs[0]!];
        if (loop.advances.has(input) || loop.advances.has(output)) continue;
        const usedOnce = step.inputs.filter((id) => blockOf.get(id) === blockOf.get(input)).length === 1;
        if (usedOnce) merge(input, output, i, i);
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

/** Blocks of inputs that die at a step, and of outputs that are born there and may lie over them. */
function pairsOf(program: Program, blocks: readonly Block[], library: KernelLibrary): readonly Pair[] {
  const blockOf = new Map(
    blocks.flatMap(({ content }, i) =>
      'tensors' in content ? content.tensors.map((id) => [id, i] as const) : [],
    ),
  );
  return stretchesOf(program).flatMap((loop) => {
    const own = blockTensors(program, loop);
    return program.steps.slice(loop.first, loop.end).flatMap((step, k): Pair[] => {
      const [index, id, over] = [loop.first + k, step.inputs[0], step.outputs[0]!];
      const [input, output] = [id === undefined ? undefined : blockOf.get(id), blockOf.get(over)];
      if (id === undefined || input === undefined || output === undefined || input === output) return [];
      if (loop.times > 1 && !(own.has(id) && own.has(over))) return [];
      if (blocks[input]!.last !== index || blocks[output]!.first !== index) return [];
      const overlap = overlapOf(step, library);
      return overlap === null ? [] : [{ input, output, overlap }];
    });
  });
}

/**
 * Pairs of tensors through which a loop moves alike, where nothing of a block of the first is read any more when the second is
 * written there: by an earlier step, or by one that may work in place.
 */
function overwritten(
  { steps, tensors }: Program,
  loop: Loop,
): readonly (readonly [input: TensorId, output: TensorId])[] {
  // Blocks lie one behind the other: nothing of the next is touched.
  const apart = (id: TensorId): boolean => elementsInBlock(tensors[id]!, loop, id) === loop.advances.get(id);
  const own = steps.slice(loop.first, loop.end);
  const [lastRead, firstWrite] = [new Map<TensorId, number>(), new Map<TensorId, number>()];
  own.forEach(({ inputs, outputs }, i) => {
    for (const id of inputs) lastRead.set(id, i);
    for (const id of outputs) if (!firstWrite.has(id)) firstWrite.set(id, i);
  });
  return [...loop.advances].flatMap(([input, advance]) =>
    [...firstWrite].flatMap(([output, written]) => {
      const read = lastRead.get(input);
      if (loop.advances.get(output) !== advance || !apart(input) || !apart(output)) return [];
      if (firstWrite.has(input) || read === undefined) return [];
      const step = own[written]!;
      const inPlace = (kernelOf(step).signature.inPlace ?? []).map((k) => step.inputs[k]);
      const works = step.outputs[0] === output && inPlace.includes(input);
      const once = step.inputs.filter((id) => id === input).length === 1;
      return read < written || (read === written && works && once) ? [[input, output] as const] : [];
    }),
  );
}

function scratchOf(program: Program, library: KernelLibrary, core: CoreFeatures): Block[] {
  return program.steps.flatMap((step, i) => scratchBlock(i, scratchBytes(step, library, core)));
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
    const input = blocks[pair.input]!;
    const shared = mostShared(input, blocks[pair.output]!, pair);
    change[input.last + 1]! -= shared;
    change[input.last + 2]! += shared;
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
  let best = firstFit(blocks, [...first, ...orders[0]!], pairs);
  let bestOrder = orders[0]!;
  const consider = (order: number[]): boolean => {
    const offsets = firstFit(blocks, [...first, ...order], pairs);
    const end = endOf(blocks, offsets);
    const bestEnd = endOf(blocks, best);
    if (end <= bestEnd) bestOrder = order;
    if (end < bestEnd) best = offsets;
    return endOf(blocks, best) <= bound;
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
