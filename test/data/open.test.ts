import assert from 'node:assert/strict';
import { readdirSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../src/data/open.ts';
import { seededRandom } from '../../src/random.ts';
import {
  collect,
  failure,
  fileWriter,
  idxFile,
  npyFile,
  pngFile,
  valuesOf,
  wavFile,
  zipFile,
} from './files.ts';

const write = fileWriter();
const COUNT = 7;

/** The same 7 samples of 4 values in every format. */
const bytes = Uint8Array.from({ length: 4 * COUNT }, (_, i) => (i * 37) % 256);
const floats = Float32Array.from(bytes);
const sampleOf = (i: number) => [...bytes.subarray(4 * i, 4 * i + 4)];
const paths: readonly string[] = [
  write('a-images-idx3-ubyte', idxFile(8, [COUNT, 2, 2], bytes)),
  write('a.npy', npyFile('<f4', [COUNT, 1, 2, 2], floats)),
  write('a.npz', zipFile({ 'x.npy': npyFile('|u1', [COUNT, 2, 2], bytes) }, true)),
  write('stored.npz', zipFile({ 'x.npy': npyFile('<f4', [COUNT, 2, 2], floats) }, false)),
  write('a.f32', Buffer.from(floats.buffer)),
  ...Array.from({ length: COUNT }, (_, i) =>
    dirname(write(`png/${i}.png`, pngFile(2, 2, 1, sampleOf(i)))),
  ).slice(0, 1),
];
const inputShapes = [[1, 1, 2, 2]];

test('a sample has the same values in whatever order and however often it is read', async () => {
  const random = seededRandom(5);
  for (const path of paths) {
    const dataset = await openDataset(path, { inputShapes });
    assert.equal(dataset.length, COUNT, path);
    assert.deepEqual(
      (await collect(dataset.samples())).map(valuesOf),
      Array.from({ length: COUNT }, (_, i) => sampleOf(i)),
      path,
    );
    const indices = Array.from({ length: 30 }, () => Math.floor(random() * COUNT));
    assert.deepEqual((await collect(dataset.samples(indices))).map(valuesOf), indices.map(sampleOf), path);
    const [a, b] = await Promise.all([collect(dataset.samples([3, 1])), collect(dataset.samples([1, 3]))]);
    assert.deepEqual(a.map(valuesOf), [sampleOf(3), sampleOf(1)], path);
    assert.deepEqual(b.map(valuesOf), [sampleOf(1), sampleOf(3)], path);
  }
});

test('a reader that stops early closes its files', {
  skip: process.platform !== 'linux' && 'needs /proc',
}, async () => {
  const openFiles = () => readdirSync('/proc/self/fd').length;
  const before = openFiles();
  for (const path of paths) {
    const dataset = await openDataset(path, { inputShapes });
    for (let i = 0; i < 20; i++)
      for await (const sample of dataset.samples()) if (sample.inputs.length > 0) break;
  }
  assert.equal(openFiles(), before);
});

test('limit keeps the first samples', async () => {
  for (const path of paths) {
    const dataset = await openDataset(path, { inputShapes, limit: 2 });
    assert.equal(dataset.length, 2);
    assert.deepEqual((await collect(dataset.samples())).map(valuesOf), [sampleOf(0), sampleOf(1)], path);
  }
});

test('an index outside the data set is a fault of the caller', async () => {
  const dataset = await openDataset(paths[0]!, { inputShapes, limit: 2 });
  for (const index of [2, -1, 0.5])
    await assert.rejects(collect(dataset.samples([index])), { code: 'E_INTERNAL' });
});

test('a file of 8 GiB is read in place', async () => {
  const sampleBytes = 2 ** 16;
  const count = 2 ** 17;
  const path = write('large.f32', '');
  truncateSync(path, sampleBytes * count);
  const before = process.memoryUsage().arrayBuffers;
  const dataset = await openDataset(path, { inputShapes: [[1, sampleBytes / 4]] });
  assert.equal(dataset.length, count);
  const [last] = await collect(dataset.samples([count - 1]));
  assert.equal(last?.inputs[0]?.length, sampleBytes / 4);
  const held = process.memoryUsage().arrayBuffers - before;
  assert.ok(held < 32 * sampleBytes, `${held} bytes are held`);
});

test('what cannot be read is one error that says where and what to do', async () => {
  const empty = write('empty/a.npy', npyFile('<f4', [0, 4], new Float32Array(0)));
  const cases: readonly (readonly [string, 'E_DATA' | 'E_FILE', RegExp])[] = [
    [empty, 'E_DATA', /empty/],
    [write('empty.f32', ''), 'E_DATA', /empty/],
    [write('film.avi', 'RIFF....AVI '), 'E_DATA', /format/],
    [write('sound.wav', wavFile(1, [1])), 'E_DATA', /format/],
    [write('odd.f32', Buffer.alloc(15)), 'E_DATA', /15 bytes/],
    ['no/such/folder', 'E_FILE', /does not exist/],
  ];
  for (const [path, code, message] of cases) {
    const error = await failure(code, () => openDataset(path, { inputShapes }));
    assert.match(error.message, message);
    assert.ok(error.at.includes(path), `${path} is not named`);
  }
});

test('data of one input for a model of two is E_DATA', async () => {
  const two = {
    inputShapes: [
      [1, 4],
      [1, 4],
    ],
  };
  for (const path of paths) {
    if (path.endsWith('.f32')) continue;
    await failure('E_DATA', () => openDataset(path, two));
  }
});
