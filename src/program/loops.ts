/**
 * Steps that run block by block: a few rows of a tensor (the tokens of a sequence, the rows of an image) go through several
 * steps before the next rows do, so that what lies between the steps is never whole. A loop says which of its steps run in which order, and
 * where each call has its tensors.
 */
import { copyFills, copyReach } from './kernels/copy-box.ts';
import { signatureOf, stepMacs } from './kernels/index.ts';
import type { Call, Loop, Program } from './program.ts';
import { evaluate } from './signature.ts';
import type { ProgramTensor, TensorId } from './types.ts';

/** Steps that run together: those of a loop, or one that runs once. */
export type Stretch = Loop & { readonly isLoop: boolean };

type Step = Program['steps'][number];

/** All steps in the order in which they run. */
export function stretchesOf({ steps, loops = [] }: Program): readonly Stretch[] {
  const byFirst = new Map(loops.map((loop) => [loop.first, loop]));
  const stretches: Stretch[] = [];
  for (let first = 0; first < steps.length; first = stretches.at(-1)!.end) {
    const loop = byFirst.get(first);
    stretches.push(loop === undefined ? once(first, steps[first]!) : { ...loop, isLoop: true });
  }
  return stretches;
}

function once(step: number, { inputs, outputs }: Step): Stretch {
  const call = { step, inputs: inputs.map(() => 0), outputs: outputs.map(() => 0) };
  return { first: step, end: step + 1, calls: [call], isLoop: false };
}

/** The stretch of each step. */
export function stretchOfSteps(program: Program): readonly Stretch[] {
  return stretchesOf(program).flatMap((stretch) =>
    Array.from({ length: stretch.end - stretch.first }, () => stretch),
  );
}

/** The loop of a step. */
export function loopOf({ loops = [] }: Program, step: number): Loop | undefined {
  return loops.find(({ first, end }) => first <= step && step < end);
}

/** How often each step runs. */
export function timesOfSteps({ steps, loops = [] }: Program): readonly number[] {
  const times = new Array<number>(steps.length).fill(1);
  for (const { first, end, calls } of loops) {
    times.fill(0, first, end);
    for (const { step } of calls) times[step]!++;
  }
  return times;
}

/** Multiply-accumulates of each step in one run, over all calls. */
export function macsOfSteps(program: Program): readonly number[] {
  const times = timesOfSteps(program);
  return program.steps.map((step, index) => times[index]! * stepMacs(step));
}

/** Tensors that a loop writes and nobody has before or behind it: they are never whole. */
export function passingTensors(program: Program, { first, end, isLoop }: Stretch): ReadonlySet<TensorId> {
  if (!isLoop) return new Set();
  const { steps, tensors, inputs, outputs } = program;
  const outside = new Set([
    ...[...inputs, ...outputs].map(({ tensor }) => tensor),
    ...[...steps.slice(0, first), ...steps.slice(end)].flatMap((step) => [...step.inputs, ...step.outputs]),
  ]);
  const written = steps.slice(first, end).flatMap((step) => step.outputs);
  return new Set(written.filter((id) => !outside.has(id) && tensors[id]!.storage.kind === 'arena'));
}

/** Blocks that are alike: all steps of a loop, in their order, so many times, each time so many elements further on. */
type Blocks = {
  readonly times: number;
  /** Per step, elements from one block to the next. */
  readonly advances: readonly Pick<Call, 'inputs' | 'outputs'>[];
};

/** A loop as blocks that are alike, from the starts of all tensors on; null where it is none. */
export function blocksOf({ first, end, calls }: Loop): Blocks | null {
  const count = end - first;
  const times = calls.length / count;
  if (!Number.isInteger(times)) return null;
  const second = times === 1 ? calls : calls.slice(count, 2 * count);
  const advances = second.map(({ inputs, outputs }) => ({ inputs, outputs }));
  const isAlike = calls.every(({ step, inputs, outputs }, k) => {
    const [block, one] = [Math.floor(k / count), advances[k % count]!];
    const moved = (offset: number, n: number, by: readonly number[]): boolean => offset === block * by[n]!;
    return (
      step === first + (k % count) &&
      inputs.every((offset, n) => moved(offset, n, one.inputs)) &&
      outputs.every((offset, n) => moved(offset, n, one.outputs))
    );
  });
  return isAlike ? { times, advances } : null;
}

/** The calls of blocks. @param first number of the step of the first of `advances` */
export function callsOfBlocks(first: number, { times, advances }: Blocks): readonly Call[] {
  return Array.from({ length: times }, (_, block) =>
    advances.map(({ inputs, outputs }, k) => ({
      step: first + k,
      inputs: inputs.map((by) => block * by),
      outputs: outputs.map((by) => block * by),
    })),
  ).flat();
}

/** What a step has before it of its inputs and outputs, in elements from where a call has them. */
export type Extents = { readonly inputs: readonly number[]; readonly outputs: readonly number[] };

/**
 * Of a step: as many elements as its parameters say, else all up to the end of the tensor, from where the last of its calls has it. What a
 * kernel does not read has none.
 */
export function extentsOf(
  { tensors, steps }: Pick<Program, 'tensors' | 'steps'>,
  index: number,
  { calls, isLoop }: Stretch,
): Extents {
  const step = steps[index]!;
  const own = isLoop ? calls.filter((call) => call.step === index) : calls;
  const { operands } = signatureOf(step.kernel)!;
  const extents = (kind: 'inputs' | 'outputs', from: number): readonly number[] =>
    step[kind].map((id, k) => {
      const elements = elementsOf(tensors[id]!);
      if (!isLoop) return elements;
      const room = elements - own.reduce((most, call) => Math.max(most, call[kind][k]!), 0);
      const { elements: size } = operands[from + k]!;
      const wanted = size === null ? reachOf(step, kind) : evaluate(size, step.params);
      return Math.min(room, wanted ?? room);
    });
  return {
    inputs: extents('inputs', 0),
    outputs: extents('outputs', step.inputs.length + step.constants.length),
  };
}

/** Up to the last element that a step touches whose operands say no size; null where nobody says. */
function reachOf(step: Step, kind: 'inputs' | 'outputs'): number | null {
  switch (step.kernel) {
    case 'copy_s8':
    case 'copy_s16':
    case 'copy_f32':
      return copyReach(step.params, kind === 'inputs' ? 'in' : 'out');
    default:
      return null;
  }
}

/** Whether a step writes all up to the last element that it touches, where its operands do not say so. */
export function fillsReach(step: Step): boolean {
  switch (step.kernel) {
    case 'copy_s8':
    case 'copy_s16':
    case 'copy_f32':
      return copyFills(step.params);
    default:
      return false;
  }
}

export function elementsOf({ shape }: Pick<ProgramTensor, 'shape'>): number {
  return shape.reduce((product, size) => product * size, 1);
}
