/** Small data files made for the tests. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';
import { type DatasetOptions, openDataset } from '../../src/data/open.ts';
import type { Sample } from '../../src/data/types.ts';
import { type ErrorCode, TinymlError } from '../../src/diagnostics/errors.ts';

/** Writes files into a folder of its own, which is removed after the tests of the file; gives their paths. */
export function fileWriter(): (name: string, bytes: Uint8Array | string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-data-'));
  after(() => rmSync(folder, { recursive: true }));
  return (name, bytes) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  };
}

export async function readAll(path: string, options: DatasetOptions): Promise<readonly Sample[]> {
  return collect((await openDataset(path, options)).samples());
}

export async function collect(samples: AsyncIterable<Sample>): Promise<readonly Sample[]> {
  const all: Sample[] = [];
  for await (const sample of samples) all.push(sample);
  return all;
}

/** Values of the first input of a sample. */
export function valuesOf(sample: Sample | undefined): readonly number[] {
  return [...(sample?.inputs[0] ?? [])];
}

/** Checks that `run` fails with one error of that code, which says where and what to do, and gives it. */
export async function failure(code: ErrorCode, run: () => unknown): Promise<TinymlError> {
  try {
    await run();
  } catch (error) {
    assert.ok(error instanceof TinymlError, `not a TinymlError: ${error}`);
    assert.equal(error.code, code, error.message);
    assert.ok(error.at.length > 0, `"${error.message}" does not say where`);
    assert.ok(error.hint !== undefined, `"${error.message}" does not say what to do`);
    return error;
  }
  assert.fail('nothing was thrown');
}

export function idxFile(type: number, shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, type, shape.length]);
  for (const [i, dim] of shape.entries()) header.writeUInt32BE(dim, 4 + 4 * i);
  return Buffer.concat([header, data]);
}

export function npyFile(
  descr: string,
  shape: readonly number[],
  data: ArrayBufferView,
  order = 'False',
): Buffer {
  const dims = shape.map((dim) => `${dim},`).join(' ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${dims}), }`;
  const text = dictionary.padEnd(Math.ceil((dictionary.length + 11) / 64) * 64 - 11, ' ');
  const header = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.alloc(2),
    Buffer.from(`${text}\n`),
  ]);
  header.writeUInt16LE(text.length + 1, 8);
  return Buffer.concat([header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
}

/** A zip archive as NumPy writes it. */
export function zipFile(entries: Readonly<Record<string, Buffer>>, compressed: boolean): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, bytes] of Object.entries(entries)) {
    const packed = compressed ? deflateRawSync(bytes) : bytes;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(compressed ? 8 : 0, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, rest, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, list, end]);
}

export function wavFile(
  channels: number,
  samples: readonly number[],
  bits = 16,
  coding = 1,
  rate = 8000,
): Buffer {
  return wavBytes(channels, Buffer.from(Int16Array.from(samples).buffer), bits, coding, rate);
}

/** A WAV file of samples as they are stored. @param extra what stands behind the first 16 bytes of the format chunk */
export function wavBytes(
  channels: number,
  data: Buffer,
  bits = 16,
  coding = 1,
  rate = 8000,
  extra: Buffer = Buffer.alloc(0),
): Buffer {
  const frame = channels * Math.ceil(bits / 8);
  const fixed = Buffer.alloc(16);
  fixed.writeUInt16LE(coding, 0);
  fixed.writeUInt16LE(channels, 2);
  fixed.writeUInt32LE(rate, 4);
  fixed.writeUInt32LE(rate * frame, 8);
  fixed.writeUInt16LE(frame, 12);
  fixed.writeUInt16LE(bits, 14);
  const format = Buffer.concat([fixed, extra]);
  const body = Buffer.concat([
    Buffer.from('WAVE'),
    riffChunk('fmt ', format),
    riffChunk('LIST', Buffer.from('odd')),
    riffChunk('data', data),
  ]);
  return riffChunk('RIFF', body);
}

function riffChunk(id: string, content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(id), size, content, Buffer.alloc(content.length & 1)]);
}

/** A PNG of 8-bit pixels, without row filters. */
export function pngFile(width: number, height: number, channels: 1 | 3, pixels: ArrayLike<number>): Buffer {
  const rows = Buffer.alloc(height * (1 + width * channels));
  for (let i = 0; i < width * height * channels; i++) {
    const row = Math.floor(i / (width * channels));
    rows[i + row + 1] = pixels[i]!;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  return pngOf([
    ['IHDR', header],
    ['IDAT', deflateSync(rows)],
    ['IEND', Buffer.alloc(0)],
  ]);
}

export function pngOf(chunks: readonly (readonly [string, Uint8Array])[]): Buffer {
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...chunks.flatMap(([type, content]) => {
      const body = Buffer.concat([Buffer.from(type), content]);
      const length = Buffer.alloc(4);
      const check = Buffer.alloc(4);
      length.writeUInt32BE(content.length);
      check.writeUInt32BE(crc32(body));
      return [length, body, check];
    }),
  ]);
}
