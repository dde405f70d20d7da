/** Entry of a worker thread: runs one job on the chunks that the main thread puts into shared memory. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Sample } from '../data/types.ts';
import { type FromWorker, plainError, type ToWorker, type WorkerStart } from './messages.ts';
import type { PreparedJob } from './types.ts';

const port = parentPort!;
const { module, name, setup, slots, lengths } = workerData as WorkerStart;
const { [name]: prepare } = (await import(module)) as {
  readonly [name: string]: (setup: unknown) => PreparedJob<unknown, unknown>;
};
const job = prepare!(setup);
const post = (message: FromWorker): void => port.postMessage(message);

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'chunk': {
      const { index, slot, labels } = message;
      try {
        post({ kind: 'result', index, slot, result: job.run(samplesIn(slots[slot]!, labels)) });
      } catch (thrown) {
        post({ kind: 'failed', index, slot, error: plainError(thrown) });
      }
      return;
    }
    case 'finish':
      post({ kind: 'total', total: job.finish() });
  }
});
post({ kind: 'ready' });

function samplesIn(slot: SharedArrayBuffer, labels: readonly (number | null)[]): readonly Sample[] {
  let offset = 0;
  return labels.map((label) => {
    const inputs = lengths.map((length) => {
      const input = new Float32Array(slot, offset, length);
      offset += input.byteLength;
      return input;
    });
    return { inputs, label };
  });
}
