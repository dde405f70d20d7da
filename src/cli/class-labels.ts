/** --labels: names of classes, a text file with one a line. */
import { TinymlError } from '../diagnostics/errors.ts';
import { readRegularFile } from '../diagnostics/read-file.ts';
import { type Options, textOption } from './options.ts';

/** Names of classes are part of a manifest, which is small. */
const MAX_BYTES = 512 * 1024;

const MAX_CHARACTERS = 1000;

/** By index of the class; empty without --labels. @throws TinymlError E_FILE, E_DATA naming the lines that hold no name */
export function classLabels(options: Options): readonly string[] {
  const path = textOption(options, 'labels');
  if (path === undefined) return [];
  const bytes = readRegularFile(path, MAX_BYTES, (size) => {
    return refused(`a file of ${size} bytes is too large for names of classes`, path);
  });
  const lines = decoded(bytes, path)
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  const faults = lines.flatMap((line, i) => {
    const fault = faultOf(line);
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

function faultOf(line: string): string | null {
  if (line.trim() === '') return 'it is empty';
  if (line.length > MAX_CHARACTERS) return `it has ${line.length} characters, more than ${MAX_CHARACTERS}`;
  return line.includes('\0') ? 'it holds a NUL' : null;
}

function refused(message: string, at: string | readonly string[], cause?: unknown): TinymlError {
  return new TinymlError('E_DATA', message, {
    at,
    hint: 'a file of labels is text in UTF-8 with the name of one class a line, in the order of the outputs',
    cause,
  });
}
