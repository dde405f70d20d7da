/** All files of a folder that cannot be read, in one error: whoever repairs a data set wants to know of every one. */
import { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';

/** Files that are looked into once one is damaged, and those of the damaged that are listed. */
const LOOKED_INTO = 2000;
const LISTED = 10;

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
      throw allDamaged(error, path, paths, readWhole);
    }
  };
}

/** Faults of a file alone; what does not fit a model would be the same of all. */
function isOfFile(error: unknown): error is TinymlError {
  return error instanceof TinymlError && (error.code === 'E_DATA' || error.code === 'E_FILE');
}

function allDamaged(
  first: TinymlError,
  path: string,
  paths: readonly string[],
  readWhole: Read<unknown>,
): TinymlError {
  const looked = paths.slice(0, LOOKED_INTO);
  const faults = looked.flatMap((other) => {
    const fault = other === path ? first : faultOf(other, readWhole);
    return fault === null ? [] : [fault];
  });
  const known = faults.includes(first) ? faults : [first, ...faults];
  if (known.length < 2) return first;
  const least = looked.length < paths.length ? 'at least ' : '';
  const listed = known.slice(0, LISTED).map(({ message, at }) => `${at[0] ?? path}: ${message}`);
  const more = known.length - listed.length;
  return new TinymlError(
    'E_DATA',
    `${least}${formatCount(known.length)} of ${formatCount(paths.length)} files cannot be used, the first: ${known[0]!.message}`,
    {
      at: more > 0 ? [...listed, `and ${formatCount(more)} more`] : listed,
      ...(known[0]!.hint === undefined ? {} : { hint: known[0]!.hint }),
      cause: first,
    },
  );
}

function faultOf(path: string, readWhole: Read<unknown>): TinymlError | null {
  try {
    readWhole(path);
    return null;
  } catch (error) {
    if (isOfFile(error)) return error;
    throw error;
  }
}
