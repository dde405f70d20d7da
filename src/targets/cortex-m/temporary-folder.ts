/** Folders that never outlive their use, nor the process. */
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { TinymlError } from '../../diagnostics/errors.ts';
import { makeTemporaryFolder, removeStale } from '../../diagnostics/temporary-names.ts';

/**
 * Gives `body` an empty folder and removes it afterwards, also where the process is ended in between (Ctrl-C). What killed
 * processes left is removed first.
 * @param purpose small letters, for the name of the folder
 * @throws TinymlError E_WRITE where there can be no such folder
 */
export async function withTemporaryFolder<T>(
  purpose: string,
  body: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = make(purpose);
  // What still writes into it (a compiler, where the process is ended) makes the first try fail.
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', remove);
  try {
    return await body(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

function make(purpose: string): string {
  try {
    removeStale(tmpdir());
    return makeTemporaryFolder(tmpdir(), purpose);
  } catch (cause) {
    throw new TinymlError('E_WRITE', 'no temporary folder can be made', {
      at: tmpdir(),
      hint: `Set TMPDIR to a folder that can be written to (${cause instanceof Error ? cause.message : String(cause)}).`,
      cause,
    });
  }
}
