/** Entry of a worker thread of the benchmark: runs its task for as many milliseconds as a message says. */
import { parentPort, workerData } from 'node:worker_threads';
import { prepareTask, runFor, type Task } from './tinyml.ts';

const port = parentPort!;
const run = prepareTask(workerData as Task);

port.on('message', (milliseconds: number) => {
  port.postMessage(runFor(run, milliseconds));
});
port.postMessage(runFor(run, 0));
