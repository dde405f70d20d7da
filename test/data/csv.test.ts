/** Recordings as text, and folders of arrays: what is read, where their axes go, and what is refused. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { csvSize, parseCsv } from '../../src/data/csv.ts';
import { openDataset, openSequences } from '../../src/data/open.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { collect, failure, fileWriter, npyFile, pngFile, readAll, valuesOf } from './files.ts';

const write = fileWriter();

const parsed = (text: string) => {
  const { values, ...size } = parseCsv(Buffer.from(text), 'a.csv', null);
  const { clock: _, ...counted } = csvSize(Buffer.from(text), 'a.csv', null);
  assert.deepEqual(counted, size);
  const { rows, columns } = size;
  return [rows, columns, ...values];
};

test('cells are parted by commas, semicolons or tabs; a header is known by its names', () => {
  const expected = [2, 3, 1, -2, 0.5, 4, 5e-3, 6];
  for (const text of [
    '1,-2,.5\n4,5e-3,6\n',
    '1;-2;.5\r\n4;5e-3;+6\r\n',
    '1\t-2\t0.5\n4\t5E-3\t6',
    '\ufeffx,y,z\n\n1, -2, 0.5\n4,5e-3,6\n\n',
    '"acc x","acc y","acc z"\n"1","-2","0.5"\n4,0.005,6\n',
  ]) {
    assert.deepEqual(parsed(text), expected.map(Math.fround), JSON.stringify(text));
  }
  assert.deepEqual(parsed('7\n8\n'), [2, 1, 7, 8]);
});

test('columns of time are left out by their names, and the index of pandas for having none', () => {
  assert.deepEqual(parsed('time,x,y\n0.01,1,2\n0.02,3,4\n'), [2, 2, 1, 2, 3, 4]);
  assert.deepEqual(parsed(',x,Timestamp (ms)\n0,1,2026-11-29 10:00\n1,3,later\n'), [2, 1, 1, 3]);
  assert.deepEqual(parsed('timer,times\n1,2\n'), [1, 2, 1, 2], 'other names are axes');
  for (const name of ['Zeit [s]', 'Uhrzeit', 't', 't [ms]', 'seconds', 'Datum']) {
    assert.deepEqual(parsed(`${name};x\n1;2\n`), [1, 1, 2], name);
  }
  assert.deepEqual(parsed('x;t\n1;2\n'), [1, 2, 1, 2], 'short names are of time in front alone');
  assert.deepEqual(parsed('T;temp\n1;2\n'), [1, 2, 1, 2]);
});

test('what spreadsheets, loggers and NumPy write around a table is passed over', () => {
  for (const text of [
    'sep=;\nx;y\n1;2\n3;4\n',
    '# Geraet 12\n# 2026-11-29\nx,y\n1,2\n# a break\n3,4\n',
    'x,y\n[g],[m/s²]\n1,2\n3,4\n',
    'time;x;y\ns;g;g\n0;1;2\n1;3;4\n',
    '# time,x,y\n0,1,2\n1,3,4\n',
  ]) {
    assert.deepEqual(parsed(text), [2, 2, 1, 2, 3, 4], text);
  }
  assert.deepEqual(parsed('# a, b, c\n1,2\n'), [1, 2, 1, 2], 'a comment of other cells is none of names');
});

test('columns are found by the names that are wanted, in that order', async () => {
  const take = (text: string, ...wanted: readonly string[]) => {
    const { values, names } = parseCsv(Buffer.from(text), 'a.csv', wanted);
    return [names?.join(), ...values];
  };
  assert.deepEqual(take('time,z,y,x\n0,3,2,1\n', 'x', 'y', 'z'), ['x,y,z', 1, 2, 3]);
  assert.deepEqual(take('time,x\n7,1\n', 'time', 'x'), ['time,x', 7, 1]);
  assert.deepEqual(take('1,2\n', 'x', 'y'), [undefined, 1, 2], 'without a header by their places');
  const other = await failure('E_DATA', () => take('Zeit,ax,ay\n0,1,2\n', 'x', 'y'));
  assert.match(other.message, /no column "x"/);
  assert.match(other.hint!, /columns are Zeit, ax, ay; the model takes x, y\. .*"table"/);
  const none = await failure('E_DATA', () => take('0,1,2\n', 'x', 'y'));
  assert.match(none.message, /3 columns and no header, wanted are x, y/);
});

test('how far rows are apart is the median of the column of time', () => {
  const clock = (text: string) => csvSize(Buffer.from(text), 'a.csv', null).clock;
  assert.deepEqual(clock('time,x\n0.1,1\n0.12,1\n0.14,1\n0.3,1\n'), { step: 0.02, longest: 0.16 });
  assert.deepEqual(clock('time,x\n3,1\n2.5,1\n'), { step: -0.5, longest: 0.5 }, 'newest first');
  for (const text of ['x\n1\n2\n', 'time,x\n10:00,1\n10:01,2\n', 'time,x\n3,1\n3,1\n', 'time,x\n1,1\n']) {
    assert.equal(clock(text), null, text);
  }
});

test('what is wrong is one error with line and column', async () => {
  for (const [text, message, at] of [
    ['x,y\n1,2\n3,oops\n', /"oops" is no number/, 'a.csv:3:2 (column "y")'],
    ['1,2\n3,\n', /empty/, 'a.csv:2:2'],
    ['1,2\n\n3,NaN\n', /"NaN"/, 'a.csv:3:2'],
    ['1,2\n3,1e99\n', /"1e99"/, 'a.csv:2:2'],
    ['1,2\n3,4,5\n', /3 cells .* of 2/, 'a.csv:2'],
    ['1;2\n3;4,5\n', /"4,5"/, 'a.csv:2:2'],
    ['x,1,2\n3,4,5\n', /"x"/, 'a.csv:1:1'],
    ['time\n1\n', /columns/, 'a.csv:1'],
    ['', /no lines/, 'a.csv:1'],
    ['x,y\n[g],[g]\n', /no rows/, 'a.csv:1'],
    ['Geraet 12\ntime,x,y\n0,1,2\n', /header has 1 cell, line 2 has 3/, 'a.csv:1'],
    [`${'1,'.repeat(5000)}1\n`, /4096/, 'a.csv:1'],
  ] as const) {
    const error = await failure('E_DATA', () => parseCsv(Buffer.from(text), 'a.csv', null));
    assert.match(error.message, message, JSON.stringify(text.slice(0, 40)));
    assert.deepEqual(error.at, [at]);
  }
  const preamble = await failure('E_DATA', () => parseCsv(Buffer.from('a 12\nx,y\n1,2\n'), 'a.csv', null));
  assert.match(preamble.hint!, /before it.*#/);
  const comma = await failure('E_DATA', () => parseCsv(Buffer.from('1;2\n3;4,5\n'), 'a.csv', null));
  assert.match(comma.hint!, /point/);
  const missing = await failure('E_DATA', () =>
    parseCsv(Buffer.from('x,y\nNaN,\n1,nan\n,2\n'), 'a.csv', null),
  );
  assert.match(missing.message, /4 cells are no numbers, the first is "NaN"/);
  assert.deepEqual(missing.at, [
    'a.csv:2:1 (column "x")',
    'a.csv:2:2 (column "y")',
    'a.csv:3:2 (column "y")',
    'and 1 more',
  ]);
  assert.match(missing.hint!, /interpolat/);
  const utf16 = Buffer.from('\ufeffx,y\n1,2\n', 'utf16le');
  const encoded = await failure('E_DATA', () => parseCsv(utf16, 'a.csv', null));
  assert.match(encoded.message, /UTF-16/);
  assert.match(encoded.hint!, /UTF-8/);
  const bare = await failure('E_DATA', () => csvSize(utf16.subarray(2), 'a.csv', null));
  assert.match(bare.message, /NUL/);
});

/** 4 moments of 2 axes. */
const walk = write('walk/a.csv', 'time,x,y\n0,1,10\n1,2,20\n2,3,30\n3,4,40\n');
const rowwise = [1, 10, 2, 20, 3, 30, 4, 40];
const axiswise = [1, 2, 3, 4, 10, 20, 30, 40];
const first = async (shape: readonly number[], changes: object = {}) =>
  valuesOf(
    (await readAll(dirname(walk), { inputShapes: [shape], preprocess: { ...RAW_VALUES, ...changes } }))[0],
  );

