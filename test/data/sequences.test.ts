/** Data as sequences: what the frames are, where sequences begin and end, and which frame has the label. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSequences } from '../../src/data/open.ts';
import type { Sample } from '../../src/data/types.ts';
import { collect, failure, fileWriter, idxFile, npyFile, valuesOf, wavFile, zipFile } from './files.ts';

const write = fileWriter();
const upTo = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i);

/** Values, label, index of the frame, and whether it is the last and is judged. */
const told = (sample: Sample) => {
  const { index, last, judged } = sample.frame!;
  return [valuesOf(sample), sample.label, index, last, judged];
};

test('an axis more than the input has is the frames: the label of a sequence is for its last frame', async () => {
  const x = npyFile('<f4', [2, 3, 2], upTo(12));
  const path = write(
    'a.npz',
    zipFile({ 'x.npy': x, 'y.npy': npyFile('<i4', [2], Int32Array.of(7, 4)) }, true),
  );
  const data = await openSequences(path, { inputShapes: [[1, 2]], frames: null });
  assert.equal(data.length, 2);
  assert.deepEqual((await collect(data.samples())).map(told), [
    [[0, 1], null, 0, false, false],
    [[2, 3], null, 1, false, false],
    [[4, 5], 7, 2, true, true],
    [[6, 7], null, 0, false, false],
    [[8, 9], null, 1, false, false],
    [[10, 11], 4, 2, true, true],
  ]);
  assert.deepEqual((await collect(data.samples([1]))).map(valuesOf), [
    [6, 7],
    [8, 9],
    [10, 11],
  ]);
});

test('without labels every frame is judged', async () => {
  const path = write('b.npy', npyFile('<f4', [1, 2, 2], upTo(4)));
  const data = await openSequences(path, { inputShapes: [[1, 2]], frames: null });
  assert.deepEqual((await collect(data.samples())).map(told), [
    [[0, 1], null, 0, false, true],
    [[2, 3], null, 1, true, true],
  ]);
});

test('several inputs have their frames together', async () => {
  const shapes = [
    [1, 2],
    [1, 1],
  ];
  const both = (frames: number) =>
    zipFile(
      {
        'x0.npy': npyFile('<f4', [1, 2, 2], upTo(4)),
        'x1.npy': npyFile('<f4', [1, frames, 1], upTo(frames)),
      },
      false,
    );
  const data = await openSequences(write('c.npz', both(2)), { inputShapes: shapes, frames: null });
  assert.deepEqual(
    (await collect(data.samples())).map(({ inputs }) => inputs.map((values) => [...values])),
    [
      [[0, 1], [0]],
      [[2, 3], [1]],
    ],
  );
  const { message } = await failure('E_DATA', () =>
    openSequences(write('d.npz', both(3)), { inputShapes: shapes, frames: null }),
  );
  assert.match(message, /2 and 3 frames/);
});

test('consecutive samples are one sequence, or several of a given length', async () => {
  const path = write('e.npy', npyFile('<f4', [5, 2], upTo(10)));
  const frames = async (length: number | null, limit?: number) => {
    const options = { inputShapes: [[1, 2]], frames: length, ...(limit === undefined ? {} : { limit }) };
    const data = await openSequences(path, options);
    const samples = await collect(data.samples());
    return samples.map(({ frame }) => `${frame!.index}${frame!.last ? '.' : ''}`).join(' ');
  };
  assert.equal(await frames(null), '0 1 2 3 4.');
  assert.equal(await frames(2), '0 1. 0 1. 0.');
  assert.equal(await frames(2, 3), '0 1. 0.');
});

test('images are frames, each with its label', async () => {
  write('t-images-idx3-ubyte', idxFile(8, [3, 1, 2], Uint8Array.of(1, 2, 3, 4, 5, 6)));
  write('t-labels-idx1-ubyte', idxFile(8, [3], Uint8Array.of(2, 0, 1)));
  const path = write('t-images-idx3-ubyte', idxFile(8, [3, 1, 2], Uint8Array.of(1, 2, 3, 4, 5, 6)));
  const data = await openSequences(path, { inputShapes: [[1, 1, 1, 2]], frames: 2 });
  assert.deepEqual((await collect(data.samples())).map(told), [
    [[1, 2], 2, 0, false, true],
    [[3, 4], 0, 1, true, true],
    [[5, 6], 1, 0, true, true],
  ]);
});

test('a recording is a sequence of frames of the length of the input; what is left over is dropped', async () => {
  write('sounds/1_a.wav', wavFile(1, [0, 16384, -16384, 8192, 4096]));
  const path = write('sounds/0_b.wav', wavFile(1, [8192]));
  const data = await openSequences(path.replace(/\/[^/]*$/, ''), { inputShapes: [[1, 2]], frames: null });
  assert.deepEqual((await collect(data.samples())).map(told), [
    [[0.25, 0], 0, 0, true, true],
    [[0, 0.5], null, 0, false, false],
    [[-0.5, 0.25], 1, 1, true, true],
  ]);
});

test('sequences of the data are not cut into others; an axis that does not fit is refused', async () => {
  const path = write('f.npy', npyFile('<f4', [2, 3, 2], upTo(12)));
  await failure('E_USAGE', () => openSequences(path, { inputShapes: [[1, 2]], frames: 2 }));
  await failure('E_DATA', () => openSequences(path, { inputShapes: [[1, 3]], frames: null }));
});
