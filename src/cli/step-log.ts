import { appendFileSync, closeSync } from 'node:fs';
import { printableJson } from '../diagnostics/printable.ts';
import type { Context } from './context.ts';
import { openGrowing, writeError } from './output-files.ts';

/** Lines of JSON, written as they come. */
type StepLog = { readonly write: (line: object) => void; readonly close: () => void };

const SILENT: StepLog = { write: () => {}, close: () => {} };

/**
 * A log for `--log`. Unlike other outputs it is there while the command runs, and stays if that fails.
 * @param path a file, `-` for stdout, or undefined for no log
 * @param append go on with the file of an earlier run
 * @throws TinymlError E_WRITE, here and when writing
 */
export function openStepLog(path: string | undefined, append: boolean, { dryRun, print }: Context): StepLog {
  if (path === undefined || dryRun) return SILENT;
  if (path === '-') return { write: (line) => print(`${printableJson(line)}\n`), close: () => {} };
  const descriptor = openGrowing(path, append);
  return {
    write: (line) => {
      try {
        appendFileSync(descriptor, `${JSON.stringify(line)}\n`);
      } catch (cause) {
        throw writeError(path, cause);
      }
    },
    close: () => closeSync(descriptor),
  };
}
