import assert from 'node:assert/strict';
import { readdirSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../src/data/open.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { seededRandom } from '../../src/numbers/random.ts';
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

test('a batch is filled with the values of its samples, also from a file held in memory', async () => {
  const indices = [5, 0, 6, 5];
  for (const path of paths) {
    for (const hold of [0, 2 ** 20]) {
      const dataset = await openDataset(path, { inputShapes, hold });
      const inputs = new Float32Array(16);
      const labels = new Int32Array(4);
      dataset.fill(indices, inputs, labels);
      assert.deepEqual([...inputs], indices.flatMap(sampleOf), path);
      assert.deepEqual([...labels], [-1, -1, -1, -1], path);
      assert.deepEqual([...dataset.labels()], new Array(COUNT).fill(-1), path);
    }
  }
});

test('pixels become the same values by table as by arithmetic, in every axis order', async () => {
  const pixels = Uint8Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => (i * 29) % 256);
  const path = write('colour.npy', npyFile('|u1', [2, 3, 4, 5], pixels));
  const settings = { ...RAW_VALUES, scale: 1 / 255, mean: [0.1, 0.2, 0.3], std: [0.5, 2, 3] };
  for (const layout of ['nchw', 'nhwc'] as const) {
    const shapes = [layout === 'nchw' ? [1, 3, 4, 5] : [1, 4, 5, 3]];
    const dataset = await openDataset(path, { inputShapes: shapes, preprocess: { ...settings, layout } });
    const expected = Float32Array.from({ length: 60 }, (_, i) => {
      const [c, pixel] = layout === 'nchw' ? [Math.floor(i / 20), i % 20] : [i % 3, Math.floor(i / 3)];
      return (pixels[60 + c * 20 + pixel]! * settings.scale - settings.mean[c]!) / settings.std[c]!;
    });
    const inputs = new Float32Array(60);
    dataset.fill([1], inputs, new Int32Array(1));
    assert.deepEqual(inputs, expected);
    assert.deepEqual((await collect(dataset.samples([1])))[0]!.inputs[0], expected);
  }
});

test('the labels of a data set are those of its samples', async () => {
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => (i * 3) % 5);
  write('l-labels-idx1-ubyte', idxFile(8, [COUNT], labels));
  const cifar = Buffer.alloc(2 * 3073);
  cifar[0] = 9;
  cifar[3073] = 4;
  const classed = ['b', 'a'].map((name) =>
    dirname(dirname(write(`classes/${name}/0.png`, pngFile(2, 2, 1, sampleOf(0))))),
  );
  for (const [path, shape] of [
    [write('l-images-idx3-ubyte', idxFile(8, [COUNT, 2, 2], bytes)), [1, 1, 2, 2]],
    [
      write(
        'l.npz',
        zipFile(
          { 'x.npy': npyFile('|u1', [COUNT, 2, 2], bytes), 'y.npy': npyFile('|u1', [COUNT], labels) },
          false,
        ),
      ),
      [1, 1, 2, 2],
    ],
    [write('l.bin', cifar), [1, 3, 32, 32]],
    [classed[0]!, [1, 1, 2, 2]],
  ] as const) {
    const dataset = await openDataset(path, { inputShapes: [shape] });
    const samples = await collect(dataset.samples());
    assert.deepEqual(
      [...dataset.labels()],
      samples.map(({ label }) => label),
      path,
    );
    const filled = new Int32Array(samples.length);
    dataset.fill(samples.keys(), new Float32Array(samples.length * samples[0]!.inputs[0]!.length), filled);
    assert.deepEqual(filled, dataset.labels(), path);
    const limited = await openDataset(path, { inputShapes: [shape], limit: 1 });
    assert.equal(limited.labels().length, 1, path);
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

test('a limit that draws takes samples of all classes by the seed, and the first where there are no labels', async () => {
  const EACH = 40;
  const folder = ['a', 'b']
    .flatMap((name, label) =>
      Array.from({ length: EACH }, (_, i) =>
        dirname(dirname(write(`drawn/${name}/${i}.png`, pngFile(1, 1, 1, [100 * label + i])))),
      ),
    )
    .at(-1)!;
  const open = (seed: number, limit = 10) =>
    openDataset(folder, { inputShapes: [[1, 1, 1, 1]], limit, draw: true, seed });
  const dataset = await open(1);
  const samples = await collect(dataset.samples());
  assert.equal(dataset.length, 10);
  assert.equal(samples.length, 10);
  assert.deepEqual(new Set(dataset.labels()), new Set([0, 1]));
  assert.deepEqual(
    [...dataset.labels()],
    samples.map(({ label }) => label),
  );
  const [inputs, labels] = [new Float32Array(10), new Int32Array(10)];
  dataset.fill(samples.keys(), inputs, labels);
  assert.deepEqual([...inputs], samples.flatMap(valuesOf));
  assert.deepEqual(labels, dataset.labels());
  for (const [i, { at }] of samples.entries()) assert.equal(dataset.placeOf!(i), at);
  assert.deepEqual((await collect(dataset.samples([9, 0]))).map(valuesOf), [
    valuesOf(samples[9]!),
    valuesOf(samples[0]!),
  ]);
  const other = await collect((await open(2)).samples());
  assert.notDeepEqual(other.map(valuesOf), samples.map(valuesOf));
  assert.equal((await open(1, 3 * EACH)).length, 2 * EACH);

  for (const path of paths) {
    const unlabelled = await openDataset(path, { inputShapes, limit: 2, draw: true });
    assert.deepEqual((await collect(unlabelled.samples())).map(valuesOf), [sampleOf(0), sampleOf(1)], path);
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
    [write('film.avi', 'RIFF....AVI '), 'E_DATA', /cannot be decoded/],
    [write('sound.wav', wavFile(1, [1])), 'E_DATA', /^sound does not fit/],
    [write('notes.txt', 'text'), 'E_DATA', /format/],
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
