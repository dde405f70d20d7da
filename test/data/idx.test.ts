import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openDataset } from '../../src/data/open.ts';
import { collect, failure, fileWriter, idxFile, readAll, valuesOf } from './files.ts';

const write = fileWriter();
const pixels = Uint8Array.from({ length: 3 * 2 * 4 }, (_, i) => 10 * i);
const inputShapes = [[1, 1, 2, 4]];

test('images and their labels, plain and compressed, have the same values', async () => {
  const plain = write('plain/train-images-idx3-ubyte', idxFile(8, [3, 2, 4], pixels));
  const labels = write('plain/train-labels-idx1-ubyte', idxFile(8, [3], Uint8Array.of(4, 0, 2)));
  const packed = write('gz/train-images-idx3-ubyte.gz', gzipSync(idxFile(8, [3, 2, 4], pixels)));
  write('gz/train-labels-idx1-ubyte.gz', gzipSync(idxFile(8, [3], Uint8Array.of(4, 0, 2))));

  const dataset = await openDataset(plain, { inputShapes });
  assert.deepEqual(
    [dataset.name, dataset.length, dataset.classes, dataset.files],
    ['train-images-idx3-ubyte', 3, 5, [plain, labels]],
  );
  const samples = await collect(dataset.samples());
  assert.deepEqual(valuesOf(samples[1]), [80, 90, 100, 110, 120, 130, 140, 150]);
  assert.deepEqual(
    samples.map((sample) => sample.label),
    [4, 0, 2],
  );
  const unpacked = await readAll(packed, { inputShapes });
  assert.deepEqual(
    unpacked.map((sample) => [valuesOf(sample), sample.label]),
    samples.map((sample) => [valuesOf(sample), sample.label]),
  );
});

test('without a labels file the samples have no class', async () => {
  const path = write('alone/images-idx3-ubyte', idxFile(8, [3, 2, 4], pixels));
  const dataset = await openDataset(path, { inputShapes });
  assert.equal(dataset.classes, null);
  assert.deepEqual(
    (await collect(dataset.samples())).map((sample) => sample.label),
    [null, null, null],
  );
});

test('other element types are big-endian arrays', async () => {
  const floats = Buffer.alloc(16);
  for (const [i, value] of [1.5, -2, 0.25, 8].entries()) floats.writeFloatBE(value, 4 * i);
  const path = write('floats', idxFile(13, [2, 2], floats));
  assert.deepEqual((await readAll(path, { inputShapes: [[1, 2]] })).map(valuesOf), [
    [1.5, -2],
    [0.25, 8],
  ]);
  const shorts = Buffer.alloc(4);
  shorts.writeInt16BE(-300, 0);
  shorts.writeInt16BE(7, 2);
  const narrow = write('shorts', idxFile(11, [1, 2], shorts));
  assert.deepEqual(valuesOf((await readAll(narrow, { inputShapes: [[1, 2]] }))[0]), [-300, 7]);
});

test('a truncated file, one that is too long, or labels of another length are E_DATA', async () => {
  const whole = idxFile(8, [3, 2, 4], pixels);
  for (const length of [0, 1, 3, 4, 10, whole.length - 1]) {
    const path = write(`cut/${length}`, whole.subarray(0, length));
    const error = await failure('E_DATA', () => openDataset(path, { inputShapes }));
    assert.deepEqual(error.at, [path]);
  }
  const long = write('long', Buffer.concat([whole, Buffer.alloc(2)]));
  assert.match(
    (await failure('E_DATA', () => openDataset(long, { inputShapes }))).message,
    /2 bytes too many/,
  );

  const images = write('mismatch/a-images-idx3-ubyte', whole);
  const labels = write('mismatch/a-labels-idx1-ubyte', idxFile(8, [2], Uint8Array.of(1, 2)));
  const mismatch = await failure('E_DATA', () => openDataset(images, { inputShapes }));
  assert.match(mismatch.message, /\[2\].*3 images/);
  assert.deepEqual(mismatch.at, [labels, images]);
  assert.match((await failure('E_DATA', () => openDataset(labels, { inputShapes }))).message, /labels/);
});

test('a header that promises more than any file can hold is E_DATA', async () => {
  const path = write('huge', idxFile(14, [0xffffffff, 0xffffffff, 0xffffffff], Buffer.alloc(8)));
  assert.match((await failure('E_DATA', () => openDataset(path, { inputShapes }))).message, /truncated/);
});

test('damaged gzip is E_DATA', async () => {
  const packed = gzipSync(idxFile(8, [3, 2, 4], pixels));
  const path = write('damaged.gz', packed.subarray(0, packed.length - 12));
  assert.match((await failure('E_DATA', () => openDataset(path, { inputShapes }))).message, /gzip/);
});
