/** The worker threads of a job: hired once, fed through shared memory, dismissed at the end. */
import { Worker } from 'node:worker_threads';
import type { Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { chunkLength } from './chunks.ts';
import { errorOf, type FromWorker, type Start, type ToWorker } from './messages.ts';
import type { Job, Outcome } from './types.ts';

/** The compiled entry of a thread. Node cannot start one from TypeScript: run from its sources, tinyml has one thread. */
const WORKER = import.meta.url.endsWith('.js') ? new URL('./worker.js', import.meta.url) : null;

/** A job leaves little garbage; by default a thread would let 48 MiB of it come together. */
const YOUNG_GENERATION_MB = 8;

/** Chunks that a thread has at once: one to work on, one to go on with. */
const SLOTS = 2;

type Slot = { readonly memory: SharedArrayBuffer; busy: boolean };

type Thread = { readonly worker: Worker; readonly slots: readonly Slot[]; ready: boolean };

type Crew<Total> = {
  /** Starts the threads, for chunks like this one; does nothing the second time. */
  readonly hire: (chunk: readonly Sample[]) => void;
  /** Gives a chunk to a thread. @returns false where no thread is free or the chunk is of another shape */
  readonly take: (index: number, chunk: readonly Sample[]) => boolean;
  /** Resolves when a thread has said something. @throws TinymlError E_INTERNAL when a thread died */
  readonly news: () => Promise<void>;
  /** Tells the threads that there is no more. @returns their totals */
  readonly finish: () => Promise<readonly Total[]>;
  /** Ends the threads at once. */
  readonly dismiss: () => Promise<void>;
};

/** @param outcomes where the outcomes of chunks go, under their index */
export function startCrew<Setup, Result, Total>(
  { module, name, setup }: Job<Setup, Result, Total>,
  size: number,
  outcomes: Map<number, Outcome<Result>>,
): Crew<Total> {
  const underWay = new Map<number, readonly Sample[]>();
  let lengths: readonly number[] = [];
  let threads: readonly Thread[] = [];
  const totals: Total[] = [];
  let hear = (): void => {};
  let died: TinymlError | null = null;

  const die = (message: string): void => {
    died ??= new TinymlError('E_INTERNAL', message, { hint: '--jobs 1 works without threads' });
    hear();
  };
  const listen = (thread: Thread, message: FromWorker): void => {
    switch (message.kind) {
      case 'ready':
        thread.ready = true;
        break;
      case 'result':
      case 'failed': {
        const samples = underWay.get(message.index)!;
        underWay.delete(message.index);
        thread.slots[message.slot]!.busy = false;
        outcomes.set(
          message.index,
          message.kind === 'result'
            ? { kind: 'result', samples, result: message.result as Result }
            : { kind: 'failed', error: errorOf(message.error) },
        );
        break;
      }
      case 'total':
        totals.push(message.total as Total);
        break;
    }
    hear();
  };

  const start = (slotBytes: number): Thread => {
    const slots = Array.from({ length: SLOTS }, () => ({
      memory: new SharedArrayBuffer(slotBytes),
      busy: false,
    }));
    const worker = new Worker(WORKER!, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } });
    const memories = slots.map(({ memory }) => memory);
    worker.postMessage({ module, name, setup, slots: memories, lengths } satisfies Start);
    const thread: Thread = { worker, slots, ready: false };
    worker.on('message', (message: FromWorker) => listen(thread, message));
    worker.on('error', (cause) => die(`a worker thread failed: ${cause.message}`));
    worker.on('exit', () => die('a worker thread ended before its work'));
    return thread;
  };

  const news = async (): Promise<void> => {
    if (died === null) {
      await new Promise<void>((resolve) => {
        hear = resolve;
      });
    }
    hear = () => {};
    if (died !== null) throw died;
  };

  return {
    hire: (chunk) => {
      if (WORKER === null || threads.length > 0) return;
      const [first] = chunk as readonly [Sample];
      lengths = first.inputs.map((input) => input.length);
      const bytes = chunkLength(first) * lengths.reduce((sum, length) => sum + 4 * length, 0);
      threads = Array.from({ length: size }, () => start(bytes));
    },
    take: (index, chunk) => {
      const fits = chunk.every(({ inputs }) => {
        return inputs.length === lengths.length && inputs.every((input, i) => input.length === lengths[i]);
      });
      if (!fits) return false;
      for (const { ready, worker, slots } of threads) {
        const slot = ready ? slots.findIndex(({ busy }) => !busy) : -1;
        if (slot < 0) continue;
        fill(slots[slot]!, chunk);
        underWay.set(index, chunk);
        const message: ToWorker = { kind: 'chunk', index, slot, labels: chunk.map(({ label }) => label) };
        worker.postMessage(message);
        return true;
      }
      return false;
    },
    news,
    finish: async () => {
      const ready = threads.filter((thread) => thread.ready); // the others have done nothing
      for (const { worker } of ready) worker.postMessage({ kind: 'finish' } satisfies ToWorker);
      while (totals.length < ready.length) await news();
      return totals;
    },
    dismiss: async () => {
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

function fill(slot: Slot, chunk: readonly Sample[]): void {
  const floats = new Float32Array(slot.memory);
  let at = 0;
  for (const { inputs } of chunk) {
    for (const input of inputs) {
      floats.set(input, at);
      at += input.length;
    }
  }
  slot.busy = true;
}
