/** Entry of a worker thread: runs one job on the chunks that the main thread puts into shared memory. */
import { parentPort } from 'node:worker_threads';
import type { Sample } from '../data/types.ts';
import { type FromWorker, plainError, type Start, type ToWorker } from './messages.ts';
import type { PreparedJob } from './types.ts';

const port = parentPort!;
const post = (message: FromWorker): void => port.postMessage(message);

// What the job is made from comes as a message, not as workerData, which would hold it to the end.
port.once('message', async ({ module, name, setup, slots, lengths }: Start) => {
  const { [name]: prepare } = (await import(module)) as {
    readonly [name: string]: (setup: unknown) => PreparedJob<unknown, unknown>;
  };
  const job = prepare!(setup);
  port.on('message', (message: ToWorker) => post(answer(job, message, slots, lengths)));
  post({ kind: 'ready' });
});

function answer(
  job: PreparedJob<unknown, unknown>,
  message: ToWorker,
  slots: Start['slots'],
  lengths: Start['lengths'],
): FromWorker {
  switch (message.kind) {
    case 'chunk': {
      const { index, slot, labels } = message;
      try {
        const samples = samplesIn(slots[slot]!, lengths, labels);
        return { kind: 'result', index, slot, result: job.run(samples) };
      } catch (thrown) {
        return { kind: 'failed', index, slot, error: plainError(thrown) };
      }
    }
    case 'finish':
      return { kind: 'total', total: job.finish() };
  }
}

function samplesIn(
  slot: SharedArrayBuffer,
  lengths: readonly number[],
  labels: readonly (number | null)[],
): readonly Sample[] {
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
