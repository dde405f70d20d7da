/** Entry of a thread that does runs of an ablation, one after the other. */
import { parentPort } from 'node:worker_threads';
import { plainError } from '../../parallel/messages.ts';
import { createAblationRunner, type Runner } from './run.ts';
import type { FromAblationWorker, ToAblationWorker } from './run-all.ts';

const port = parentPort!;
const post = (message: FromAblationWorker): void => port.postMessage(message);

/** Steps are reported not more often than this. */
const REPORT_MS = 250;

let perform: Runner | null = null;

port.on('message', async (message: ToAblationWorker) => {
  try {
    switch (message.kind) {
      case 'setup':
        perform = await createAblationRunner(message.setup);
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
