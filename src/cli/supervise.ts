/**
 * Runs a command on a thread of its own and hears signals meanwhile, whatever the command is at. A signal before its
 * outputs are put in their places stops it and leaves everything as it was; one that comes later finds a success.
 */
import { Worker } from 'node:worker_threads';
import { paintFor } from '../diagnostics/color.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { createProgress, type Progress, type Task } from '../diagnostics/progress.ts';
import { createCommitGate, GATE_BYTES } from './commit-gate.ts';
import type { Host, Style } from './host.ts';
import { interrupted, listenForInterrupts } from './interrupts.ts';
import { removeUnfinished, writeError } from './output-files.ts';
import type { Call } from './parse.ts';
import { errorMessage } from './perform.ts';
import type { Terminal } from './terminal.ts';
import type { FromThread, Start, ToThread } from './thread-messages.ts';

/** The compiled entry of the thread. Node cannot start one from TypeScript: from its sources, tinyml has one thread. */
const THREAD = import.meta.url.endsWith('.js') ? new URL('./command-thread.js', import.meta.url) : null;

/** How long a command may take to end its compilers and folders before its thread is ended, in milliseconds. */
const POLITE_MS = 250;

/** A command under way. */
type Running = {
  readonly status: Promise<number>;
  /** For work that can end in good order. */
  readonly abort: () => void;
  /** Ends it now. */
  readonly stop: () => Promise<void>;
};

/** @returns the exit status (docs/cli.md); does not return where a signal stopped the command. */
export async function supervise(call: Call, style: Style, terminal: Terminal): Promise<number> {
  requireCurrentFolder();
  const memory = new SharedArrayBuffer(GATE_BYTES);
  const unfinished: string[] = [];
  let known = style;
  let deferred = false;
  const streams = { stdout: process.stdout, stderr: process.stderr };
  const host: Omit<Host, 'deferInterrupt'> = {
    style,
    styled: (resolved) => {
      known = resolved;
    },
    paintFor: (stream, color) => paintFor(streams[stream], color, process.env),
    print: terminal.print,
    say: terminal.say,
    progress: (label, total, unit) => progressOn(terminal, known)(label, total, unit),
    gate: createCommitGate(memory),
    unfinished: (path) => void unfinished.push(path),
  };
  const defer = (now: boolean): void => {
    deferred = now;
  };
  const running =
    THREAD === null ? runHere(call, host, defer) : runOnThread(THREAD, call, host, memory, defer);

  /** Ends the process; `error` says why. */
  const end = (error: TinymlError): void => {
    stopListening(); // the next signal does what the system does
    removeUnfinished(unfinished);
    terminal.say(errorMessage(error, known, host));
    process.exit(error.exitStatus);
  };
  const stop = (error: TinymlError): void => void running.stop().finally(() => end(error));
  const stopListening = listenForInterrupts({
    gate: host.gate,
    deferred: () => deferred,
    abort: running.abort,
    stop: () => stop(interrupted()),
    end: () => end(interrupted()),
  });
  terminal.onFailure((cause) => {
    // Else the outputs are in their places already, and main says what is wrong.
    if (host.gate.stop()) stop(writeError('standard output', cause));
  });
  try {
    const status = await running.status;
    await terminal.drained();
    return status;
  } finally {
    // A command that has put its outputs in their places is a success, whatever comes until the process ends.
    if (host.gate.stop()) stopListening();
  }
}

type Defer = (now: boolean) => void;

function runOnThread(
  entry: URL,
  { command, args, flags, words }: Call,
  host: Omit<Host, 'deferInterrupt'>,
  gate: SharedArrayBuffer,
  defer: Defer,
): Running {
  const terminals = { stdout: process.stdout.isTTY === true, stderr: process.stderr.isTTY === true };
  const start: Start = { command: command.name, args, flags, words, style: host.style, terminals, gate };
  const worker = new Worker(entry, { workerData: start });
  const tasks = new Map<number, Task>();
  const send = (message: ToThread): void => worker.postMessage(message);
  let stopping = false;
  const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  const status = new Promise<number>((resolve, reject) => {
    worker.on('message', (message: FromThread) => {
      if (stopping && message.kind !== 'unfinished') return; // it has nothing more to say
      switch (message.kind) {
        case 'print':
          return host.print(message.text);
        case 'say':
          return host.say(message.text);
        case 'styled':
          return host.styled(message.style);
        case 'unfinished':
          return host.unfinished(message.path);
        case 'deferred':
          return defer(message.deferred);
        case 'task':
          return follow(tasks, host.progress, message);
        case 'end':
          resolve(message.status);
          void worker.terminate();
      }
    });
    const fail = (error: NodeJS.ErrnoException): void => {
      if (!stopping) reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory(error) : error);
    };
    worker.once('error', fail);
    worker.once('exit', (code) => {
      fail(new TinymlError('E_INTERNAL', `the thread of the command ended with status ${code}`));
    });
  });
  return {
    status,
    abort: () => send('abort'),
    stop: async () => {
      stopping = true;
      send('stop');
      await Promise.race([gone, delay(POLITE_MS)]);
      // A call of the system or of native code is not cut short; the process need not wait for it here.
      await Promise.race([worker.terminate(), delay(POLITE_MS)]);
      for (const task of tasks.values()) task.fail();
    },
  };
}

function follow(
  tasks: Map<number, Task>,
  progress: Progress,
  { task: id, event }: Extract<FromThread, { kind: 'task' }>,
): void {
  switch (event.kind) {
    case 'start':
      tasks.set(id, progress(event.label, event.total, event.unit));
      break;
    case 'update':
      tasks.get(id)!.update(event.done, event.state);
      break;
    case 'say':
      tasks.get(id)!.say(event.line);
      break;
    case 'finish':
      tasks.get(id)!.finish(event.done);
      tasks.delete(id);
      break;
    case 'fail':
      tasks.get(id)!.fail();
      tasks.delete(id);
  }
}

function runHere(call: Call, host: Omit<Host, 'deferInterrupt'>, defer: Defer): Running {
  let abort = new AbortController();
  const deferInterrupt = (): { readonly signal: AbortSignal; readonly end: () => void } => {
    abort = new AbortController();
    defer(true);
    return { signal: abort.signal, end: () => defer(false) };
  };
  return {
    status: import('./perform.ts').then(({ perform }) => perform(call, { ...host, deferInterrupt })),
    abort: () => abort.abort(),
    stop: async () => {},
  };
}

function outOfMemory(cause: Error): TinymlError {
  return new TinymlError('E_INTERNAL', 'there is not enough memory', {
    hint: 'NODE_OPTIONS=--max-old-space-size=8192 allows 8 GiB.',
    cause,
  });
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Without one, no path means anything, nor does Node start a thread. @throws TinymlError E_FILE */
function requireCurrentFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new TinymlError('E_FILE', 'the current folder does not exist any more', {
      hint: 'Change to another folder.',
      cause,
    });
  }
}

function progressOn(terminal: Terminal, { color, verbose }: Style): Progress {
  const { stderr, env } = process;
  return createProgress({
    stream: { isTTY: stderr.isTTY, columns: stderr.columns, write: terminal.say },
    env,
    quiet: false,
    verbose,
    paint: paintFor(stderr, color, env),
  });
}
