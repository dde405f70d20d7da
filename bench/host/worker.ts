/** Entry of a worker thread of the benchmark: runs its work for as many milliseconds as a message says. */
import { parentPort, workerData } from 'node:worker_threads';
import { prepareWork, runFor, type Work } from './tinyml.ts';

const port = parentPort!;
const run = prepareWork(workerData as Work);

port.on('message', (milliseconds: number) => {
  port.postMessage(runFor(run, milliseconds));
});
port.postMessage(runFor(run, 0));
