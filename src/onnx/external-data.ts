/** External tensor data: files beside the model, never anything else. */

import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, sep, win32 } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { openRegularFile } from '../diagnostics/read-file.ts';
import type { StringStringEntryProto } from './proto.ts';

/** Part of a file: `location` is as the model states it, offset and length are in bytes. */
export type ExternalRange = {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
  /** Place for error messages. */
  readonly at: string;
};

/**
 * Reads TensorProto.external_data.
 * @param byteCount bytes that the tensor's shape and type need
 * @throws TinymlError E_EXTERNAL_DATA for a missing location or an impossible offset or length.
 */
export function externalRange(
  entries: readonly StringStringEntryProto[],
  byteCount: number,
  at: string,
): ExternalRange {
  const values = new Map(entries.map((entry) => [entry.key ?? '', entry.value ?? '']));
  const location = values.get('location') ?? '';
  if (location === '') throw externalError('the tensor has external data without a location', at);
  const offset = wholeNumber(values.get('offset'), 0, 'offset', at);
  const length = wholeNumber(values.get('length'), byteCount, 'length', at);
  if (length !== byteCount) {
    throw externalError(`the shape needs ${byteCount} bytes, the external data is ${length} bytes long`, at);
  }
  return { location, offset, length, at };
}

function wholeNumber(text: string | undefined, absent: number, key: string, at: string): number {
  if (text === undefined) return absent;
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw externalError(`the ${key} of external data is "${text}", not a number of bytes`, at);
  }
  return value;
}

/**
 * Reads a range of a file below `folder`, both with symbolic links resolved. The length of the file is checked
 * before anything is allocated.
 * @throws TinymlError E_EXTERNAL_DATA for a location outside the folder, a missing, irregular or short file.
 */
export function readExternalFile(folder: string, range: ExternalRange): Uint8Array {
  const { location, offset, length, at } = range;
  const path = confinedPath(folder, location, at);
  const file = openRegularFile(path);
  try {
    if (offset + length > file.size) {
      throw externalError(
        `"${location}" is ${file.size} bytes long, the tensor needs bytes ${offset} to ${offset + length}`,
        at,
      );
    }
    const bytes = new Uint8Array(length);
    if (file.readInto(bytes, offset) === length) return bytes;
    throw externalError(`"${location}" became shorter while it was read`, at);
  } finally {
    file.close();
  }
}

function confinedPath(folder: string, location: string, at: string): string {
  if (isAbsolute(location) || win32.isAbsolute(location) || location.split(/[/\\]/).includes('..')) {
    throw externalError(`the external data "${location}" is outside the model's folder`, at);
  }
  const path = resolveFile(join(folder, location), location, at);
  const inside = relative(realpathSync(folder), path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw externalError(`the external data "${location}" is a link that leaves the model's folder`, at);
  }
  return path;
}

function resolveFile(path: string, location: string, at: string): string {
  try {
    const resolved = realpathSync(path);
    if (statSync(resolved).isFile()) return resolved;
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    const fault = missing ? 'does not exist' : 'cannot be read';
    throw externalError(`the external data "${location}" ${fault}`, at, cause);
  }
  throw externalError(`the external data "${location}" is not a regular file`, at);
}

function externalError(message: string, at: string, cause?: unknown): TinymlError {
  return new TinymlError('E_EXTERNAL_DATA', message, {
    at,
    hint: "put the data file in the model's folder, as the exporter wrote it, or store the weights in the model",
    cause,
  });
}
