/** What compiled kernels offer, whatever they were compiled to. */
import type { EncodedProgram } from './encode.ts';
import type { Reductions } from './reductions.ts';

/** A Program that was checked and prepared, in memory of its own. */
export type Engine = {
  /** EncodedProgram.arenaBytes bytes; start at a multiple of 16, and are the same for the life of the engine. */
  readonly arena: Uint8Array;
  /** Runs steps first to end - 1, on so many threads where there are threads (default 1): the bytes are the same. */
  readonly run: (first: number, end: number, threads?: number) => void;
  /** Instruction set of the kernel that was chosen for a step. */
  readonly stepIsa: (step: number) => string;
};

export type Library = {
  /** Instruction sets of this processor, each including those before it: "generic", then "avx2" and so on. */
  readonly isas: readonly string[];
  /**
   * `isa`: the best that kernels may use.
   * @throws RangeError where there is not enough memory; else an Error whose `step` is the number of the bad step, or -1
   */
  readonly create: (program: EncodedProgram, isa: string) => Engine;
  /** Null where TypeScript is as good. */
  readonly reductions: Reductions | null;
};
