/**
 * Runs a job on all samples of a data set, with this thread and, where there is enough to do, with worker threads.
 * Samples are read here, in order, and cut into chunks whose sizes depend on the samples alone; results are reported in
 * order. So nothing that comes out depends on the number of threads.
 */
import type { Sample } from '../data/types.ts';
import { chunksOf } from './chunks.ts';
import { startCrew } from './crew.ts';
import type { Job, Outcome } from './types.ts';

/** Threads are started for work that takes longer than this. */
const PATIENCE_MS = 100;

/** Results that may wait for an earlier one, per thread. */
const WAITING = 8;

type RunOptions<Result> = {
  /** Threads that compute, this one included; default 1. */
  readonly jobs?: number;
  /** Milliseconds of work after which threads are started. */
  readonly patience?: number;
  /** Called for every chunk, in order. */
  readonly onResult?: (samples: readonly Sample[], result: Result) => void;
};

/**
 * @returns the totals of all threads, this one's first
 * @throws what the job throws for the first chunk, in order, that it throws for; what reading the samples throws
 */
export async function runJob<Setup, Result, Total>(
  job: Job<Setup, Result, Total>,
  samples: AsyncIterable<Sample>,
  { jobs = 1, patience = PATIENCE_MS, onResult = () => {} }: RunOptions<Result> = {},
): Promise<readonly Total[]> {
  const local = job.prepare(job.setup);
  const outcomes = new Map<number, Outcome<Result>>();
  let reported = 0;
  const report = (): void => {
    for (let next = outcomes.get(reported); next !== undefined; next = outcomes.get(reported)) {
      outcomes.delete(reported++);
      if (next.kind === 'failed') throw next.error;
      onResult(next.samples, next.result);
    }
  };
  const crew = startCrew<Setup, Result, Total>(job, jobs - 1, outcomes);
  const start = performance.now();
  let index = 0;
  try {
    for await (const chunk of chunksOf(samples)) {
      if (jobs > 1 && performance.now() - start >= patience) crew.hire(chunk);
      if (!crew.take(index, chunk)) outcomes.set(index, runHere(local.run, chunk));
      index++;
      if (jobs > 1) await turn();
      for (report(); outcomes.size > WAITING * jobs; report()) await crew.news();
    }
    for (report(); reported < index; report()) await crew.news();
    return [local.finish(), ...(await crew.finish())];
  } finally {
    await crew.dismiss();
  }
}

function runHere<Result>(
  run: (samples: readonly Sample[]) => Result,
  samples: readonly Sample[],
): Outcome<Result> {
  try {
    return { kind: 'result', samples, result: run(samples) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

/** Messages of threads arrive between turns of the event loop. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
