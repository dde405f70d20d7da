/** All runs of an ablation, several at once on threads of their own: a run is the same wherever it is done. */
import { Worker } from 'node:worker_threads';
import { TinymlError } from '../../diagnostics/errors.ts';
import { errorOf, type PlainError } from '../../parallel/messages.ts';
import type { Row } from './rows.ts';
import { createAblationRunner, type Run, type RunSetup } from './run.ts';

export type ToAblationWorker =
  | { readonly kind: 'setup'; readonly setup: RunSetup }
  | { readonly kind: 'run'; readonly run: Run };

export type FromAblationWorker =
  | { readonly kind: 'ready' }
  /** Steps of the run under way that are done. */
  | { readonly kind: 'steps'; readonly steps: number }
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'failed'; readonly error: PlainError };

type RunAllOptions = {
  /** Threads. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** As runs end, in any order. */
  readonly onRow: (row: Row) => void;
  /** Steps that were done since the last call, of all runs. */
  readonly onSteps: (steps: number) => void;
};

/** The compiled entry of a thread. Node cannot start one from TypeScript: from its sources, tinyml does one run at a time. */
const WORKER = import.meta.url.endsWith('.js') ? new URL('./worker.js', import.meta.url) : null;

/**
 * Does all runs. Where there are fewer runs than threads, each run has several.
 * @throws TinymlError E_INTERRUPTED where `signal` said so, what a run throws, E_INTERNAL when a thread died
 */
export async function runAll(setup: RunSetup, runs: readonly Run[], options: RunAllOptions): Promise<void> {
  const workers = WORKER === null ? 1 : Math.min(options.jobs, runs.length);
  const jobs = Math.max(1, Math.floor(options.jobs / Math.max(1, workers)));
  const { settings } = setup;
  const own: RunSetup = { ...setup, settings: { ...settings, trainer: { ...settings.trainer, jobs } } };
  if (workers > 1) await runOnWorkers(WORKER!, own, runs, workers, options);
  else await runHere(own, runs, options);
}

async function runHere(
  setup: RunSetup,
  runs: readonly Run[],
  { signal, onRow, onSteps }: RunAllOptions,
): Promise<void> {
  const perform = await createAblationRunner(setup);
  for (const run of runs) {
    if (signal.aborted) throw stopped();
    try {
      onRow(await perform(run, { signal, onStep: () => onSteps(1) }));
    } catch (error) {
      throw signal.aborted ? stopped() : error;
    }
  }
}

function runOnWorkers(
  entry: URL,
  setup: RunSetup,
  runs: readonly Run[],
  count: number,
  { signal, onRow, onSteps }: RunAllOptions,
): Promise<void> {
  const waiting = [...runs];
  const workers: Worker[] = [];
  const done = new Promise<void>((resolve, reject) => {
    let busy = count;
    const next = (worker: Worker): void => {
      const run = waiting.shift();
      if (run !== undefined) worker.postMessage({ kind: 'run', run } satisfies ToAblationWorker);
      else if (--busy === 0) resolve();
    };
    const hear = (worker: Worker, message: FromAblationWorker): void => {
      switch (message.kind) {
        case 'ready':
          next(worker);
          break;
        case 'steps':
          onSteps(message.steps);
          break;
        case 'row':
          try {
            onRow(message.row);
            next(worker);
          } catch (error) {
            reject(error);
          }
          break;
        case 'failed':
          reject(errorOf(message.error));
          break;
      }
    };
    const die = (why: string): void =>
      reject(new TinymlError('E_INTERNAL', why, { hint: '--jobs 1 works without threads' }));
    signal.addEventListener('abort', () => reject(stopped()));
    if (signal.aborted) reject(stopped());
    for (let i = 0; i < count; i++) {
      const worker = new Worker(entry);
      workers.push(worker);
      worker.on('message', (message: FromAblationWorker) => hear(worker, message));
      worker.on('error', (error) => die(`a thread failed: ${(error as Error).message}`));
      worker.on('exit', (code) => {
        if (code !== 0) die(`a thread ended with status ${code}`);
      });
      worker.postMessage({ kind: 'setup', setup } satisfies ToAblationWorker);
    }
  });
  return done.finally(() => Promise.all(workers.map((worker) => worker.terminate())));
}

function stopped(): TinymlError {
  return new TinymlError('E_INTERRUPTED', 'stopped; runs under way were given up', {
    hint: 'Runs that had ended are in the --log, if one was given: the same command with --resume goes on.',
  });
}
