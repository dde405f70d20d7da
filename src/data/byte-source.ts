import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { TinymlError } from '../diagnostics/errors.ts';

/** Bytes at known places of a file, read as they are asked for. */
export type ByteReader = {
  /** Exactly `length` bytes from `offset`. @throws TinymlError E_DATA where the file is too short. */
  readonly read: (offset: number, length: number) => Uint8Array;
  readonly close: () => void;
};

export type ByteSource = {
  readonly path: string;
  /** In bytes; after decompression for gzip files. */
  readonly size: number;
  readonly open: () => ByteReader;
};

/** The largest file that is held in memory at once: compressed files and single images or sounds. */
export const MAX_BYTES_IN_MEMORY = 256 * 2 ** 20;

/**
 * A file whose bytes are read when they are needed. A gzip file (by its first bytes) is inflated once, in memory.
 * @param hold files of up to so many bytes are read once, into memory
 * @throws TinymlError E_FILE where it cannot be read, E_DATA for damaged gzip and for more than 256 MiB of it.
 */
export function byteSource(path: string, hold = 0): ByteSource {
  const { size, isFolder } = statFile(path);
  const source = { path, size, open: () => openFile(path) };
  const [first, second] = firstBytes(source, 2);
  if (first === 0x1f && second === 0x8b) return memorySource(path, gunzip(path));
  return size <= hold && !isFolder ? memorySource(path, readWholeFile(path)) : source;
}

export function memorySource(path: string, bytes: Uint8Array): ByteSource {
  const { buffer, byteOffset } = bytes;
  const read = (offset: number, length: number): Uint8Array => {
    if (offset + length > bytes.length) throw truncated(path, offset + length, bytes.length);
    return new Uint8Array(buffer, byteOffset + offset, length); // cheaper than subarray of a Buffer
  };
  return { path, size: bytes.length, open: () => ({ read, close: () => {} }) };
}

/** Runs `use` on an open reader and closes it. */
export function withReader<T>(source: ByteSource, use: (reader: ByteReader) => T): T {
  const reader = source.open();
  try {
    return use(reader);
  } finally {
    reader.close();
  }
}

/** Up to `count` bytes from the start of a file. */
export function firstBytes(source: ByteSource, count: number): Uint8Array {
  return withReader(source, (reader) => reader.read(0, Math.min(count, source.size)));
}

/** @throws TinymlError E_FILE, or E_DATA for more than 256 MiB. */
export function readWholeFile(path: string): Uint8Array {
  const { size } = statFile(path);
  if (size > MAX_BYTES_IN_MEMORY) {
    throw new TinymlError('E_DATA', `a file of ${size} bytes is too large to be held in memory`, {
      at: path,
      hint: 'Store it uncompressed: then it is read piece by piece.',
    });
  }
  return onFile(path, () => readFileSync(path));
}

/** What the file system says of a file or folder. @throws TinymlError E_FILE. */
export function statFile(path: string): { readonly size: number; readonly isFolder: boolean } {
  const stat = onFile(path, () => statSync(path));
  return { size: stat.size, isFolder: stat.isDirectory() };
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

/** Runs a decompressor, bounded to 256 MiB of output. @throws TinymlError E_DATA. */
export function inflated(path: string, format: string, inflate: (maxOutputLength: number) => Buffer): Buffer {
  try {
    return inflate(MAX_BYTES_IN_MEMORY);
  } catch (cause) {
    const tooLarge = cause instanceof RangeError;
    throw new TinymlError(
      'E_DATA',
      tooLarge ? `the ${format} data are too large` : `damaged ${format} data`,
      {
        at: path,
        hint: tooLarge
          ? 'At most 256 MiB are inflated in memory; store it uncompressed.'
          : `Fetch or write the file again (${cause instanceof Error ? cause.message : String(cause)}).`,
        cause,
      },
    );
  }
}

export function truncated(path: string, needed: number, size: number): TinymlError {
  return new TinymlError('E_DATA', `the file is truncated: ${needed} bytes are needed, it has ${size}`, {
    at: path,
    hint: 'Fetch or write the file again.',
  });
}

function gunzip(path: string): Buffer {
  const bytes = readWholeFile(path);
  return inflated(path, 'gzip', (maxOutputLength) => gunzipSync(bytes, { maxOutputLength }));
}

function openFile(path: string): ByteReader {
  const descriptor = onFile(path, () => openSync(path, 'r'));
  return {
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      let done = 0;
      while (done < length) {
        const count = onFile(path, () => readSync(descriptor, bytes, done, length - done, offset + done));
        if (count === 0) throw truncated(path, offset + length, offset + done);
        done += count;
      }
      return bytes;
    },
    close: () => closeSync(descriptor),
  };
}
