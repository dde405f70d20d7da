import type { Step } from './kernels/index.ts';
import type { ProgramPort, ProgramTensor } from './types.ts';

/** What runs, in order, on which tensors. One meaning, four uses: reference, engine, plan, C. */
export type Program = {
  readonly name: string;
  readonly inputs: readonly ProgramPort[];
  readonly outputs: readonly ProgramPort[];
  readonly tensors: readonly ProgramTensor[];
  readonly steps: readonly Step[];
};
