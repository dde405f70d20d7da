/** Long recordings as several samples: where windows begin, whose label they have, and what is read for them. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { openDataset, openSequences } from '../../src/data/open.ts';
import { type Preprocess, RAW_VALUES } from '../../src/data/preprocess.ts';
import { subsetOf } from '../../src/data/subset.ts';
import { collect, failure, fileWriter, npyFile, readAll, valuesOf, wavFile } from './files.ts';

const write = fileWriter();
const inWindows = (step: number): Preprocess => ({ ...RAW_VALUES, windows: { step }, scale: 32768 });
const rows = (count: number): string => Array.from({ length: count }, (_, i) => `${i},${-1 - i}\n`).join('');

const sounds = dirname(dirname(write('sounds/no/a.wav', wavFile(1, [0, 1, 2, 3, 4, 5, 6]))));
write('sounds/no/b.wav', wavFile(1, [10]));
write('sounds/yes/a.wav', wavFile(1, [20, 21, 22, 23]));

test('each window of a recording is a sample with its label; what is left over is dropped', async () => {
  const dataset = await openDataset(sounds, { inputShapes: [[1, 4]], preprocess: inWindows(2) });
  assert.equal(dataset.length, 4);
  const samples = await collect(dataset.samples());
  assert.deepEqual(
    samples.map((sample) => [sample.label, ...valuesOf(sample)]),
    [
      [0, 0, 1, 2, 3],
      [0, 2, 3, 4, 5],
      [0, 10, 0, 0, 0],
      [1, 20, 21, 22, 23],
    ],
  );
  assert.deepEqual([...dataset.labels()], [0, 0, 0, 1]);
  assert.deepEqual(dataset.recordings, [0, 2, 3]);
  assert.deepEqual(
    dataset.warnings!.map(({ message }) => message),
    ['of 3 recordings 1 are padded with zeros: the input takes 4 samples'],
    'nothing is cut',
  );
});

test('recordings are those of which some samples are used; of one sample each they are none', async () => {
  const options = { inputShapes: [[1, 4]], preprocess: inWindows(2) };
  assert.deepEqual((await openDataset(sounds, { ...options, limit: 2 })).recordings, [0]);
  assert.deepEqual((await openDataset(sounds, { ...options, limit: 3 })).recordings, [0, 2]);
  for (const seed of [1, 2, 3]) {
    const { samples, recordings } = await openDataset(sounds, { ...options, limit: 2, draw: true, seed });
    const files = (await collect(samples())).map(({ at }) => at!.replace(/, from .*/, ''));
    assert.deepEqual(recordings, files[0] === files[1] ? [0] : [0, 1], String(seed));
  }
  const whole = await openDataset(sounds, { ...options, preprocess: inWindows(100) });
  assert.deepEqual([whole.length, whole.recordings], [3, undefined]);
});

test('any order, subset and limit gives the same windows', async () => {
  for (const hold of [0, 4, 1000]) {
    const dataset = await openDataset(sounds, { inputShapes: [[1, 4]], preprocess: inWindows(1), hold });
    const all = (await collect(dataset.samples())).map(valuesOf);
    assert.equal(all.length, 6);
    const order = [5, 0, 3, 1, 5, 4, 2, 0];
    assert.deepEqual(
      (await collect(dataset.samples(order))).map(valuesOf),
      order.map((i) => all[i]),
    );
    assert.deepEqual((await collect(subsetOf(dataset, [1, 5]).samples())).map(valuesOf), [all[1], all[5]]);
    const inputs = new Float32Array(8);
    const labels = new Int32Array(2);
    dataset.fill([4, 5], inputs, labels);
    assert.deepEqual(
      [[...inputs], [...labels]],
      [
        [...all[4]!, ...all[5]!],
        [0, 1],
      ],
    );
  }
});

test('a limit is of windows, and no header behind it is read', async () => {
  const folder = dirname(write('limited/a.wav', wavFile(1, [0, 1, 2, 3, 4, 5])));
  write('limited/b.wav', 'damaged');
  const options = { inputShapes: [[1, 2]], preprocess: inWindows(2) };
  const dataset = await openDataset(folder, { ...options, limit: 2 });
  assert.deepEqual(
    [dataset.length, (await collect(dataset.samples())).map(valuesOf)],
    [
      2,
      [
        [0, 1],
        [2, 3],
      ],
    ],
  );
  await failure('E_DATA', () => openDataset(folder, { ...options, limit: 4 }));
});

test('tables and arrays of time and axes have windows, too; an array that fits is one sample', async () => {
  const table = write('table/a.csv', `x,y\n${rows(5)}`);
  const preprocess = { ...inWindows(1), scale: 1 };
  const read = (path: string, shape: readonly number[]) =>
    readAll(path, { inputShapes: [shape], preprocess });
  const windows = [
    [0, 1, 2, -1, -2, -3],
    [1, 2, 3, -2, -3, -4],
    [2, 3, 4, -3, -4, -5],
  ];
  assert.deepEqual((await read(dirname(table), [1, 2, 3])).map(valuesOf), windows);
  const values = Float32Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? i / 2 : -(i + 1) / 2));
  const array = dirname(write('array/a.npy', npyFile('<f4', [5, 2], values)));
  write('array/b.npy', npyFile('<f4', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)));
  assert.deepEqual((await read(array, [1, 2, 3])).map(valuesOf), [...windows, [1, 2, 3, 4, 5, 6]]);
  const line = dirname(write('line/a.npy', npyFile('<i2', [4], Int16Array.of(1, 2, 3, 4))));
  assert.deepEqual((await read(line, [1, 2])).map(valuesOf), [
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
});

test('windows are counted in samples at the rate of the model', async () => {
  const folder = dirname(write('rate/a.wav', wavFile(1, Array(100).fill(0), 16, 1, 8000)));
  const preprocess = { ...inWindows(50), sound: { rate: 16000, features: null } };
  assert.equal((await openDataset(folder, { inputShapes: [[1, 100]], preprocess })).length, 3);
});

test('frames of a sequence begin a step apart', async () => {
  const path = write('steps/a.csv', rows(4));
  const data = await openSequences(path, {
    inputShapes: [[1, 2, 2]],
    preprocess: { ...inWindows(1), scale: 1, layout: 'nhwc' },
    frames: null,
  });
  assert.deepEqual((await collect(data.samples())).map(valuesOf), [
    [0, -1, 1, -2],
    [1, -2, 2, -3],
    [2, -3, 3, -4],
  ]);
});
