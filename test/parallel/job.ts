/** Jobs for the tests of threads. */
import { threadId } from 'node:worker_threads';
import type { Sample } from '../../src/data/types.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import type { Job, PreparedJob } from '../../src/parallel/types.ts';

export type Setup = {
  readonly scale: number;
  /** Label of the sample that the job fails for. */
  readonly failAt: number | null;
  /** Worker threads die of their first chunk. */
  readonly deadly: boolean;
  /** How long a chunk takes. */
  readonly milliseconds: number;
};
/** Scaled sums of the inputs, and the thread that made them. */
export type Result = { readonly sums: readonly number[]; readonly thread: number };
/** Samples seen. */
export type Total = number;

export function prepareSums({ scale, failAt, deadly, milliseconds }: Setup): PreparedJob<Result, Total> {
  let seen = 0;
  return {
    run: (samples) => {
      if (deadly && threadId !== 0) process.exit(3);
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
      seen += samples.length;
      for (const { label } of samples) {
        if (label === failAt)
          throw new TinymlError('E_DATA', `sample ${label}`, { at: 'here', hint: 'there' });
      }
      return { sums: samples.map((sample) => scale * sumOf(sample)), thread: threadId };
    },
    finish: () => seen,
  };
}

export function sumOf({ inputs }: Sample): number {
  return inputs.reduce((sum, input) => input.reduce((a, b) => a + b, sum), 0);
}

export function sumsJob(setup: Setup): Job<Setup, Result, Total> {
  return { module: import.meta.url, name: 'prepareSums', prepare: prepareSums, setup };
}
