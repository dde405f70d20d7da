import { existsSync, statSync } from 'node:fs';
import { TinymlError } from '../diagnostics/errors.ts';
import { type Options, textOption } from './options.ts';
import { type OutputFiles, realPath } from './output-files.ts';

/** Options that name what is read. */
const READ = ['data', 'eval', 'validation', 'preprocess', 'golden', 'scheme'] as const;

/**
 * Before the work, not after it: every file that an option names can be written, and none is the model or another file
 * that is read, or the file of another option.
 * @throws TinymlError E_WRITE, E_USAGE
 */
export function checkOutputs(
  outputs: OutputFiles,
  options: Options,
  names: readonly string[],
  model: string,
): void {
  const taken = new Map([[realPath(model), 'the model']]);
  for (const name of READ) {
    const path = textOption(options, name);
    if (path !== undefined && existsSync(path) && !isDevice(path)) taken.set(realPath(path), `--${name}`);
  }
  for (const name of names) {
    const path = textOption(options, name);
    if (path === undefined) continue;
    outputs.checkFile(path);
    const other = taken.get(realPath(path));
    if (other !== undefined) {
      throw new TinymlError('E_USAGE', `--${name} and ${other} are the same file`, {
        at: path,
        hint: 'Give each output a file of its own.',
      });
    }
    if (!isDevice(path)) taken.set(realPath(path), `--${name}`);
  }
}

/** Anything may go to /dev/null at once. */
function isDevice(path: string): boolean {
  return existsSync(path) && !statSync(path).isFile();
}
