import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyml } from './run.ts';
import { cutImages, FIXTURE, inFolder, type Refusal, refuses, smallData, writeSmall } from './small.ts';

const QUANTIZE = ['quantize', 'model.onnx', '-o', 'out.onnx'] as const;

/** Each case makes its data in a folder with the small model and gives their path. */
const CASES: readonly (readonly [name: string, make: (folder: string) => string, refusal: Refusal])[] = [
  [
    'data that are not there',
    () => 'nowhere',
    { code: 'E_FILE', message: /does not exist/, at: ['nowhere'], hint: /path/ },
  ],
  [
    'an empty folder',
    (folder) => {
      mkdirSync(join(folder, 'data'));
      return 'data';
    },
    {
      code: 'E_DATA',
      message: /no images, WAV, \.npy or CSV files/,
      at: ['data'],
      hint: /PNG, JPEG, PGM, PPM; WAV; \.npy; CSV/,
    },
  ],
  [
    'a cell of a CSV file that is no number',
    (folder) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'a.csv'), `time,x\n${'0,1\n'.repeat(30)}0,one\n`);
      return 'data';
    },
    { code: 'E_DATA', message: /"one" is no number/, at: ['data/a.csv:32:2 (column "x")'], hint: /decimal/ },
  ],
  [
    'a JPEG image that is cut off',
    (folder) => {
      mkdirSync(join(folder, 'data'));
      writeFileSync(join(folder, 'data', 'a.jpg'), Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]));
      return 'data';
    },
    { code: 'E_DATA', message: /JPEG image is truncated/, at: ['data/a.jpg'], hint: /again/ },
  ],
  [
    'images of another size',
    (folder) => cutImages(folder, 'calibration', 3),
    {
      code: 'E_DATA',
      message: /1x28x28 .* does not fit an input of shape \[1, 1, 8, 8\]/,
      at: ['calibration-images-idx3-ubyte[0]'],
      hint: /--preprocess/,
    },
  ],
  [
    'a file that ends within a sample',
    (folder) => {
      writeFileSync(join(folder, 'odd.f32'), smallData(3).subarray(0, 400));
      return 'odd.f32';
    },
    { code: 'E_DATA', message: /whole samples of 64 float32/, at: ['odd.f32'], hint: /\[1, 1, 8, 8\]/ },
  ],
  [
    'a truncated IDX file',
    (folder) => {
      const images = cutImages(folder, 'calibration', 3);
      truncateSync(join(folder, images), 2000);
      return images;
    },
    {
      code: 'E_DATA',
      message: /truncated: 2368 bytes are needed, it has 2000/,
      at: ['calibration-images-idx3-ubyte'],
      hint: /again/,
    },
  ],
  [
    'a value that is NaN',
    (folder) => {
      const bytes = smallData(2);
      new DataView(bytes.buffer).setFloat32(4 * (64 + 36), Number.NaN, true);
      writeFileSync(join(folder, 'nan.f32'), bytes);
      return 'nan.f32';
    },
    { code: 'E_DATA', message: /value 36 is NaN/, at: ['nan.f32[1]'], hint: /remove the sample/ },
  ],
  [
    'a format that is not known',
    () => 'model.onnx',
    { code: 'E_DATA', message: /format of the data/, at: ['model.onnx'], hint: /\.npy/ },
  ],
];

for (const [name, make, refusal] of CASES) {
  test(`quantize refuses ${name}`, () =>
    inFolder(async (folder) => {
      await writeSmall(folder);
      await refuses(folder, [...QUANTIZE, '-d', make(folder)], refusal);
    }));
}

test('a label outside the classes is refused, by quantize and by evaluate', () =>
  inFolder(async (folder) => {
    copyFileSync(join(FIXTURE, 'model.onnx'), join(folder, 'model.onnx'));
    const images = cutImages(folder, 'evaluation', 5);
    const labels = join(folder, 'evaluation-labels-idx1-ubyte');
    const bytes = readFileSync(labels);
    bytes[8 + 3] = 12;
    writeFileSync(labels, bytes);
    const refusal: Refusal = {
      code: 'E_DATA',
      message: /sample 3 has label 12, the model has 10 outputs/,
      at: [images],
      hint: /same classes/,
    };
    await refuses(folder, ['evaluate', 'model.onnx', '-d', images], refusal);
    await refuses(folder, [...QUANTIZE, '-d', images, '-n', '1', '-e', images], refusal);
  }));

test('a preprocessing file with a misspelt key is refused with the right one', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    writeFileSync(join(folder, 'pre.json'), '{ "scael": 2 }');
    await refuses(folder, [...QUANTIZE, '-d', 'data.f32', '--preprocess', 'pre.json'], {
      code: 'E_PREPROCESS',
      message: /"scael"/,
      at: [/^pre\.json/],
      hint: /"scale"/,
    });
  }));

test('of fewer samples than asked for all are used, with a warning', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    const { status, stdout, stderr } = await tinyml([...QUANTIZE, '-d', 'data.f32', '-n', '20', '--json'], {
      cwd: folder,
    });
    assert.equal(status, 0, stderr);
    assert.equal(JSON.parse(stdout).quantisation.samples, 8);
    assert.match(stderr, /^warning\[W_SAMPLES\]: data\.f32 has 8 samples, not 20; all are used\n/);
    const [only, ...others] = JSON.parse(stdout).warnings;
    assert.deepEqual([only.code, others.length], ['W_SAMPLES', 0]);
  }));

test('with --strict a warning ends the command with 1, after its result and its output', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    const strict = (size: string) =>
      tinyml([...QUANTIZE, '-d', 'data.f32', '-n', size, '--strict', '--quiet', '--json'], { cwd: folder });
    const clean = await strict('8');
    assert.equal(clean.status, 0, clean.stderr);
    assert.deepEqual(JSON.parse(clean.stdout).warnings, []);
    const { status, stdout, stderr } = await strict('20');
    assert.equal(status, 1, stderr);
    assert.equal(JSON.parse(stdout).warnings[0].code, 'W_SAMPLES');
    const { error } = JSON.parse(stderr);
    assert.equal(error.code, 'E_WARNING');
    assert.match(error.at[0], /^W_SAMPLES: data\.f32 has 8 samples/);
  }));
