/**
 * The one way in which files are opened for reading. Only regular files are: reading a pipe that nobody writes to
 * never ends, and a device may have no end at all.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { TinymlError } from './errors.ts';

export type OpenFile = {
  /** Bytes when it was opened. */
  readonly size: number;
  /** Fills `bytes` from `offset` on. @returns how many bytes there were: fewer at the end of the file. */
  readonly readInto: (bytes: Uint8Array, offset: number) => number;
  readonly close: () => void;
};

/** @throws TinymlError E_FILE for what cannot be opened or is not a regular file */
export function openRegularFile(path: string): OpenFile {
  requireRegular(
    path,
    onFile(path, () => statSync(path)),
  );
  // Not to wait where a pipe has taken the place of the file in between.
  const descriptor = onFile(path, () => openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  try {
    const stats = onFile(path, () => fstatSync(descriptor));
    requireRegular(path, stats);
    return {
      size: stats.size,
      readInto: (bytes, offset) => {
        for (let done = 0; done < bytes.length; ) {
          const read = onFile(path, () =>
            readSync(descriptor, bytes, done, bytes.length - done, offset + done),
          );
          if (read === 0) return done;
          done += read;
        }
        return bytes.length;
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * All bytes of a regular file.
 * @param tooLarge the error for a file of more than `maxBytes`, before any of it is read
 * @throws TinymlError E_FILE
 */
export function readRegularFile(
  path: string,
  maxBytes: number,
  tooLarge: (size: number) => TinymlError,
): Buffer<ArrayBuffer> {
  const file = openRegularFile(path);
  try {
    if (file.size > maxBytes) throw tooLarge(file.size);
    const bytes = Buffer.allocUnsafeSlow(file.size);
    if (file.readInto(bytes, 0) === file.size) return bytes;
    throw new TinymlError('E_FILE', 'the file became shorter while it was read', {
      at: path,
      hint: 'Try again when nothing writes to it.',
    });
  } finally {
    file.close();
  }
}

/** Runs a call of the file system. @throws TinymlError E_FILE with the reason of the system. */
export function onFile<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new TinymlError('E_FILE', `the file or folder ${missing ? 'does not exist' : 'cannot be read'}`, {
      at: path,
      hint: missing || !(cause instanceof Error) ? 'Check the path.' : cause.message,
      cause,
    });
  }
}

function requireRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new TinymlError('E_FILE', `this is ${kindOf(stats)}, not a file`, {
    at: path,
    hint: stats.isDirectory()
      ? 'Give the path of a file.'
      : 'Only regular files are read: copy what it gives to a file first.',
  });
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
