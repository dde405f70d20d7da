import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/package-root.ts';

export type Outcome = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
};

export type RunOptions = {
  readonly cwd?: string;
  /** Added to a clean environment: PATH and HOME only. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of node itself. */
  readonly nodeOptions?: readonly string[];
};

const compiled = import.meta.url.includes('/dist/test/');

/** Arguments of node that start the command line: the package as installed, or its sources through tsx. */
export function entryArguments(): readonly string[] {
  if (compiled) return [join(packageRoot(), 'bin', 'tinyml.js')];
  const loader = join(packageRoot(), 'node_modules', 'tsx', 'dist', 'loader.mjs');
  return ['--import', pathToFileURL(loader).href, join(packageRoot(), 'test', 'cli', 'entry.ts')];
}

export function start(args: readonly string[], options: RunOptions = {}): ChildProcess {
  const { PATH = '', HOME = '' } = process.env;
  return spawn(process.execPath, [...(options.nodeOptions ?? []), ...entryArguments(), ...args], {
    cwd: options.cwd ?? packageRoot(),
    env: { PATH, HOME, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs the command line in a process of its own, its output in pipes, and waits for its end. */
export function tinyml(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return outcome(start(args, options));
}

export function outcome(child: ChildProcess): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const output = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output.stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, ...output }));
  });
}
