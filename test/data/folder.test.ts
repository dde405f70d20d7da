import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../src/data/open.ts';
import { collect, failure, fileWriter, pngFile, readAll, valuesOf, wavFile } from './files.ts';

const write = fileWriter();
const inputShapes = [[1, 1, 1, 2]];

test('class folders are numbered in the order of their names; files that are no images are left alone', async () => {
  const folder = dirname(write('classes/LICENSE', 'text'));
  write('classes/dog/2.pgm', 'P5 2 1 255\n\x03\x04');
  write('classes/dog/10.png', pngFile(2, 1, 1, [1, 2]));
  write('classes/cat/a.PNG', pngFile(2, 1, 1, [5, 6]));
  write('classes/cat/notes.txt', 'text');
  write('classes/.cache/x.png', 'not an image');
  const dataset = await openDataset(folder, { inputShapes });
  assert.deepEqual([dataset.length, dataset.classes], [3, 2]);
  const samples = await collect(dataset.samples());
  assert.deepEqual(
    samples.map((sample) => [sample.label, ...valuesOf(sample)]),
    [
      [0, 5, 6],
      [1, 1, 2],
      [1, 3, 4],
    ],
  );
});

test('images without class folders have no class', async () => {
  const folder = dirname(write('loose/3_a.png', pngFile(2, 1, 1, [1, 2])));
  const dataset = await openDataset(folder, { inputShapes });
  assert.deepEqual([dataset.classes, (await collect(dataset.samples()))[0]?.label], [null, null]);
});

test('the leading number of a WAV file is its class; clips are cut and padded to the input', async () => {
  const folder = dirname(write('digits/7_anna_0.wav', wavFile(1, [16384])));
  write('digits/0_anna_0.wav', wavFile(1, [-16384, 8192, 4096]));
  const dataset = await openDataset(folder, { inputShapes: [[1, 1, 2]] });
  assert.equal(dataset.classes, 8);
  assert.deepEqual(
    (await collect(dataset.samples())).map((sample) => [sample.label, ...valuesOf(sample)]),
    [
      [0, -0.5, 0.25],
      [7, 0.5, 0],
    ],
  );
});

test('JPEG is E_DATA with a way out, by name and by content', async () => {
  const byName = dirname(write('jpeg/a/x.jpg', 'anything'));
  const error = await failure('E_DATA', () => openDataset(dirname(byName), { inputShapes }));
  assert.match(error.message, /JPG images are not read/);
  assert.match(error.hint!, /PNG/);
  const byContent = dirname(write('disguised/x.png', Buffer.from([0xff, 0xd8, 0xff, 0xe0])));
  assert.match((await failure('E_DATA', () => readAll(byContent, { inputShapes }))).message, /JPEG/);
});

test('folders without images, of mixed kinds, or with files beside class folders are E_DATA', async () => {
  const empty = dirname(write('empty/readme.txt', 'text'));
  await failure('E_DATA', () => openDataset(empty, { inputShapes }));
  const mixed = dirname(write('mixed/a.wav', wavFile(1, [1])));
  write('mixed/a.png', pngFile(2, 1, 1, [1, 2]));
  assert.match((await failure('E_DATA', () => openDataset(mixed, { inputShapes }))).message, /mixes/);
  const both = dirname(write('both/a.png', pngFile(2, 1, 1, [1, 2])));
  write('both/cat/a.png', pngFile(2, 1, 1, [1, 2]));
  assert.match((await failure('E_DATA', () => openDataset(both, { inputShapes }))).message, /both/);
});
