import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { decodeModel, decodeTensor, encodeModel } from '../../src/onnx/codec.ts';
import { packageRoot } from '../../src/package-root.ts';
import { debianTestData, floats, modelBytes, node, onnxFiles, sharedModels, valueInfo } from './models.ts';

const small = modelBytes(13, {
  node: [node('Add', ['x', 'w'], ['y'])],
  initializer: [floats('w', [2], [1, 2])],
  input: [valueInfo('x', [2])],
  output: [valueInfo('y', [2])],
});

function refused(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => decodeModel(bytes),
    (error) =>
      error instanceof TinymlError &&
      error.code === 'E_NOT_ONNX' &&
      message.test(error.message) &&
      !!error.hint,
    `expected E_NOT_ONNX with ${message}`,
  );
}

test('the generated codec is what the script generates', () => {
  const script = join(packageRoot(), 'scripts', 'generate-onnx-codec.js');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('int64 survives, as a number where it is safe and as a bigint elsewhere', () => {
  const random = seededRandom(7);
  const integer = (below: number): number => Math.floor(random() * below);
  const edges = [
    0n,
    1n,
    -1n,
    2n ** 31n,
    -(2n ** 31n),
    2n ** 32n - 1n,
    2n ** 53n - 1n,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ];
  const drawn = Array.from({ length: 2000 }, () => {
    const bits = 1 + integer(63);
    const low = BigInt(integer(2 ** 32));
    return BigInt.asIntN(bits + 1, (BigInt(integer(2 ** 32)) << 32n) | low);
  });
  for (const value of [...edges, ...drawn]) {
    const isSafe = Number.isSafeInteger(Number(value)) && BigInt(Number(value)) === value;
    for (const given of isSafe ? [value, Number(value)] : [value]) {
      const graph = { node: [node('Op', [], ['y'], { a: given, b: [given, 5] })] };
      const [a, b] = decodeModel(modelBytes(13, graph)).graph!.node![0]!.attribute!;
      const want = isSafe ? Number(value) : value;
      assert.equal(a!.i, want);
      assert.deepEqual(b!.ints, [want, 5]);
    }
  }
});

test('fields that the schema does not know survive in every message', () => {
  // Field 1000, varint 42 and field 999, three bytes, which no ONNX message has.
  const invented = Uint8Array.of(0xc0, 0x3e, 42, 0xba, 0x3e, 3, 1, 2, 3);
  const delimited = (field: number, body: Uint8Array): Uint8Array =>
    Uint8Array.of((field << 3) | 2, body.length, ...body);
  const tensor = Uint8Array.of(8, 1, 16, 1, ...delimited(9, new Uint8Array(4)), ...invented);
  const attribute = Uint8Array.of(
    ...delimited(1, new TextEncoder().encode('value')),
    ...delimited(5, tensor),
    0xa0,
    1,
    4,
    ...invented,
  );
  const graph = delimited(
    7,
    Uint8Array.of(...delimited(1, Uint8Array.of(...delimited(5, attribute), ...invented)), ...invented),
  );
  const bytes = Uint8Array.of(8, 8, ...graph, ...invented);
  const model = decodeModel(bytes);
  assert.equal(model.graph?.node?.[0]?.attribute?.[0]?.t?.dataType, 1);
  assert.deepEqual(Buffer.from(encodeModel(model)), Buffer.from(bytes));
});

test('what the file really is is said', () => {
  const text = (content: string): Uint8Array => new TextEncoder().encode(content);
  const bytes = (...head: number[]): Uint8Array =>
    Uint8Array.of(...head, ...Array.from({ length: 64 }, (_, i) => (i * 37) & 255));
  refused(new Uint8Array(), /an empty file/);
  refused(bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), /a PNG image/);
  refused(bytes(0xff, 0xd8, 0xff, 0xe0), /a JPEG image/);
  refused(bytes(0x50, 0x4b, 3, 4), /a zip archive/);
  refused(gzipSync(small), /a gzip file/);
  refused(bytes(0x1c, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33), /a TensorFlow Lite model/);
  refused(bytes(0x89, 0x48, 0x44, 0x46), /an HDF5 file/);
  refused(bytes(0x80, 2, 0x8a, 10), /a Python pickle/);
  refused(text('hello, world\n'), /a text file/);
  refused(text('version https://git-lfs.example\noid sha256:00\n'), /a Git LFS pointer/);
  refused(text('<!DOCTYPE html>\n<html></html>'), /a web page/);
  refused(Uint8Array.of(8, 8), /holds no ONNX graph/);
  refused(Uint8Array.of(0x3a, 5, 1), /damaged or cut short/);
});

test('a model cut short is refused wherever it ends', () => {
  const graphEnd = small.length - 6;
  for (let length = 0; length < graphEnd; length++) {
    assert.throws(
      () => decodeModel(small.subarray(0, length)),
      (error) => error instanceof TinymlError && error.code === 'E_NOT_ONNX',
      `${length} of ${small.length} bytes`,
    );
  }
});

test('a file of millions of empty messages is refused before it fills the memory', () => {
  // Each entry of metadata_props is two bytes in the file.
  refused(
    new Uint8Array(4_000_002).map((_, i) => (i % 2 === 0 ? 0x72 : 0)),
    /more than 2000000 fields/,
  );
});

test('nesting without end is refused', () => {
  const attribute = (graph: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.of(0x32), lengthOf(graph), graph]);
  const lengthOf = (body: Uint8Array): Uint8Array => {
    const bytes: number[] = [];
    for (let rest = body.length; ; rest >>= 7) {
      bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
      if (rest <= 127) return Uint8Array.from(bytes);
    }
  };
  const wrap = (tag: number, body: Uint8Array): Uint8Array =>
    Buffer.concat([Uint8Array.of(tag), lengthOf(body), body]);
  let graph: Uint8Array = new Uint8Array();
  for (let depth = 0; depth < 2000; depth++) graph = wrap(0x0a, wrap(0x2a, attribute(graph)));
  refused(wrap(0x3a, graph), /max depth exceeded/);
});

test('a lone tensor decodes', () => {
  const tensor = decodeTensor(Uint8Array.of(8, 3, 16, 1, 0x42, 1, 0x77));
  assert.deepEqual([tensor.name, tensor.dims, tensor.dataType], ['w', [3], 1]);
});

test('bytes handed over inside a larger buffer decode too', () => {
  const padded = new Uint8Array(small.length + 20);
  padded.set(small, 7);
  const model = decodeModel(padded.subarray(7, 7 + small.length));
  assert.deepEqual(Buffer.from(encodeModel(model)), Buffer.from(small));
});

for (const [name, folder] of [
  ['the ONNX test data', debianTestData()],
  ['the real models', sharedModels()],
] as const) {
  test(`${name}: decoding and encoding gives the same bytes`, (t) => {
    if (folder === null) return t.skip('not installed on this machine');
    const files = onnxFiles(folder);
    assert.ok(files.length >= 32, `only ${files.length} models in ${folder}`);
    for (const file of files) {
      const bytes = readFileSync(file);
      assert.ok(bytes.equals(encodeModel(decodeModel(bytes))), `${file} came back different`);
    }
  });
}