test('axes go where the input has as many: behind time, before it, or flat as "layout" says', async () => {
  for (const shape of [
    [1, 4, 2],
    [1, 1, 4, 2],
    [1, 4, 1, 2],
    [4, 2],
  ]) {
    assert.deepEqual(await first(shape), rowwise, `${shape}`);
  }
  for (const shape of [
    [1, 2, 4],
    [1, 2, 1, 4],
    [1, 1, 2, 4],
    [1, 2, 4, 1],
  ]) {
    assert.deepEqual(await first(shape), axiswise, `${shape}`);
  }
  assert.deepEqual(await first([1, 8], { layout: 'nhwc' }), rowwise);
  assert.deepEqual(await first([1, 8], { layout: 'nchw' }), axiswise);
  assert.deepEqual(await first([1, 2]), [1, 10], 'one moment');
  assert.deepEqual(await first([1, 2, 2], { layout: 'nchw' }), [1, 2, 10, 20]);
  assert.deepEqual(await first([1, 2, 2], { layout: 'nhwc' }), [1, 10, 2, 20]);
});

test('what is ambiguous, or has other axes, is E_DATA with the way out', async () => {
  assert.match((await failure('E_DATA', () => first([1, 2, 2]))).hint!, /"layout"/);
  assert.match((await failure('E_DATA', () => first([1, 8]))).hint!, /"layout"/);
  for (const shape of [
    [1, 3, 4],
    [1, 3, 32, 32],
    [1, 7],
    [1, 2, 4, 4],
  ]) {
    const error = await failure('E_DATA', () => first(shape));
    assert.match(error.message, /2 axes .* \[/);
    assert.match(error.hint!, /Axes are "x", "y"\. .*called time.*"table"/);
  }
  const bare = write('bare/a.csv', '0,1,10\n');
  const error = await failure('E_DATA', () => openDataset(bare, { inputShapes: [[1, 2, 4]] }));
  assert.match(error.hint!, /no header/);
});

test('tables of other columns, steps or with gaps are warned of; what all say is known', async () => {
  const rows = (step: number, ...gap: readonly number[]) =>
    [0, 1, 2, 3].map((i) => `${(i * step + (i === 3 ? (gap[0] ?? 0) : 0)).toFixed(3)},1,2\n`).join('');
  const open = async (files: readonly string[], table: object | null = null) => {
    const name = `tables-${Math.abs(files.join().length * 7919 + files.length)}-${table === null}`;
    const [folder] = files.map((text, i) => dirname(write(`${name}/${i}.csv`, text)));
    const preprocess = { ...RAW_VALUES, table: table as typeof RAW_VALUES.table };
    const dataset = await openDataset(folder!, { inputShapes: [[1, 4, 2]], preprocess });
    return {
      table: dataset.table,
      said: dataset.warnings!.map(({ code, message }) => `${code}: ${message}`),
    };
  };
  const usual = `time,x,y\n${rows(0.02)}`;
  assert.deepEqual(await open([usual, usual]), { table: { columns: ['x', 'y'], step: 0.02 }, said: [] });
  const swapped = await open([usual, usual, `time,y,x\n${rows(0.02)}`]);
  assert.equal(swapped.table, null);
  assert.match(
    swapped.said.join(),
    /^W_MIXED_DATA: the recordings are not of one kind: 2 of x, y; 1 of y, x; they are taken by their places$/,
  );
  const known = { columns: ['x', 'y'], step: 0.01 };
  const slower = await open([usual, usual, `time,y,x\n${rows(0.02)}`], known);
  assert.deepEqual(slower.table, { columns: ['x', 'y'], step: 0.02 });
  assert.match(slower.said.join(), /^W_MIXED_DATA: .* 3 of 3 .*: 3 of 0\.02; in training 0\.01$/);
  const mixed = await open([usual, usual, `time,x,y\n${rows(0.01)}`]);
  assert.deepEqual(mixed.table, { columns: ['x', 'y'], step: null });
  assert.match(mixed.said.join(), /1 of 3 recordings have other steps .*: 1 of 0\.01; in the others 0\.02$/);
  const broken = await open([usual, `time,x,y\n${rows(0.02, 1)}`]);
  assert.match(
    broken.said.join(),
    /1 of 2 recordings have gaps: .* one of 1\.02, from row to row it is 0\.02$/,
  );
  const newestFirst = `time,x,y\n${rows(0.02).trim().split('\n').reverse().join('\n')}\n`;
  const reversed = await open([usual, newestFirst, newestFirst]);
  assert.deepEqual(reversed.said, [
    'W_MIXED_DATA: in 2 of 3 recordings time runs backwards: every movement would go in reverse',
  ]);
});

test('every axis has its mean and standard deviation, of arrays as of tables', async () => {
  const changes = { scale: 2, mean: [2, 20], std: [1, 10] };
  assert.deepEqual(await first([1, 2, 4], changes), [0, 2, 4, 6, 0, 2, 4, 6]);
  const array = write('array/a.npy', npyFile('<f4', [4, 2], Float32Array.from(rowwise)));
  const read = async (layout: 'nchw' | 'nhwc' | null) =>
    valuesOf(
      (
        await readAll(dirname(array), {
          inputShapes: [[1, 4, 2]],
          preprocess: { ...RAW_VALUES, ...changes, layout },
        })
      )[0],
    );
  assert.deepEqual(await read(null), [0, 0, 2, 2, 4, 4, 6, 6]);
  await failure('E_PREPROCESS', () => read('nchw'));
  await failure('E_PREPROCESS', () => first([1, 2, 4], { mean: [1, 2, 3] }));
});

test('a folder of class folders of CSV files; a longer one is cut, a shorter one padded, and that is said', async () => {
  const folder = dirname(dirname(write('gestures/wave/1.csv', '1,2\n3,4\n5,6\n')));
  write('gestures/idle/1.csv', '7;8\n');
  write('gestures/idle/2.tsv', '7\t8\n9\t10\n');
  write('gestures/idle/notes.txt', 'not data');
  const dataset = await openDataset(folder, {
    inputShapes: [[1, 2, 2]],
    preprocess: { ...RAW_VALUES, layout: 'nhwc' },
  });
  assert.deepEqual([dataset.classNames, dataset.classes], [['idle', 'wave'], 2]);
  assert.deepEqual(
    (await collect(dataset.samples())).map((sample) => [sample.label, ...valuesOf(sample)]),
    [
      [0, 7, 8, 0, 0],
      [0, 7, 8, 9, 10],
      [1, 1, 2, 3, 4],
    ],
  );
  assert.deepEqual(
    dataset.warnings!.map(({ message }) => message),
    ['of 3 recordings 1 are cut at their end and 1 are padded with zeros: the input takes 2 rows'],
  );
  assert.deepEqual([...dataset.labels()], [0, 0, 1]);
});

test('one CSV file is one recording; beside images a CSV file is a list', async () => {
  assert.equal((await openDataset(walk, { inputShapes: [[1, 4, 2]] })).length, 1);
  const folder = dirname(write('list/labels.csv', 'name,label\na.png,1\n'));
  write('list/a.png', pngFile(2, 1, 1, [1, 2]));
  assert.equal((await openDataset(folder, { inputShapes: [[1, 1, 1, 2]] })).length, 1);
});

test('for a model with state a table is a sequence of its rows', async () => {
  const data = await openSequences(walk, { inputShapes: [[1, 2]], frames: null });
  assert.deepEqual((await collect(data.samples())).map(valuesOf), [
    [1, 10],
    [2, 20],
    [3, 30],
    [4, 40],
  ]);
});

test('a folder of .npy files has a sample in each; bytes of the shape of an image are one', async () => {
  const folder = dirname(
    dirname(write('arrays/a/1.npy', npyFile('<f8', [2, 2], Float64Array.of(1, 2, 3, 4)))),
  );
  write('arrays/b/1.npy', npyFile('<i2', [1, 2, 2], Int16Array.of(5, 6, 7, 8)));
  const dataset = await openDataset(folder, { inputShapes: [[1, 2, 2]] });
  assert.deepEqual(
    (await collect(dataset.samples())).map((sample) => [sample.label, ...valuesOf(sample)]),
    [
      [0, 1, 2, 3, 4],
      [1, 5, 6, 7, 8],
    ],
  );
  assert.deepEqual([dataset.classNames, dataset.warnings], [['a', 'b'], []]);
  const images = dirname(write('bytes/a.npy', npyFile('|u1', [1, 2, 3], Uint8Array.of(1, 2, 3, 4, 5, 6))));
  const [image] = await readAll(images, { inputShapes: [[1, 3, 1, 2]] });
  assert.deepEqual(valuesOf(image), [1, 4, 2, 5, 3, 6]);
  const error = await failure('E_DATA', () => readAll(folder, { inputShapes: [[1, 3]] }));
  assert.match(error.message, /\[2, 2\].*\[1, 3\]/);
});
