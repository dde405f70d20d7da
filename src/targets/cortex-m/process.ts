/** Child processes with a time limit and bounded output. */
import { spawn } from 'node:child_process';
import { endWithUs } from '../../diagnostics/child-processes.ts';

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

/** Runs a program without a shell and waits for its end; never throws. Killed after `timeoutMs`. */
export function runProcess(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly timeoutMs: number },
): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = endWithUs(child);
    const output = { stdout: '', stderr: '' };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.timeoutMs);
    const end = (status: number | null, failure: string | null): void => {
      clearTimeout(timer);
      ended();
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
