/** Which implementation of the kernels runs, and on what: a Program means the same with any, its scratch memory depends on it. */

/** Ours, or Arm's CMSIS-NN behind the same calls. */
export type KernelLibrary = 'builtin' | 'cmsis-nn';

/** Instruction sets that kernels make use of. */
export type CoreFeatures = { readonly dsp: boolean; readonly mve: boolean };
