import type { Step } from './kernels/index.ts';
import type { ProgramPort, ProgramTensor } from './types.ts';

/** What runs, in order, on which tensors. One meaning, four uses: reference, engine, plan, C. */
export type Program = {
  readonly name: string;
  readonly inputs: readonly ProgramPort[];
  readonly outputs: readonly ProgramPort[];
  readonly tensors: readonly ProgramTensor[];
  readonly steps: readonly Step[];
  /** Steps that run more than once, on one part of their tensors after the other, in their order; left out: none. */
  readonly loops?: readonly Loop[];
};

/** Steps that run together, on rows of tensors that go through them block by block (loops.ts). */
export type Loop = {
  /** Index of the first step, and of the one behind the last. */
  readonly first: number;
  readonly end: number;
  /** In the order in which they run. */
  readonly calls: readonly Call[];
};

/** One call of a step. */
export type Call = {
  readonly step: number;
  /** Elements from where each input, and each output, begins to where the call has it. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
};
