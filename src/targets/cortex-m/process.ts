/** Child processes with a time limit and bounded output. */
import { type ChildProcess, spawn } from 'node:child_process';

type ProcessResult = {
  /** Exit status; null when a signal ended the process. */
  readonly status: number | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why the process could not be started. */
  readonly failure: string | null;
};

const MAX_OUTPUT = 16 * 1024 * 1024;

/** Processes under way: ended with this one, so that an interrupt leaves no compiler or emulator behind. */
const running = new Set<ChildProcess>();

function endAll(): void {
  for (const child of running) child.kill();
}

/** Runs a program without a shell and waits for its end; never throws. Killed after `timeoutMs`. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly timeoutMs: number },
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    if (running.size === 0) process.once('exit', endAll);
    running.add(child);
    const output = { stdout: '', stderr: '' };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    const end = (status: number | null, failure: string | null): void => {
      clearTimeout(timer);
      running.delete(child);
      if (running.size === 0) process.off('exit', endAll);
      resolve({ status, timedOut, ...output, failure });
    };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        if (output[stream].length < MAX_OUTPUT) output[stream] += text;
      });
    }
    child.on('error', (error) => end(null, error.message));
    child.on('close', (status) => end(status, null));
  });
}
