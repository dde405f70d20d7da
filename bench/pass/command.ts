/** The product's commands, as a user calls them. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

/** What the command prints with --json. @throws Error with its messages where it fails */
export function tinyml(args: readonly string[]): unknown {
  const bin = join(packageRoot(), 'bin', 'tinyml.js');
  const run = spawnSync(process.execPath, [bin, ...args, '--json', '--quiet'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (run.status !== 0) throw new Error(`tinyml ${args.join(' ')}:\n${run.stderr}`);
  return JSON.parse(run.stdout);
}
