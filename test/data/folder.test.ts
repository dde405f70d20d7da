import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { type DatasetOptions, openDataset } from '../../src/data/open.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { packageRoot } from '../../src/package-root.ts';
import { collect, failure, fileWriter, npyFile, pngFile, valuesOf, wavFile } from './files.ts';

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

test('numbers in names of files are the classes that the model calls so; else indices, with a warning', async () => {
  const folder = dirname(write('spoken/1_anna_0.wav', wavFile(1, [16384, 1])));
  write('spoken/0_anna_0.wav', wavFile(1, [-16384, 1]));
  const read = async (labels: readonly string[]) => {
    const dataset = await openDataset(folder, { inputShapes: [[1, 2]], labels });
    const samples = await collect(dataset.samples());
    assert.deepEqual(
      [...dataset.labels()],
      samples.map(({ label }) => label),
    );
    return [dataset.labels().join(), ...dataset.warnings!.map(({ code, message }) => `${code}: ${message}`)];
  };
  assert.deepEqual(await read([]), ['0,1']);
  assert.deepEqual(await read(['eight', 'one', 'Zero']), ['2,1'], 'by name');
  assert.deepEqual(await read(['01', '0']), ['1,0']);
  const indices = 'W_LABELS: numbers in names of files are taken for indices of the classes of the model';
  assert.deepEqual(await read(['one', 'two']), ['0,1', `${indices}: 0 is "one", 1 is "two"`]);
  assert.deepEqual(await read(['cat']), ['0,1', `${indices}: 0 is "cat"`]);
});

test('numbers beyond the outputs of a model are no labels, with a warning; who wants none has none', async () => {
  const folder = dirname(write('takes/1_kitchen.wav', wavFile(1, [16384, 1])));
  write('takes/4_hall.wav', wavFile(1, [-16384, 1]));
  const read = async (options: Partial<DatasetOptions>) => {
    const dataset = await openDataset(folder, { inputShapes: [[1, 2]], ...options });
    const labels = (await collect(dataset.samples())).map(({ label }) => label);
    assert.deepEqual(
      [...dataset.labels()],
      labels.map((label) => label ?? -1),
    );
    return [labels, dataset.numbered, dataset.warnings!.map(({ code }) => code)];
  };
  assert.deepEqual(await read({ outputs: 5 }), [[1, 4], 'indices', []]);
  assert.deepEqual(await read({ outputs: 4 }), [[null, null], 'beyond', ['W_LABELS']]);
  assert.deepEqual(await read({ outputs: 2, labels: ['four', 'one'] }), [[1, 0], 'names', []]);
  assert.deepEqual(await read({ outputs: 5, unlabelled: true }), [[null, null], undefined, []]);
});

test('a sample knows the file that it comes from, in windows too', async () => {
  const folder = dirname(write('long/a.wav', wavFile(1, [1, 2, 3])));
  write('long/b.wav', wavFile(1, [4, 5, 6]));
  const filesOf = async (step: number | null) => {
    const preprocess = { ...RAW_VALUES, windows: step === null ? null : { step } };
    const { length, placeOf } = await openDataset(folder, { inputShapes: [[1, 2]], preprocess });
    return Array.from({ length }, (_, i) => basename(placeOf!(i)));
  };
  assert.deepEqual(await filesOf(null), ['a.wav', 'b.wav']);
  assert.deepEqual(await filesOf(1), ['a.wav', 'a.wav', 'b.wav', 'b.wav']);
});

test('images of formats without a decoder are E_DATA with a way out', async () => {
  const folder = dirname(write('webp/a/x.webp', 'anything'));
  const error = await failure('E_DATA', () => openDataset(dirname(folder), { inputShapes }));
  assert.match(error.message, /WEBP images are not read/);
  assert.match(error.hint!, /-format png ".*x\.webp"; then delete or move the original/);
  const empty = dirname(write('empty-image/a.png', ''));
  assert.match(
    (await failure('E_DATA', () => openDataset(empty, { inputShapes }))).message,
    /^the file is empty/,
  );
});

