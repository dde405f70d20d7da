import { statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { TinymlError } from '../diagnostics/errors.ts';
import { onFile, openRegularFile, readRegularFile } from '../diagnostics/read-file.ts';

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
const MAX_BYTES_IN_MEMORY = 256 * 2 ** 20;

/**
 * A file whose bytes are read when they are needed. A gzip file (by its first bytes) is inflated once, in memory.
 * @param hold files of up to so many bytes are read once, into memory
 * @throws TinymlError E_FILE where it cannot be read, E_DATA for damaged gzip and for more than 256 MiB of it.
 */
export function byteSource(path: string, hold = 0): ByteSource {
  const source = fileSource(path);
  const [first, second] = firstBytes(source, 2);
  if (first === 0x1f && second === 0x8b) return memorySource(path, gunzip(path));
  return source.size <= hold ? memorySource(path, readWholeFile(path)) : source;
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
  return readRegularFile(path, MAX_BYTES_IN_MEMORY, (size) => {
    return new TinymlError('E_DATA', `a file of ${size} bytes is too large to be held in memory`, {
      at: path,
      hint: 'Store it uncompressed: then it is read piece by piece.',
    });
  });
}

/** @throws TinymlError E_FILE where there is nothing. */
export function isFolder(path: string): boolean {
  return onFile(path, () => statSync(path)).isDirectory();
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

function fileSource(path: string): ByteSource {
  const file = openRegularFile(path);
  file.close();
  return { path, size: file.size, open: () => openReader(path) };
}

function openReader(path: string): ByteReader {
  const { readInto, close } = openRegularFile(path);
  return {
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      const read = readInto(bytes, offset);
      if (read < length) throw truncated(path, offset + length, offset + read);
      return bytes;
    },
    close,
  };
}
