/** Names of classes as people write them: a text file with one a line. */
import { TinymlError } from '../diagnostics/errors.ts';
import { readRegularFile } from '../diagnostics/read-file.ts';
import { faultOfLabel } from './labels.ts';

/** Names of classes are part of a manifest, which is small. */
const MAX_BYTES = 512 * 1024;

/** By index of the class. @throws TinymlError E_FILE, E_DATA naming the lines that hold no name */
export function readLabels(path: string): readonly string[] {
  const bytes = readRegularFile(path, MAX_BYTES, (size) => {
    return refused(`a file of ${size} bytes is too large for names of classes`, path);
  });
  const lines = decoded(bytes, path)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  const faults = lines.flatMap((line, i) => {
    const fault = faultOfLabel(line);
    return fault === null ? [] : [`${path}, line ${i + 1}: ${fault}`];
  });
  if (faults.length === 0) return lines;
  throw refused(
    `${faults.length} of ${lines.length} lines ${faults.length === 1 ? 'is' : 'are'} no name of a class`,
    faults,
  );
}

function decoded(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw refused('the file is no text in UTF-8', path, cause);
  }
}

function refused(message: string, at: string | readonly string[], cause?: unknown): TinymlError {
  return new TinymlError('E_DATA', message, {
    at,
    hint: 'a file of labels is text in UTF-8 with the name of one class a line, in the order of the outputs',
    cause,
  });
}
