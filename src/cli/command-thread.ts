/**
 * Entry of the thread that a command runs on. The thread of the process is left to hear signals, so that a command can be
 * stopped whatever it is at: reading, planning, or in a loop that never turns the event loop.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { paintFor } from '../diagnostics/color.ts';
import { EXIT } from '../diagnostics/errors.ts';
import type { Progress } from '../diagnostics/progress.ts';
import { COMMANDS } from './commands.ts';
import { createCommitGate } from './commit-gate.ts';
import { perform } from './perform.ts';
import type { FromThread, Start, TaskEvent, ToThread } from './thread-messages.ts';

/** Milliseconds between two updates of a task. */
const UPDATE_MS = 50;

const { command, args, flags, words, style, terminals, gate } = workerData as Start;
const port = parentPort!;
const post = (message: FromThread): void => port.postMessage(message);
let abort = new AbortController();

port.on('message', (message: ToThread) => {
  switch (message) {
    case 'abort':
      abort.abort();
      break;
    case 'stop':
      process.exit(EXIT.interrupted); // ends this thread, and what it has begun: compilers, temporary folders
  }
});

const status = await perform(
  { command: COMMANDS.find(({ name }) => name === command)!, args, flags, words },
  {
    style,
    styled: (known) => post({ kind: 'styled', style: known }),
    paintFor: (stream, color) => paintFor({ isTTY: terminals[stream] }, color, process.env),
    print: (text) => post({ kind: 'print', text }),
    say: (text) => post({ kind: 'say', text }),
    progress: progressBy(post),
    deferInterrupt: () => {
      abort = new AbortController();
      post({ kind: 'deferred', deferred: true });
      return { signal: abort.signal, end: () => post({ kind: 'deferred', deferred: false }) };
    },
    gate: createCommitGate(gate),
    unfinished: (path) => post({ kind: 'unfinished', path }),
  },
);
post({ kind: 'end', status });

/** Updates are told no more often than anybody can see. */
function progressBy(tell: (message: FromThread) => void): Progress {
  let tasks = 0;
  return (label, total, unit) => {
    const task = tasks++;
    const send = (event: TaskEvent): void => tell({ kind: 'task', task, event });
    send({ kind: 'start', label, total, unit });
    let next = 0;
    let last = 0;
    return {
      update: (done, state) => {
        last = done;
        const now = performance.now();
        if (now < next) return;
        next = now + UPDATE_MS;
        send({ kind: 'update', done, ...(state === undefined ? {} : { state }) });
      },
      say: (line) => send({ kind: 'say', line }),
      finish: () => send({ kind: 'finish', done: last }),
      fail: () => send({ kind: 'fail' }),
    };
  };
}