test('sounds of formats that are not read are E_DATA beside those that are, and alone; beside images they are left alone', async () => {
  const folder = dirname(write('odd/a.wav', wavFile(1, [1, 2])));
  const mp3 = write('odd/b.MP3', 'anything');
  for (const path of [folder, mp3]) {
    const { message, at, hint } = await failure('E_DATA', () => openDataset(path, { inputShapes }));
    assert.deepEqual([message, at], ['MP3 sound is not read', [mp3]]);
    assert.match(hint!, /ffmpeg -i ".*b\.MP3" ".*b\.wav"/);
  }
  const images = dirname(write('album/a.png', pngFile(2, 1, 1, [1, 2])));
  write('album/track.flac', 'anything');
  assert.equal((await openDataset(images, { inputShapes })).length, 1);
});

test('names of class folders are those of the classes', async () => {
  const folder = dirname(dirname(write('named/yes/a.png', pngFile(2, 1, 1, [1, 2]))));
  write('named/no/a.png', pngFile(2, 1, 1, [1, 2]));
  assert.deepEqual((await openDataset(folder, { inputShapes })).classNames, ['no', 'yes']);
  const loose = dirname(write('nameless/a.png', pngFile(2, 1, 1, [1, 2])));
  assert.equal((await openDataset(loose, { inputShapes })).classNames, undefined);
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

test('recordings that are not of one kind are warned of, with a file for example', async () => {
  const folder = dirname(write('kinds/0_a.wav', wavFile(1, [1, 2])));
  write('kinds/1_b.wav', wavFile(1, [3, 4], 16, 1, 16000));
  write('kinds/2_c.wav', wavFile(2, [3, 4, 5, 6, 7, 8]));
  write('kinds/3_d.wav', wavFile(1, [3]));
  const messages = async (path: string, limit = 99) =>
    ((await openDataset(path, { inputShapes, limit })).warnings ?? []).map(({ code, message, at }) => {
      assert.equal(code, 'W_MIXED_DATA');
      assert.ok(at.length > 0);
      return message;
    });
  const all = await messages(folder);
  assert.equal(all.length, 3, all.join('\n'));
  assert.match(all[0]!, /3 of 8000 Hz, 1 of 16000 Hz/);
  assert.match(all[1]!, /3 of 1 channel\(s\), 1 of 2 channel\(s\)/);
  assert.match(all[2]!, /of 4 recordings 1 are cut at their end and 1 are padded with zeros/);
  assert.deepEqual(await messages(folder, 1), [], 'only what is used counts');
});

test('a recording fits an input of one sequence only', async () => {
  const folder = dirname(write('sounds/0_a.wav', wavFile(1, [1, 2])));
  for (const shape of [[1, 2], [1, 1, 2], [1, 2, 1], [2]]) {
    assert.equal((await openDataset(folder, { inputShapes: [shape] })).length, 1, `${shape}`);
  }
  for (const shape of [
    [1, 3, 32, 32],
    [1, 49, 10],
    [1, 1, 8, 8],
    [1, 1],
    [1, 1, 28, 28],
  ]) {
    const error = await failure('E_DATA', () => openDataset(folder, { inputShapes: [shape] }));
    assert.match(
      error.message,
      new RegExp(`^sound does not fit an input of shape \\[${shape.join(', ')}\\]`),
    );
  }
});

test('a folder with train/ and test/ names them', async () => {
  const png = pngFile(1, 1, 1, [7]);
  const folder = dirname(dirname(dirname(write('split/train/cat/1.png', png))));
  write('split/test/cat/1.png', png);
  write('split/notes/readme.txt', 'nothing');
  const error = await failure('E_DATA', () => openDataset(folder, { inputShapes: [[1, 1, 1, 1]] }));
  assert.match(error.message, /deeper than in one folder for each class/);
  assert.match(error.hint!, /split[\\/]test, .*split[\\/]train\. Give one of them/);
  const outer = dirname(dirname(dirname(dirname(write('outer/photos/train/cat/1.png', png)))));
  const deeper = await failure('E_DATA', () => openDataset(outer, { inputShapes: [[1, 1, 1, 1]] }));
  assert.match(deeper.hint!, /outer[\\/]photos[\\/]train/);
  const empty = dirname(write('hollow/readme.txt', ''));
  const none = await failure('E_DATA', () => openDataset(empty, { inputShapes: [[1, 1, 1, 1]] }));
  assert.match(none.message, /no images, WAV/);
});

test('samples a folder deeper than others are not left out without a word', async () => {
  const folder = dirname(dirname(write('nested/cat/1.png', pngFile(2, 1, 1, [1, 2]))));
  write('nested/dog/1.png', pngFile(2, 1, 1, [1, 2]));
  write('nested/dog/notes/readme.txt', 'nothing');
  assert.equal((await openDataset(folder, { inputShapes })).length, 2, 'a folder without data');
  write('nested/dog/old/2.png', pngFile(2, 1, 1, [1, 2]));
  const error = await failure('E_DATA', () => openDataset(folder, { inputShapes }));
  assert.match(error.message, /folders of classes hold files, and folders of files/);
  assert.match(error.at.join(), /dog[\\/]old$/);
});

test('folders that are parts of a data set are no classes, unless the model says so', async () => {
  const folder = dirname(dirname(write('parts/train/a.png', pngFile(2, 1, 1, [1, 2]))));
  write('parts/Test/b.png', pngFile(2, 1, 1, [3, 4]));
  const error = await failure('E_DATA', () => openDataset(folder, { inputShapes }));
  assert.match(error.message, /^"Test", "train" are names of parts of a data set, not of classes$/);
  assert.match(error.hint!, /Give one of them \(.*Test, .*train\).*--labels/);
  const classes = await openDataset(folder, { inputShapes, labels: ['train', 'Test'] });
  assert.deepEqual([...classes.labels()], [1, 0]);
  write('parts/tram/c.png', pngFile(2, 1, 1, [3, 4]));
  assert.equal((await openDataset(folder, { inputShapes })).classes, 3);
  const alone = dirname(dirname(write('one-part/val_images/a.png', pngFile(2, 1, 1, [1, 2]))));
  assert.match(
    (await failure('E_DATA', () => openDataset(alone, { inputShapes }))).message,
    /is the name of a part/,
  );
});

test('without labels, files of all folders and beside them are samples, in the order of their paths', async () => {
  const folder = dirname(write('whole/z.png', pngFile(2, 1, 1, [5, 6])));
  write('whole/train/3_a.png', pngFile(2, 1, 1, [1, 2]));
  write('whole/test/b.png', pngFile(2, 1, 1, [3, 4]));
  await failure('E_DATA', () => openDataset(folder, { inputShapes }));
  const dataset = await openDataset(folder, { inputShapes, unlabelled: true });
  const samples = await collect(dataset.samples());
  assert.deepEqual(
    samples.map((sample) => [sample.label, ...valuesOf(sample)]),
    [
      [null, 3, 4],
      [null, 1, 2],
      [null, 5, 6],
    ],
  );
  assert.deepEqual(
    [dataset.classes, dataset.classNames, [...dataset.labels()]],
    [null, undefined, [-1, -1, -1]],
  );
});

test('all damaged files of a folder are named in one error, of many the first ten', async () => {
  const good = pngFile(2, 1, 1, [1, 2]);
  for (let i = 0; i < 30; i++) {
    write(`damaged/${String(i).padStart(2, '0')}.png`, i % 2 === 0 ? good : good.subarray(0, 20 + i));
  }
  const folder = dirname(write('damaged/07.png', ''));
  const dataset = await openDataset(folder, { inputShapes });
  const { message, at, hint } = await failure('E_DATA', () => collect(dataset.samples()));
  assert.match(message, /^15 of 30 files cannot be used, the first: the PNG image is truncated/);
  assert.deepEqual([at.length, at[10]], [11, 'and 5 more']);
  assert.match(at[3]!, /07\.png: the file is empty$/);
  assert.match(hint!, /again/);
  const recordings = dirname(write('cut/a.wav', wavFile(1, [1, 2])));
  write('cut/b.wav', wavFile(1, [1, 2]).subarray(0, 20));
  write('cut/c.wav', 'no sound at all');
  const cut = await failure('E_DATA', () => openDataset(recordings, { inputShapes: [[1, 2]] }));
  assert.match(cut.message, /^2 of 3 files cannot be used/);
  write('single/a.png', good);
  const single = dirname(write('single/b.png', ''));
  const one = await openDataset(single, { inputShapes });
  assert.equal((await failure('E_DATA', () => collect(one.samples()))).message, 'the file is empty');
});

test('all files that do not fit the model are named in one error, by their headers', async () => {
  const said = async (folder: string, shape: readonly number[], preprocess = RAW_VALUES) => {
    const open = async () =>
      collect((await openDataset(folder, { inputShapes: [shape], preprocess })).samples());
    const { message, at, hint } = await failure('E_DATA', open);
    return { message, at: at.map((place) => place.replace(`${folder}/`, '')), hint };
  };
  const jpeg = readFileSync(join(packageRoot(), 'test', 'data', 'jpeg', 'orientation-6.jpg'));
  const grey = pngFile(2, 1, 1, [1, 2]);
  const files = {
    'a/fits.png': grey,
    'a/large.png': pngFile(3, 1, 1, [1, 2, 3]),
    'b/colour.ppm': 'P6 # a comment\n2 1 255\n\x03\x04\x05\x03\x04\x05',
    'b/damaged.png': grey.subarray(0, 45),
    'b/photo.jpg': jpeg,
    'b/text.pgm': 'P2 2 2 9 1 2 3 4',
  };
  const images = dirname(dirname(write('misfits/b/z.png', grey)));
  for (const [name, bytes] of Object.entries(files)) write(`misfits/${name}`, bytes);
  const { message, at, hint } = await said(images, [1, 1, 1, 2]);
  assert.match(
    message,
    /^4 of 7 files cannot be used, the first: an image of 1x1x3 .* does not fit an input of/,
  );
  assert.deepEqual(
    at.map((place) => /^(.*): an image of (.*) \(channels/.exec(place)!.slice(1)),
    [
      ['a/large.png', '1x1x3'],
      ['b/colour.ppm', '3x1x2'],
      ['b/photo.jpg', '3x17x23'],
      ['b/text.pgm', '1x2x2'],
    ],
  );
  assert.match(hint!, /"resize".*"channels": "gray"/, 'the hints of both kinds of misfits');
  // What is resized has the size of the model, but its channels are those of the file.
  const resize = { width: null, height: null, method: 'bilinear', fit: 'stretch' } as const;
  const resized = await said(images, [1, 1, 1, 2], { ...RAW_VALUES, resize });
  assert.match(resized.message, /^2 of 7 files cannot be used, .* 3x1x2 /);

  const floats = (...values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);
  const arrays = dirname(write('uneven/a.npy', npyFile('<f4', [2], floats(1, 2))));
  for (const name of ['b', 'c']) write(`uneven/${name}.npy`, npyFile('<f4', [3], floats(1, 2, 3)));
  const uneven = await said(arrays, [1, 2]);
  assert.match(uneven.message, /^2 of 3 files cannot be used, the first: a sample of shape \[3\]/);

  const tables = dirname(write('axes/a.csv', 'x,y\n1,2\n3,4\n'));
  for (const name of ['b', 'd']) write(`axes/${name}.csv`, 'x,y,z\n1,2,3\n3,4,5\n');
  write('axes/c.csv', 'no table');
  const axes = await said(tables, [1, 5, 2]);
  assert.match(axes.message, /^3 of 4 files cannot be used, the first: a recording of 3 axes does not fit/);

  // What is the same of all is of the model.
  const same = dirname(write('alike/a.png', grey));
  write('alike/b.png', grey);
  const alike = await said(same, [1, 1, 4, 4]);
  assert.match(alike.message, /^an image of 1x1x2 .* does not fit an input of shape \[1, 1, 4, 4\]$/);
  assert.deepEqual(alike.at, ['a.png']);
});

test('an array (height, width, 3) is one colour image, of whatever size, and is no images of 3 pixels width', async () => {
  const bytes = npyFile('|u1', [6, 5, 3], new Uint8Array(90).fill(9));
  const floats = npyFile('<f4', [6, 5, 3], new Float32Array(90));
  const [image, array] = [write('colour/a.npy', bytes), write('colour/b.npy', floats)];
  const shapes = [[1, 3, 8, 8]];
  const other = await failure('E_DATA', () => openDataset(image, { inputShapes: shapes }));
  assert.match(other.message, /^an image of 3x6x5 .* does not fit an input of shape \[1, 3, 8, 8\]$/);
  assert.deepEqual(other.at, [image]);
  assert.match(other.hint!, /"resize"/);
  const resize = { width: null, height: null, method: 'bilinear', fit: 'stretch' } as const;
  const preprocess = { ...RAW_VALUES, resize };
  const [sample, ...others] = await collect(
    (await openDataset(image, { inputShapes: shapes, preprocess })).samples(),
  );
  assert.deepEqual([valuesOf(sample), others], [new Array(192).fill(9), []]);
  const unfit = await failure('E_DATA', () => openDataset(array, { inputShapes: shapes }));
  assert.match(unfit.message, /^a sample of shape \[6, 5, 3\] does not fit/);
  assert.match(unfit.hint!, /unsigned bytes .*PNG.*"resize"/);
  const grey = write('colour/grey.npy', npyFile('|u1', [6, 5], new Uint8Array(30)));
  const small = await failure('E_DATA', () => openDataset(grey, { inputShapes: [[1, 1, 8, 8]] }));
  assert.match(small.message, /^an image of 1x6x5 /);
  const flat = write('colour/flat.npy', npyFile('<f4', [2, 64], new Float32Array(128)));
  const rows = await failure('E_DATA', () => openDataset(flat, { inputShapes: [[1, 1, 8, 8]] }));
  assert.match(rows.message, /^a sample of shape \[64\] does not fit/);
  assert.match(rows.hint!, /numpy\.reshape/);
  // Three axes of a sensor are no colours.
  for (const inputShape of [
    [1, 5, 3],
    [1, 1, 5, 3],
  ]) {
    const series = await openDataset(array, { inputShapes: [inputShape] });
    assert.equal(series.length, 6);
  }
  const short = await failure('E_DATA', () => openDataset(array, { inputShapes: [[1, 7, 3]] }));
  assert.match(short.message, /^a sample of shape \[5, 3\] does not fit/);
});

test('one image, and one array without an axis of samples, are one sample that says where it lies', async () => {
  const image = write('alone/photo.png', pngFile(2, 1, 1, [7, 8]));
  const array = write('alone/x.npy', npyFile('<f4', [1, 2], new Uint8Array(Float32Array.of(5, 6).buffer)));
  const flat = write('alone/flat.npy', npyFile('<f4', [2], new Uint8Array(Float32Array.of(5, 6).buffer)));
  for (const [path, values, at] of [
    [image, [7, 8], image],
    [array, [5, 6], `${array}[0]`],
    [flat, [5, 6], flat],
  ] as const) {
    const dataset = await openDataset(path, { inputShapes });
    const [sample, ...others] = await collect(dataset.samples());
    assert.deepEqual([valuesOf(sample), sample!.at, sample!.label, others], [values, at, null, []]);
  }
  const webp = await failure('E_DATA', () => openDataset(write('alone/a.webp', 'RIFF'), { inputShapes }));
  assert.match(webp.message, /WEBP images are not read/);
});
