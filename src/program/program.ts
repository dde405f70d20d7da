import type { Step } from './kernels/index.ts';
import type { ProgramPort, ProgramTensor, TensorId } from './types.ts';

/** What runs, in order, on which tensors. One meaning, four uses: reference, engine, plan, C. */
export type Program = {
  readonly name: string;
  readonly inputs: readonly ProgramPort[];
  readonly outputs: readonly ProgramPort[];
  readonly tensors: readonly ProgramTensor[];
  readonly steps: readonly Step[];
  /** Steps that run block by block, in their order; left out: none. */
  readonly loops?: readonly Loop[];
};

/** Steps that run together for one block of rows after the other (loops.ts). */
export type Loop = {
  /** Index of the first step, and of the one behind the last. */
  readonly first: number;
  readonly end: number;
  /** How many blocks there are. */
  readonly times: number;
  /**
   * Elements from where a tensor is used in one block to where it is in the next. Those that are not named stay where they are: what is read
   * whole for every block, and what the loop makes anew for each, which nothing else sees.
   */
  readonly advances: ReadonlyMap<TensorId, number>;
};
