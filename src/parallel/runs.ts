/** Runs that take long, several at once on threads of their own: a run is the same wherever it is done. */
import { parentPort, Worker } from 'node:worker_threads';
import { TinymlError } from '../diagnostics/errors.ts';
import { errorOf, type PlainError, plainError } from './messages.ts';

/** Does one run. */
export type Perform<Run, Row> = (run: Run, hooks?: RunHooks) => Promise<Row>;

export type RunHooks = {
  readonly signal?: AbortSignal;
  /** After every step. */
  readonly onStep?: () => void;
};

type ToWorker<Setup, Run> =
  | { readonly kind: 'setup'; readonly setup: Setup }
  | { readonly kind: 'run'; readonly run: Run };

type FromWorker<Row> =
  | { readonly kind: 'ready' }
  /** Steps of the run under way that are done. */
  | { readonly kind: 'steps'; readonly steps: number }
  | { readonly kind: 'row'; readonly row: Row }
  | { readonly kind: 'failed'; readonly error: PlainError };

export type RunsOptions<Row> = {
  /** Threads. */
  readonly jobs: number;
  readonly signal: AbortSignal;
  /** As runs end, in any order. */
  readonly onRow: (row: Row) => void;
  /** Steps that were done since the last call, of all runs. */
  readonly onSteps: (steps: number) => void;
};

/** Steps are reported not more often than this. */
const REPORT_MS = 250;

/**
 * Does all runs. Where there are fewer runs than threads, each run has several.
 * @param entry compiled module of a thread, which calls `serveRuns`; null: one run at a time, here
 * @param setupFor plain values that all runs share, given the threads of one run
 * @throws TinymlError E_INTERRUPTED where `signal` said so, what a run throws, E_INTERNAL when a thread died
 */
export async function performAll<Setup, Run, Row>(
  entry: URL | null,
  create: (setup: Setup) => Promise<Perform<Run, Row>>,
  setupFor: (jobs: number) => Setup,
  runs: readonly Run[],
  options: RunsOptions<Row>,
): Promise<void> {
  const workers = entry === null ? 1 : Math.min(options.jobs, runs.length);
  const setup = setupFor(Math.max(1, Math.floor(options.jobs / Math.max(1, workers))));
  if (workers > 1) await runOnWorkers(entry!, setup, runs, workers, options);
  else await runHere(create, setup, runs, options);
}

async function runHere<Setup, Run, Row>(
  create: (setup: Setup) => Promise<Perform<Run, Row>>,
  setup: Setup,
  runs: readonly Run[],
  { signal, onRow, onSteps }: RunsOptions<Row>,
): Promise<void> {
  const perform = await create(setup);
  for (const run of runs) {
    if (signal.aborted) throw stopped();
    try {
      onRow(await perform(run, { signal, onStep: () => onSteps(1) }));
    } catch (error) {
      throw signal.aborted ? stopped() : error;
    }
  }
}

function runOnWorkers<Setup, Run, Row>(
  entry: URL,
  setup: Setup,
  runs: readonly Run[],
  count: number,
  { signal, onRow, onSteps }: RunsOptions<Row>,
): Promise<void> {
  const waiting = [...runs];
  const workers: Worker[] = [];
  const done = new Promise<void>((resolve, reject) => {
    let busy = count;
    const next = (worker: Worker): void => {
      const run = waiting.shift();
      if (run !== undefined) worker.postMessage({ kind: 'run', run } satisfies ToWorker<Setup, Run>);
      else if (--busy === 0) resolve();
    };
    const hear = (worker: Worker, message: FromWorker<Row>): void => {
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
      worker.on('message', (message: FromWorker<Row>) => hear(worker, message));
      worker.on('error', (error) => die(`a thread failed: ${(error as Error).message}`));
      worker.on('exit', (code) => {
        if (code !== 0) die(`a thread ended with status ${code}`);
      });
      worker.postMessage({ kind: 'setup', setup } satisfies ToWorker<Setup, Run>);
    }
  });
  return done.finally(() => Promise.all(workers.map((worker) => worker.terminate())));
}

function stopped(): TinymlError {
  return new TinymlError('E_INTERRUPTED', 'stopped; runs under way were given up', {
    hint: 'Runs that had ended are in the --log, if one was given: the same command with --resume goes on.',
  });
}

/** Does runs on the thread that it is called on, one after the other, as `performAll` tells it to. */
export function serveRuns<Setup, Run, Row>(create: (setup: Setup) => Promise<Perform<Run, Row>>): void {
  const port = parentPort!;
  const post = (message: FromWorker<Row>): void => port.postMessage(message);
  let perform: Perform<Run, Row> | null = null;
  port.on('message', async (message: ToWorker<Setup, Run>) => {
    try {
      switch (message.kind) {
        case 'setup':
          perform = await create(message.setup);
          post({ kind: 'ready' });
          break;
        case 'run': {
          let [steps, last] = [0, performance.now()];
          const report = (): void => {
            post({ kind: 'steps', steps });
            [steps, last] = [0, performance.now()];
          };
          const onStep = (): void => {
            steps++;
            if (performance.now() - last > REPORT_MS) report();
          };
          const row = await perform!(message.run, { onStep });
          report();
          post({ kind: 'row', row });
          break;
        }
      }
    } catch (thrown) {
      post({ kind: 'failed', error: plainError(thrown) });
    }
  });
}
