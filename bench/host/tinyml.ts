/** tinyml's engine as a candidate: in this thread, or in worker threads that each run images of their own. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { createRunner } from '../../src/engine/index.ts';
import { createExecutor } from '../../src/execute/float.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Candidate, Work } from './measure.ts';
import { normalArray } from './random.ts';

/** How a graph is run, and how many images a call of it takes. Goes to threads by structured clone. */
export type Task = { readonly kind: 'int8' | 'float'; readonly graph: Graph; readonly images: number };

/** Prepares the task; the function makes one call. */
export function prepareTask({ kind, graph }: Task): () => void {
  switch (kind) {
    case 'int8': {
      const program = lower(graph);
      const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
      const run = createRunner(program, plan);
      const inputs = program.inputs.map(({ onnxShape }, i) =>
        Int8Array.from(normalArray(onnxShape, i), (x) => Math.max(-128, Math.min(127, 32 * x))),
      );
      return () => run(inputs);
    }
    case 'float': {
      const { run } = createExecutor(graph);
      const inputs = graph.inputs.map(({ value }, i): Tensor => {
        const { shape } = graph.values.get(value)!;
        return { dtype: 'float32', shape, data: normalArray(shape, i) };
      });
      return () => run(inputs);
    }
  }
}

export function runFor(run: () => void, images: number, milliseconds: number): Work {
  const start = performance.now();
  let calls = 0;
  do {
    run();
    calls++;
  } while (performance.now() - start < milliseconds);
  return { images: calls * images, calls };
}

export function inThisThread(task: Task): Candidate {
  const run = prepareTask(task);
  return {
    run: async (milliseconds) => runFor(run, task.images, milliseconds),
    close: async () => {},
  };
}

/** Node starts threads from compiled files only. */
const WORKER = import.meta.url.endsWith('.js') ? new URL('./worker.js', import.meta.url) : null;

export async function inThreads(task: Task, threads: number): Promise<Candidate> {
  if (WORKER === null) throw new Error('threads cannot be started from TypeScript sources');
  const workers = Array.from({ length: threads }, () => new Worker(WORKER, { workerData: task }));
  const answer = async (worker: Worker): Promise<Work> => (await once(worker, 'message'))[0];
  await Promise.all(workers.map(answer)); // the first message says that it is ready
  return {
    run: async (milliseconds) => {
      const done = await Promise.all(
        workers.map((worker) => {
          worker.postMessage(milliseconds);
          return answer(worker);
        }),
      );
      return {
        images: done.reduce((sum, work) => sum + work.images, 0),
        calls: done.reduce((sum, work) => sum + work.calls, 0),
      };
    },
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
