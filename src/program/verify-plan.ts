/**
 * Whether a memory plan is one: every tensor and scratch has its bytes in the arena, and no two that are live at the same
 * step share any, but for an output on an input that its kernel may overwrite, or over one as its kernel's order allows. State lies at the start, apart. Reads lifetimes off the Program anew, so that
 * a fault of the planner does not hide itself.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import type { CoreFeatures, KernelLibrary } from './implementation.ts';
import { kernelOf, overlapOf, scratchBytes } from './kernels/index.ts';
import { blockTensors, elementsInBlock, stretchOfSteps } from './loops.ts';
import type { MemoryPlan } from './memory-plan.ts';
import { allows } from './overlaps.ts';
import type { Loop, Program } from './program.ts';
import { DTYPE_BYTES, type TensorId } from './types.ts';

/** Scratch starts at a multiple of this, as the kernels may use vectors there. */
export const SCRATCH_ALIGNMENT = 16;

/** Bytes of the arena that something occupies. */
type Stretch = { readonly what: string; readonly start: number; readonly end: number };

type Lifetime = { readonly first: number; readonly last: number };

/** @throws TinymlError E_PROGRAM naming the step and what overlaps: a fault of the planner */
export function verifyPlan(
  program: Program,
  plan: MemoryPlan,
  { library, core }: { readonly library: KernelLibrary; readonly core: CoreFeatures },
): void {
  const spans = lifetimes(program);
  const loops = stretchOfSteps(program);
  const stretches = new Map(
    plan.placements.map(({ tensor, offset }) => [tensor, place(program, tensor, offset)]),
  );
  const scratch = new Map(plan.scratch.map((one) => [one.step, one]));
  const begin = groupBy(spans, ({ first }) => first);
  const end = groupBy(spans, ({ last }) => last);
  /** What is live, by address: nothing overlaps, so that only neighbours have to be looked at. */
  const live: Stretch[] = [];
  for (let step = -1; step <= program.steps.length; step++) {
    let joined: { readonly whole: Stretch; readonly output: Stretch } | null = null;
    for (const id of begin.get(step) ?? []) {
      const stretch = stretches.get(id);
      if (stretch === undefined) throw refusal(`tensor ${id} has no place`);
      inside(stretch, plan.arenaBytes, DTYPE_BYTES[program.tensors[id]!.dtype]);
      inItsRegion(program, id, stretch, plan.stateBytes);
      const old = overwritten(program, loops[step], spans, step, id).map((input) => stretches.get(input)!);
      for (const other of old) if (sameBytes(stretch, other)) remove(live, other);
      const under = overlapped(program, loops[step], spans, library, step, id);
      const input = under === null ? undefined : stretches.get(under.input)!;
      if (input !== undefined && under!.allows(input.start - stretch.start) && meet(input, stretch)) {
        remove(live, input);
        joined = { whole: join(input, stretch), output: stretch };
      }
      insert(live, joined?.output === stretch ? joined.whole : stretch, step);
    }
    const needed =
      step === -1
        ? (scratch.get(step)?.bytes ?? 0)
        : step in program.steps
          ? scratchBytes(program.steps[step]!, library, core)
          : 0;
    if (needed > 0) {
      const { offset, bytes } = scratch.get(step) ?? { offset: 0, bytes: 0 };
      if (bytes < needed) throw refusal(`step ${step} has ${bytes} bytes of scratch, it needs ${needed}`);
      const stretch = { what: `the scratch of step ${step}`, start: offset, end: offset + bytes };
      inside(stretch, plan.arenaBytes, SCRATCH_ALIGNMENT);
      insert(live, stretch, step);
      remove(live, stretch);
    }
    if (joined !== null) {
      remove(live, joined.whole);
      insert(live, joined.output, step);
    }
    for (const id of end.get(step) ?? []) remove(live, stretches.get(id)!);
  }
}

function refusal(fault: string): TinymlError {
  return new TinymlError('E_PROGRAM', `the memory plan is wrong: ${fault}`, {
    hint: 'the fault lies in what made the plan: please report it',
  });
}

/** The first and the last step that touch each tensor of the arena: -1 before all steps, their count after them. */
function lifetimes(program: Program): ReadonlyMap<TensorId, Lifetime> {
  const { inputs, outputs, tensors, steps } = program;
  const spans = new Map<TensorId, Lifetime>();
  const touch = (id: TensorId, step: number): void => {
    if (tensors[id]!.storage.kind === 'constant') return;
    const before = spans.get(id) ?? { first: step, last: step };
    spans.set(id, { first: Math.min(before.first, step), last: Math.max(before.last, step) });
  };
  const state = tensors.flatMap(({ storage }, id) => (storage.kind === 'state' ? [id] : []));
  for (const id of [...state, ...inputs.map(({ tensor }) => tensor)]) touch(id, -1);
  const loops = stretchOfSteps(program);
  steps.forEach((step, i) => {
    const { first, end, advances } = loops[i]!;
    const written = new Set(steps.slice(first, end).flatMap((other) => other.outputs));
    for (const id of [...step.inputs, ...step.outputs]) {
      touch(id, i);
      // Used for every block, and not written anew for it: from the first block to the last.
      if (!written.has(id) || advances.has(id)) {
        touch(id, first);
        touch(id, end - 1);
      }
    }
  });
  for (const id of [...state, ...outputs.map(({ tensor }) => tensor)]) touch(id, steps.length);
  return spans;
}

function groupBy(
  spans: ReadonlyMap<TensorId, Lifetime>,
  stepOf: (lifetime: Lifetime) => number,
): ReadonlyMap<number, readonly TensorId[]> {
  const groups = new Map<number, TensorId[]>();
  for (const [id, lifetime] of spans) {
    const step = stepOf(lifetime);
    const group = groups.get(step);
    if (group === undefined) groups.set(step, [id]);
    else group.push(id);
  }
  return groups;
}

