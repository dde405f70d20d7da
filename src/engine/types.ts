/** What compiled kernels offer, whatever they were compiled to. */
import type { EncodedProgram } from './encode.ts';

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

/** Over the values of a tensor, for calibration and error analysis. */
export type Reductions = {
  /** Writes the least and the greatest of at least one value. @returns false where one is NaN or infinite */
  readonly extent: (values: Float32Array, result: Float32Array) => boolean;
  /**
   * counts[floor(value * perUnit) + counts.length / 2]++; what lies beyond, in the first or last bin.
   * @param perUnit a power of two
   * @param counts an even number of bins
   */
  readonly countBins: (values: Float32Array, perUnit: number, counts: Float64Array) => void;
  /**
   * Counts each value in one of OCTAVE_BINS bins: its sign, exponent and the first bits of its mantissa.
   */
  readonly countOctaves: (values: Float32Array, counts: Float64Array) => void;
  /**
   * Adds to `sums`, for codes that stand for (code - zeroPoint) * scale: the sum of value^2, the sum of the squared
   * differences, and how many values lie below `low` or above `high`. Compiled code takes 8-bit codes alone.
   */
  readonly compareCodes: (
    values: Float32Array,
    codes: Int8Array | Int16Array,
    scale: number,
    zeroPoint: number,
    low: number,
    high: number,
    sums: Float64Array,
  ) => void;
};
