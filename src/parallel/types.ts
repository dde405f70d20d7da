/** Work on the samples of a data set that threads can share. */
import type { Sample } from '../data/types.ts';

/** A job as one thread has it. Results and totals are numbers, typed arrays, and plain objects, arrays and maps of them. */
export type PreparedJob<Result, Total> = {
  /** Called for consecutive samples. The inputs are valid during the call only. */
  readonly run: (samples: readonly Sample[]) => Result;
  /**
   * Called once, at the end: what the thread has gathered over all its calls. Which calls those were depends on the
   * number of threads and on chance, so totals must be of a kind that adds up exactly in any order.
   */
  readonly finish: () => Total;
};

export type Job<Setup, Result, Total> = {
  /** `import.meta.url` of the module that exports `prepare`, and the name it is exported under. */
  readonly module: string;
  readonly name: string;
  readonly prepare: (setup: Setup) => PreparedJob<Result, Total>;
  /** Goes to every thread by structured clone. */
  readonly setup: Setup;
};

/** What became of a chunk of samples. */
export type Outcome<Result> =
  | { readonly kind: 'result'; readonly samples: readonly Sample[]; readonly result: Result }
  | { readonly kind: 'failed'; readonly error: unknown };
