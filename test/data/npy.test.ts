import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDataset } from '../../src/data/open.ts';
import { indexedSubsetOf } from '../../src/data/subset.ts';
import { isUnlabelled } from '../../src/execute/predictions.ts';
import { collect, failure, fileWriter, npyFile, readAll, valuesOf, zipFile } from './files.ts';

const write = fileWriter();
const inputShapes = [[1, 3]];

test('every element type gives its numbers', async () => {
  const values = [0, 1, 100, 7, 3, 90];
  for (const [descr, data] of [
    ['|u1', Uint8Array.from(values)],
    ['|i1', Int8Array.from(values)],
    ['<u2', Uint16Array.from(values)],
    ['<i2', Int16Array.from(values)],
    ['<u4', Uint32Array.from(values)],
    ['<i4', Int32Array.from(values)],
    ['<u8', BigUint64Array.from(values, BigInt)],
    ['<i8', BigInt64Array.from(values, BigInt)],
    ['<f4', Float32Array.from(values)],
    ['<f8', Float64Array.from(values)],
    ['>i2', Int16Array.from(values, (value) => value << 8)],
  ] as const) {
    const path = write('a.npy', npyFile(descr, [2, 3], data));
    assert.deepEqual(
      (await readAll(path, { inputShapes })).map(valuesOf),
      [values.slice(0, 3), values.slice(3)],
      descr,
    );
  }
});

test('negative values and fractions survive', async () => {
  const path = write('a.npy', npyFile('<f8', [1, 3], Float64Array.of(-1.5, 0.1, 1e10)));
  assert.deepEqual(valuesOf((await readAll(path, { inputShapes }))[0]), [-1.5, Math.fround(0.1), 1e10]);
});

test('labels are found beside x as y, and beside images as labels', async () => {
  const x = npyFile('<f4', [2, 3], new Float32Array(6));
  const y = npyFile('<i8', [2], BigInt64Array.of(4n, 1n));
  for (const [samples, labels] of [
    ['one/x_test.npy', 'one/y_test.npy'],
    ['two/test_images.npy', 'two/test_labels.npy'],
    ['three/X.npy', 'three/Y.npy'],
  ] as const) {
    const path = write(samples, x);
    const labelsPath = write(labels, y);
    const dataset = await openDataset(path, { inputShapes });
    assert.deepEqual([dataset.classes, dataset.files], [5, [path, labelsPath]]);
    assert.deepEqual(
      (await collect(dataset.samples())).map((sample) => sample.label),
      [4, 1],
    );
  }
});

test('rows of floats beside x are targets, sample by sample, whatever else they go through', async () => {
  const entries = {
    'x.npy': npyFile(
      '<f4',
      [3, 3],
      Float32Array.from({ length: 9 }, (_, i) => i),
    ),
    'y.npy': npyFile('<f8', [3, 1, 2], Float64Array.of(0.5, -1, 2, 3.5, 4, 5)),
  };
  const path = write('targets.npz', zipFile(entries, false));
  for (const hold of [0, 2 ** 20]) {
    const dataset = await openDataset(path, { inputShapes, hold });
    assert.deepEqual([dataset.targetElements, dataset.classes], [2, null]);
    assert.deepEqual([...dataset.labels()], [-1, -1, -1]);
    const samples = await collect(dataset.samples([2, 0]));
    assert.deepEqual(
      samples.map(({ target, label }) => [[...target!], label]),
      [
        [[4, 5], null],
        [[0.5, -1], null],
      ],
    );
    const chosen = indexedSubsetOf(dataset, [1, 2]);
    for (let pass = 0; pass < 2; pass++) {
      const [inputs, targets] = [new Float32Array(6), new Float32Array(4)];
      chosen.fill([1, 0], inputs, new Int32Array(2), targets);
      assert.deepEqual(
        [[...inputs], [...targets]],
        [
          [6, 7, 8, 3, 4, 5],
          [4, 5, 2, 3.5],
        ],
      );
    }
    assert.equal(chosen.targetElements, 2);
  }
  const whole = { ...entries, 'y.npy': npyFile('|u1', [3, 1, 2], Uint8Array.of(0, 1, 2, 255, 4, 5)) };
  const mapped = write('places.npz', zipFile(whole, false));
  const places = await openDataset(mapped, { inputShapes });
  assert.deepEqual([places.targetElements, places.targetsAreClasses], [2, true]);
  assert.deepEqual([...(await collect(places.samples([1])))[0]!.target!], [2, 255]);
  assert.equal(await isUnlabelled(places), false);
  const bare = await openDataset(mapped, { inputShapes, unlabelled: true });
  assert.equal((await collect(bare.samples([1])))[0]!.target, undefined);
  assert.equal(await isUnlabelled(bare), true);
  const short = { ...entries, 'y.npy': npyFile('<f4', [2, 2], new Float32Array(4)) };
  const error = await failure('E_DATA', () =>
    openDataset(write('short.npz', zipFile(short, false)), { inputShapes }),
  );
  assert.match(error.message, /2 targets, but 3 samples/);
});

test('archives, stored and compressed, hold x and y', async () => {
  for (const compressed of [false, true]) {
    const entries = {
      'y.npy': npyFile('|u1', [2], Uint8Array.of(0, 2)),
      'x.npy': npyFile('<f4', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)),
    };
    const path = write('a.npz', zipFile(entries, compressed));
    const dataset = await openDataset(path, { inputShapes });
    assert.deepEqual([dataset.length, dataset.classes, dataset.files], [2, 3, [path]]);
    assert.deepEqual((await collect(dataset.samples([1, 0]))).map(valuesOf), [
      [4, 5, 6],
      [1, 2, 3],
    ]);
  }
});

