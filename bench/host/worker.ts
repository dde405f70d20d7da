/** Entry of a worker thread of the benchmark: runs its task for as many milliseconds as a message says. */
import { parentPort, workerData } from 'node:worker_threads';
import { prepareTask, runFor, type Task } from './tinyml.ts';

const port = parentPort!;
const task = workerData as Task;
const run = prepareTask(task);

port.on('message', (milliseconds: number) => {
  port.postMessage(runFor(run, task.images, milliseconds));
});
port.postMessage(runFor(run, task.images, 0));