function place({ tensors }: Program, id: TensorId, offset: number): Stretch {
  const { name, dtype, shape } = tensors[id]!;
  const bytes = shape.reduce((product, size) => product * size, 1) * DTYPE_BYTES[dtype];
  return { what: `tensor ${id}, "${name}"`, start: offset, end: offset + bytes };
}

function inside({ what, start, end }: Stretch, arenaBytes: number, alignment: number): void {
  if (start < 0 || end > arenaBytes)
    throw refusal(`${what} has the bytes ${start} .. ${end} of ${arenaBytes}`);
  if (start % alignment !== 0) throw refusal(`${what} starts at ${start}, no multiple of ${alignment}`);
}

/** State has the start of the arena to itself: all behind it is poisoned between runs. */
function inItsRegion(
  { tensors }: Program,
  id: TensorId,
  { what, start, end }: Stretch,
  stateBytes: number,
): void {
  const isState = tensors[id]!.storage.kind === 'state';
  const isEmpty = start === end;
  if (isState ? end <= stateBytes : isEmpty || start >= stateBytes) return;
  throw refusal(
    `${what}, is ${isState ? '' : 'not '}state at ${start} .. ${end}, with ${stateBytes} bytes of state`,
  );
}

/** The inputs that die in the step that first writes a tensor, and that its kernel may overwrite with it. */
function overwritten(
  program: Program,
  loop: Loop | undefined,
  spans: ReadonlyMap<TensorId, Lifetime>,
  index: number,
  id: TensorId,
): readonly TensorId[] {
  const { steps } = program;
  if (loop?.advances.has(id)) return overwrittenByBlocks(program, loop, spans, index, id);
  const step = steps[index];
  if (step === undefined || step.outputs[0] !== id) return [];
  return (kernelOf(step).signature.inPlace ?? []).flatMap((k) => {
    const input = step.inputs[k]!;
    const once = step.inputs.indexOf(input) === step.inputs.lastIndexOf(input);
    return once && spans.get(input)?.last === index ? [input] : [];
  });
}

/** The input that dies in the step that first writes a tensor, over which its kernel may write it, and at which distances. */
function overlapped(
  program: Program,
  loop: Loop | undefined,
  spans: ReadonlyMap<TensorId, Lifetime>,
  library: KernelLibrary,
  index: number,
  id: TensorId,
): { readonly input: TensorId; readonly allows: (distance: number) => boolean } | null {
  const step = program.steps[index];
  const input = step?.inputs[0];
  if (step === undefined || loop === undefined || input === undefined || step.outputs[0] !== id) return null;
  const own = blockTensors(program, loop);
  if (loop.times > 1 && !(own.has(input) && own.has(id))) return null;
  const overlap = spans.get(input)?.last === index ? overlapOf(step, library) : null;
  return overlap === null ? null : { input, allows: (distance) => allows(overlap, distance) };
}

/** Tensors that die in a loop, and whose blocks are read for the last time before or where it writes that of another. */
function overwrittenByBlocks(
  program: Program,
  loop: Loop,
  spans: ReadonlyMap<TensorId, Lifetime>,
  index: number,
  id: TensorId,
): readonly TensorId[] {
  const own = program.steps.slice(loop.first, loop.end);
  const advance = loop.advances.get(id)!;
  const inBlocks = (one: TensorId): boolean => {
    return (
      loop.advances.get(one) === advance && elementsInBlock(program.tensors[one]!, loop, one) === advance
    );
  };
  const written = own.findIndex(({ outputs }) => outputs.includes(id));
  if (index !== loop.first || written < 0 || !inBlocks(id)) return [];
  const step = own[written]!;
  const { inputs, outputs } = step;
  const inPlace = kernelOf(step).signature.inPlace ?? [];
  return [...loop.advances.keys()].filter((other) => {
    const dies = spans.get(other)?.last === loop.end - 1;
    const isRead = own.every((one) => !one.outputs.includes(other));
    const late = own.slice(written + 1).some((one) => one.inputs.includes(other));
    if (other === id || !dies || !isRead || late || !inBlocks(other)) return false;
    const places = inputs.flatMap((input, k) => (input === other ? [k] : []));
    return places.length === 0 || (places.length === 1 && outputs[0] === id && inPlace.includes(places[0]!));
  });
}

function meet(a: Stretch, b: Stretch): boolean {
  return a.start < b.end && b.start < a.end;
}

/** Two that meet. */
function join(a: Stretch, b: Stretch): Stretch {
  return {
    what: `${b.what}, over ${a.what}`,
    start: Math.min(a.start, b.start),
    end: Math.max(a.end, b.end),
  };
}

function sameBytes(a: Stretch, b: Stretch): boolean {
  return a.start === b.start && a.end === b.end;
}

/** Index of the first of the stretches that starts at `start` or behind it. */
function indexOf(live: readonly Stretch[], start: number): number {
  let [low, high] = [0, live.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (live[middle]!.start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(live: Stretch[], stretch: Stretch, step: number): void {
  if (stretch.start === stretch.end) return;
  const at = indexOf(live, stretch.start);
  const neighbours = [live[at - 1], live[at]];
  for (const other of neighbours) {
    if (other !== undefined && other.start < stretch.end && stretch.start < other.end) {
      throw refusal(`${stretch.what} and ${other.what} share bytes while step ${step} needs both`);
    }
  }
  live.splice(at, 0, stretch);
}

/** Does nothing where the stretch is not live: an output took its place. */
function remove(live: Stretch[], stretch: Stretch): void {
  const at = indexOf(live, stretch.start);
  if (live[at] === stretch) live.splice(at, 1);
}
