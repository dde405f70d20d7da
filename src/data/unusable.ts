/** All files of a folder that cannot be used, in one error: whoever repairs a data set wants to know of every one. */
import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import { requireFit } from './fit.ts';
import type { Preprocess } from './preprocess.ts';
import type { Source } from './source.ts';

/** Files that are looked into once one cannot be used, and those of them that are listed. */
const LOOKED_INTO = 2000;
const LISTED = 10;
/** Different hints that are given. */
const HINTS = 2;

/** Reads a file of a data set. @throws TinymlError */
type Read<T> = (path: string) => T;

/**
 * The same reading, where the first file that fails makes all files be read and those that fail be named.
 * @param paths of all files of the data set
 * @param readWhole finds whatever may be wrong with a file
 */
export function namingDamaged<T>(read: Read<T>, paths: readonly string[], readWhole: Read<unknown>): Read<T> {
  return (path) => {
    try {
      return read(path);
    } catch (error) {
      if (!isOfFile(error)) throw error;
      throw inOne(faultsAmong(error, path, paths, readWhole), path, paths.length);
    }
  };
}

/**
 * Does something with one file, where one that does not fit the model makes the headers of all be looked at and those that do not fit be
 * named. Where none fits, for one reason, that is the error: it is not of the files.
 * @param at the file
 */
export function namingMisfits<T>(
  { outline, files }: Source,
  inputShapes: readonly (readonly number[])[],
  preprocess: Preprocess,
  at: string,
  use: () => T,
): T {
  try {
    return use();
  } catch (error) {
    if (outline === undefined || !isOfFile(error)) throw error;
    const known = faultsAmong(error, at, files, (path) =>
      requireFit(outline(path), inputShapes, preprocess, path),
    );
    const isOfAll =
      known.length >= Math.min(files.length, LOOKED_INTO) &&
      known.every(({ message }) => message === error.message);
    throw isOfAll ? error : inOne(known, at, files.length);
  }
}

/** Faults of a file alone; what does not fit a model would be the same of all. */
function isOfFile(error: unknown): error is TinymlError {
  return error instanceof TinymlError && (error.code === 'E_DATA' || error.code === 'E_FILE');
}

/** In the order of the files, as far as they are looked into. @param first of the file at `path` */
function faultsAmong(
  first: TinymlError,
  path: string,
  paths: readonly string[],
  read: Read<unknown>,
): readonly TinymlError[] {
  const faults = paths.slice(0, LOOKED_INTO).flatMap((other) => {
    const fault = other === path ? first : faultOf(other, read);
    return fault === null ? [] : [fault];
  });
  return faults.includes(first) ? faults : [first, ...faults];
}

/** @param path of the file that failed first @param files as many as there are */
function inOne(known: readonly TinymlError[], path: string, files: number): TinymlError {
  const [first] = known as readonly [TinymlError];
  if (known.length < 2) return first;
  const least = files > LOOKED_INTO ? 'at least ' : '';
  const listed = known.slice(0, LISTED).map(({ message, at }) => `${at[0] ?? path}: ${message}`);
  const more = known.length - listed.length;
  const hints = [...new Set(known.flatMap(({ hint }) => hint ?? []))].slice(0, HINTS);
  return new TinymlError(
    'E_DATA',
    `${least}${formatCount(known.length)} of ${formatCount(files)} files cannot be used, the first: ${first.message}`,
    {
      at: more > 0 ? [...listed, `and ${formatCount(more)} more`] : listed,
      ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
      cause: first,
    },
  );
}

function faultOf(path: string, read: Read<unknown>): TinymlError | null {
  try {
    read(path);
    return null;
  } catch (error) {
    if (isOfFile(error)) return error;
    throw error;
  }
}
