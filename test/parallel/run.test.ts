import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../src/data/types.ts';
import { runJob } from '../../src/parallel/run.ts';
import { type Result, sumOf, sumsJob } from './job.ts';

/** There are no threads where the sources run as they are. */
const compiled = import.meta.url.endsWith('.js');

const SETUP = { scale: 2, failAt: null, deadly: false, milliseconds: 1 };

/** Samples of two inputs; chunks of them have 64, 64 ... and what is left. */
function samples(count: number): readonly Sample[] {
  return Array.from({ length: count }, (_, i) => ({
    inputs: [Float32Array.of(i, 1, 2), Float32Array.of(i / 2)],
    label: i,
  }));
}

async function* each(all: readonly Sample[], pauseMs = 0): AsyncIterable<Sample> {
  for (const sample of all) {
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    yield sample;
  }
}

/** Runs until other threads have had a share, but at most five times. */
async function runShared(
  jobs: number,
): Promise<{ labels: unknown[]; sums: number[]; totals: readonly number[] }> {
  for (let attempt = 0; ; attempt++) {
    const threads = new Set<number>();
    const labels: unknown[] = [];
    const sums: number[] = [];
    const totals = await runJob(sumsJob({ ...SETUP, milliseconds: jobs > 1 ? 20 : 0 }), each(samples(3000)), {
      jobs,
      patience: 0,
      onResult: (chunk: readonly Sample[], result: Result) => {
        labels.push(...chunk.map(({ label }) => label));
        sums.push(...result.sums);
        threads.add(result.thread);
      },
    });
    if (threads.size === (compiled ? jobs : 1)) return { labels, sums, totals };
    assert.ok(attempt < 5, `${threads.size} threads worked, not ${jobs}`);
  }
}

test('results come in order and do not depend on the number of threads', async () => {
  const all = samples(3000);
  for (const jobs of [1, 2, 3]) {
    const { labels, sums, totals } = await runShared(jobs);
    assert.deepEqual(
      labels,
      all.map(({ label }) => label),
    );
    assert.deepEqual(
      sums,
      all.map((sample) => 2 * sumOf(sample)),
    );
    assert.equal(
      totals.reduce((a, b) => a + b),
      3000,
    );
  }
});

test('the first failure in the order of the samples is thrown, whoever meets it', async () => {
  for (const jobs of [1, 3]) {
    const seen: number[] = [];
    const failing = runJob(sumsJob({ ...SETUP, failAt: 1000, milliseconds: 5 }), each(samples(3000)), {
      jobs,
      patience: 0,
      onResult: (chunk) => seen.push(...chunk.map(({ label }) => label!)),
    });
    await assert.rejects(failing, { code: 'E_DATA', message: 'sample 1000', at: ['here'], hint: 'there' });
    assert.deepEqual(
      seen,
      Array.from({ length: 960 }, (_, i) => i),
    );
  }
});

test('what the reader of the samples and the listener throw ends the threads', async () => {
  async function* broken(): AsyncIterable<Sample> {
    yield* each(samples(200), 1);
    throw new Error('the disk is gone');
  }
  await assert.rejects(runJob(sumsJob(SETUP), broken(), { jobs: 2, patience: 0 }), /disk is gone/);
  const listener = runJob(sumsJob(SETUP), each(samples(200)), {
    jobs: 2,
    patience: 0,
    onResult: () => {
      throw new Error('no more');
    },
  });
  await assert.rejects(listener, /no more/);
});

test('samples of another shape are worked on here', async () => {
  const mixed = [...samples(100), { inputs: [Float32Array.of(7)], label: 100 }, ...samples(28)];
  const sums: number[] = [];
  await runJob(sumsJob(SETUP), each(mixed), {
    jobs: 2,
    patience: 0,
    onResult: (_, result) => sums.push(...result.sums),
  });
  assert.deepEqual(
    sums,
    mixed.map((sample) => 2 * sumOf(sample)),
  );
});

test('no samples give no results', async () => {
  assert.deepEqual(await runJob(sumsJob(SETUP), each([]), { jobs: 2, patience: 0 }), [0]);
});

test('a thread that dies is an error, not a hang', {
  skip: !compiled && 'there are no threads',
}, async () => {
  const run = runJob(sumsJob({ ...SETUP, deadly: true, milliseconds: 50 }), each(samples(3000)), {
    jobs: 2,
    patience: 0,
  });
  await assert.rejects(run, { code: 'E_INTERNAL', hint: '--jobs 1 works without threads' });
});
