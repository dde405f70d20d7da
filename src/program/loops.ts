/**
 * Steps that run block by block: a few rows of a tensor (the tokens of a sequence, the pixels of an image) go through several
 * steps before the next rows do, so that what lies between the steps is never whole. Each step of a loop states what it does
 * with one block.
 */
import { stepMacs } from './kernels/index.ts';
import type { Loop, Program } from './program.ts';
import type { ProgramTensor, TensorId } from './types.ts';

/** Steps that run together: one, or those of a loop. */
export type Stretch = Loop;

const NONE: ReadonlyMap<TensorId, number> = new Map();

/** All steps in the order in which they run. */
export function stretchesOf({ steps, loops = [] }: Program): readonly Stretch[] {
  const byFirst = new Map(loops.map((loop) => [loop.first, loop]));
  const stretches: Stretch[] = [];
  for (let first = 0; first < steps.length; first = stretches.at(-1)!.end) {
    stretches.push(byFirst.get(first) ?? { first, end: first + 1, times: 1, advances: NONE });
  }
  return stretches;
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

/** Multiply-accumulates of a step in one run, over all blocks. */
export function macsOf(program: Program, step: number): number {
  return (loopOf(program, step)?.times ?? 1) * stepMacs(program.steps[step]!);
}

/** What the steps of a loop write for one block alone. */
export function blockTensors({ steps }: Program, loop: Loop): ReadonlySet<TensorId> {
  if (loop.times === 1 && loop.advances.size === 0) return new Set();
  const written = steps.slice(loop.first, loop.end).flatMap(({ outputs }) => outputs);
  return new Set(written.filter((id) => !loop.advances.has(id)));
}

/** Elements of a tensor that a step has before it in every block, from where it is used on. */
export function elementsInBlock(
  { shape }: Pick<ProgramTensor, 'shape'>,
  loop: Stretch,
  id: TensorId,
): number {
  const elements = shape.reduce((product, size) => product * size, 1);
  return elements - (loop.times - 1) * (loop.advances.get(id) ?? 0);
}
