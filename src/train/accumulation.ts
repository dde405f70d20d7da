/** Gradients of several steps averaged for one update: which step of such a round is which. */

/** Steps of a round, and how many of the last steps of the Program are updates, which only the last of them runs; 1 and 0 where every step updates. */
export type Accumulation = { readonly steps: number; readonly updateSteps: number };

/** Whether sums go on with a step, counted from 0, or begin with it. */
export function goesOn({ steps }: Accumulation, step: number): boolean {
  return step % steps !== 0;
}

/** Updates that were made before a step. */
export function updatesBefore({ steps }: Accumulation, step: number): number {
  return Math.floor(step / steps);
}

/** How many of the first steps of the Program a step of training runs: all of them where it updates. */
export function stepsOf(
  program: { readonly steps: readonly unknown[] },
  { steps, updateSteps }: Accumulation,
  step: number,
): number {
  return program.steps.length - ((step + 1) % steps === 0 ? 0 : updateSteps);
}