test('models of several inputs take x0, x1', async () => {
  const entries = {
    'x0.npy': npyFile('<f4', [2, 1], Float32Array.of(1, 2)),
    'x1.npy': npyFile('<f4', [2, 2], Float32Array.of(3, 4, 5, 6)),
  };
  const path = write('two.npz', zipFile(entries, false));
  const samples = await readAll(path, {
    inputShapes: [
      [1, 1],
      [1, 2],
    ],
  });
  assert.deepEqual(
    samples.map((sample) => sample.inputs.map((values) => [...values])),
    [
      [[1], [3, 4]],
      [[2], [5, 6]],
    ],
  );
});

test('arrays named after the inputs of the model are taken, in its order', async () => {
  const one = (value: number) => npyFile('<f4', [1, 1], Float32Array.of(value));
  const entries = {
    'y.npy': one(1),
    'keras/tensor:0.npy': one(2),
    'x0.npy': one(3),
    'labels.npy': npyFile('<i8', [1], BigInt64Array.of(4n)),
  };
  const path = write('named.npz', zipFile(entries, false));
  const two = { inputShapes: [[1], [1]] };
  const [sample] = await readAll(path, { ...two, inputNames: ['keras/tensor:0', 'y'] });
  assert.deepEqual([sample!.inputs.map(([value]) => value), sample!.label], [[2, 1], 4]);
  const single = write(
    'single.npz',
    zipFile(
      { 'audio.npy': one(5), 'speed.npy': one(6), 'y.npy': npyFile('<i4', [1], Int32Array.of(7)) },
      true,
    ),
  );
  const [only] = await readAll(single, { inputShapes: [[1]], inputNames: ['audio'] });
  assert.deepEqual([valuesOf(only), only!.label], [[5], 7]);

  const missing = await failure('E_DATA', () => openDataset(path, { ...two, inputNames: ['y', 'gone'] }));
  assert.match(missing.message, /input "gone" among .*x0\.npy/);
  assert.match(missing.hint!, /"y", "gone"/);
  await failure('E_DATA', () => openDataset(path, { ...two, inputNames: ['a', 'b'] }));
});

test('unsigned bytes of the shape of images are images: channels last or first, or grey', async () => {
  const bytes = Uint8Array.from({ length: 2 * 2 * 3 }, (_, i) => i);
  const last = write('last.npy', npyFile('|u1', [1, 2, 2, 3], bytes));
  const planes = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11];
  assert.deepEqual(valuesOf((await readAll(last, { inputShapes: [[1, 3, 2, 2]] }))[0]), planes);
  const first = write('first.npy', npyFile('|u1', [1, 3, 2, 2], bytes));
  assert.deepEqual(valuesOf((await readAll(first, { inputShapes: [[1, 3, 2, 2]] }))[0]), [...bytes]);
  const grey = write('grey.npy', npyFile('|u1', [3, 2, 2], bytes));
  assert.deepEqual(valuesOf((await readAll(grey, { inputShapes: [[1, 1, 2, 2]] }))[2]), [8, 9, 10, 11]);
});

test('arrays that cannot be samples are E_DATA with what to do', async () => {
  const floats = new Float32Array(6);
  for (const [bytes, hint] of [
    [npyFile('<f4', [2, 3], floats, 'True'), /ascontiguousarray/],
    [npyFile('<f2', [2, 3], new Uint16Array(6)), /float32/],
    [npyFile('|O', [2], floats), /float32/],
    [npyFile('<f4', [], floats), /first axis/],
    [npyFile('<f4', [3, 3], floats), /again/],
    [npyFile('<f4', [2 ** 40, 2 ** 40], floats), /again/],
    [npyFile('<f4', [3, 2], floats), /Axes|axes/],
    [Buffer.from('\x93NUMPY\x09\x00\x00\x00\x00\x00', 'latin1'), /Versions/],
  ] as const) {
    const path = write('bad.npy', bytes);
    const error = await failure('E_DATA', () => openDataset(path, { inputShapes }));
    assert.match(error.hint!, hint, error.message);
  }
});

test('labels that are no class numbers are E_DATA', async () => {
  const path = write('labels/x.npy', npyFile('<f4', [2, 3], new Float32Array(6)));
  for (const [labels, message] of [
    [npyFile('<f4', [3], new Float32Array(3)), /\[3\]/],
    [npyFile('<f4', [2], Float32Array.of(0, 0.5)), /0.5/],
    [npyFile('<i4', [2], Int32Array.of(0, -1)), /-1/],
  ] as const) {
    write('labels/y.npy', labels);
    assert.match((await failure('E_DATA', () => openDataset(path, { inputShapes }))).message, message);
  }
});

test('NaN and infinite values are E_DATA', async () => {
  const path = write('nan.npy', npyFile('<f4', [2, 3], Float32Array.of(0, 0, 0, 1, Number.NaN, 1)));
  const dataset = await openDataset(path, { inputShapes });
  const error = await failure('E_DATA', () => collect(dataset.samples()));
  assert.match(error.message, /value 1 is NaN/);
  assert.deepEqual(error.at, [`${path}[1]`]);
});

test('a damaged archive is E_DATA wherever it is cut', async () => {
  const whole = zipFile({ 'x.npy': npyFile('<f4', [2, 3], new Float32Array(6)) }, true);
  for (let length = 4; length < whole.length; length += 7) {
    const path = write('cut.npz', whole.subarray(0, length));
    await failure('E_DATA', () => openDataset(path, { inputShapes }));
  }
  const other = write('other.npz', zipFile({ 'a.npy': Buffer.alloc(0), 'b.npy': Buffer.alloc(0) }, false));
  assert.match(
    (await failure('E_DATA', () => openDataset(other, { inputShapes }))).message,
    /a\.npy, b\.npy/,
  );
});
