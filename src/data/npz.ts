import { inflateRawSync } from 'node:zlib';
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { type ByteReader, type ByteSource, inflated, memorySource, withReader } from './byte-source.ts';
import { arraySource, readNpyHeader } from './npy.ts';
import type { Source } from './source.ts';

/**
 * NumPy's `.npz`: a zip archive of `.npy` files, stored or deflated (PKWARE APPNOTE 4.3: end of central
 * directory, central directory, local headers). Stored arrays are read piece by piece, deflated ones are
 * inflated once.
 */
type Entry = {
  readonly name: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerOffset: number;
};

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_COMMENT = 0xffff;
const MAX_DIRECTORY = 1 << 24;

export function looksLikeZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;
}

/**
 * Arrays named after the model's inputs; else `x` (or `images`, `data`, `inputs`; `x0`, `x1` ... for models of several inputs; or the
 * only array). Labels are `y` (or `labels`, `targets`).
 * @param inputNames in the order of the model; empty where they are not known
 * @throws TinymlError E_DATA.
 */
export function openNpz(source: ByteSource, inputCount: number, inputNames: readonly string[]): Source {
  const entries = withReader(source, (reader) => readDirectory(source, reader));
  const named = inputNames.map((wanted) => entries.find(({ name }) => name === `${wanted}.npy`));
  const byName = named.some((entry) => entry !== undefined);
  const labels = entries.find((entry) => LABELS.test(entry.name) && !named.includes(entry));
  const samples = entries.filter((entry) => entry !== labels);
  const inputs = byName ? named : inputCount > 1 ? numbered(samples, inputCount) : [sampleArray(samples)];
  const found = inputs.filter((one) => one !== undefined);
  if (found.length < inputCount) {
    const names = firstOf(entries.map(({ name }) => name));
    const missing = inputNames.filter((_, k) => named[k] === undefined);
    throw new TinymlError(
      'E_DATA',
      byName
        ? `there is no array for the input ${missing.map((name) => `"${name}"`).join(', ')} among ${names}`
        : inputCount > 1
          ? `the model takes ${inputCount} inputs, and the arrays are ${names}`
          : `no array of samples among ${names}`,
      {
        at: source.path,
        hint:
          inputCount > 1 ? severalHint(inputNames) : 'Save it with numpy.savez(file, x=samples, y=labels).',
      },
    );
  }
  const array = (entry: Entry) => readNpyHeader(entrySource(source, entry));
  return arraySource(found.map(array), labels === undefined ? null : array(labels), [source.path]);
}

const LABELS = /^(y|labels?|targets?)([_-].*)?\.npy$/i;

function numbered(entries: readonly Entry[], count: number): readonly (Entry | undefined)[] {
  return Array.from({ length: count }, (_, k) => {
    const wanted = new RegExp(`^(x|input)_?${k}\\.npy$`, 'i');
    return entries.find(({ name }) => wanted.test(name));
  });
}

function sampleArray(entries: readonly Entry[]): Entry | undefined {
  const usual = entries.find(({ name }) => /^(x|images?|data|inputs?)([_-].*)?\.npy$/i.test(name));
  return usual ?? (entries.length === 1 ? entries[0] : undefined);
}

function severalHint(inputNames: readonly string[]): string {
  const example = 'numpy.savez(file, x0=..., x1=..., y=labels)';
  if (inputNames.length === 0) return `Save one array per model input, in their order: ${example}.`;
  const names = inputNames.map((name) => JSON.stringify(name)).join(', ');
  return `Save one array per model input, in their order, ${example}, or each under the name of its input: ${names}.`;
}

/** The bytes of one entry, as a file of its own. */
function entrySource(source: ByteSource, entry: Entry): ByteSource {
  const path = `${source.path}:${entry.name}`;
  const dataOffset = withReader(source, (reader) => {
    const header = viewOf(reader.read(entry.headerOffset, 30));
    if (header.getUint32(0, true) !== LOCAL) throw damaged(source.path);
    return entry.headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  });
  if (dataOffset + entry.packedBytes > source.size) throw damaged(source.path);
  if (entry.method === 0) {
    return {
      path,
      size: entry.bytes,
      open: () => {
        const reader = source.open();
        return {
          close: reader.close,
          read: (offset, length) => {
            if (offset + length > entry.bytes) throw damaged(path);
            return reader.read(dataOffset + offset, length);
          },
        };
      },
    };
  }
  const packed = withReader(source, (reader) => reader.read(dataOffset, entry.packedBytes));
  return memorySource(
    path,
    inflated(path, 'deflate', (maxOutputLength) => inflateRawSync(packed, { maxOutputLength })),
  );
}

function readDirectory(source: ByteSource, reader: ByteReader): readonly Entry[] {
  const tailBytes = Math.min(source.size, 22 + MAX_COMMENT);
  const tail = viewOf(reader.read(source.size - tailBytes, tailBytes));
  let end = tailBytes - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END) end--;
  if (end < 0) throw damaged(source.path);
  const count = tail.getUint16(end + 10, true);
  const bytes = tail.getUint32(end + 12, true);
  const offset = tail.getUint32(end + 16, true);
  if (offset === 0xffffffff || count === 0xffff) {
    throw new TinymlError('E_DATA', 'zip archives beyond 4 GiB are not read', {
      at: source.path,
      hint: 'Save the arrays as separate .npy files: x.npy and y.npy.',
    });
  }
  if (bytes > MAX_DIRECTORY || offset + bytes > source.size) throw damaged(source.path);
  const directory = reader.read(offset, bytes);
  const view = viewOf(directory);
  const entries: Entry[] = [];
  for (let i = 0, at = 0; i < count; i++) {
    if (at + 46 > bytes || view.getUint32(at, true) !== CENTRAL) throw damaged(source.path);
    const nameBytes = view.getUint16(at + 28, true);
    const entry = {
      name: Buffer.from(directory.subarray(at + 46, at + 46 + nameBytes)).toString('utf8'),
      method: view.getUint16(at + 10, true),
      packedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      headerOffset: view.getUint32(at + 42, true),
    };
    const encrypted = (view.getUint16(at + 8, true) & 1) === 1;
    if (encrypted || (entry.method !== 0 && entry.method !== 8)) {
      throw new TinymlError('E_DATA', `"${entry.name}" is packed in a way that is not read`, {
        at: source.path,
        hint: 'Save it with numpy.savez or numpy.savez_compressed.',
      });
    }
    entries.push(entry);
    at += 46 + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return entries;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(path: string): TinymlError {
  return new TinymlError('E_DATA', 'the zip archive is damaged or truncated', {
    at: path,
    hint: 'Fetch or write the file again.',
  });
}
