import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeError } from './output-files.ts';

/** Lines of JSON, written as they come. */
export type StepLog = { readonly write: (line: object) => void; readonly close: () => void };

const SILENT: StepLog = { write: () => {}, close: () => {} };

/**
 * A log for `--log`. Unlike other outputs it is there while the command runs, and stays if that fails.
 * @param path a file, `-` for stdout, or undefined for no log
 * @param append go on with the file of an earlier run
 * @throws TinymlError E_WRITE, here and when writing
 */
export function openStepLog(path: string | undefined, append: boolean, dryRun: boolean): StepLog {
  if (path === undefined || dryRun) return SILENT;
  if (path === '-')
    return { write: (line) => void process.stdout.write(`${JSON.stringify(line)}\n`), close: () => {} };
  const guarded = <T>(write: () => T): T => {
    try {
      return write();
    } catch (cause) {
      throw writeError(path, cause);
    }
  };
  const descriptor = guarded(() => {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, append ? 'a' : 'w');
  });
  return {
    write: (line) => void guarded(() => writeSync(descriptor, `${JSON.stringify(line)}\n`)),
    close: () => closeSync(descriptor),
  };
}
