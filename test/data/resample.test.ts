/** Resampling: the filter of scipy, and what follows from it for sines, silence and lengths. */
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { openDataset, openSequences } from '../../src/data/open.ts';
import { type Preprocess, RAW_VALUES } from '../../src/data/preprocess.ts';
import { createResampler, resampledLength } from '../../src/data/resample.ts';
import { createFrontEnd } from '../../src/signal/front-end.ts';
import { RECIPES } from '../../src/signal/recipes.ts';
import type { FeatureSettings } from '../../src/signal/settings.ts';
import { collect, failure, fileWriter, readAll, valuesOf, wavFile } from './files.ts';

const write = fileWriter();

/** scipy 1.17: resample_poly of 24 samples with its defaults, in float64. */
const SCIPY: readonly (readonly [number, number, readonly number[]])[] = [
  [
    8000,
    16000,
    [
      -12006.21, -10575.9, -8026.15, -6811.93, -2091.08, 5489.4, 5799.0, -3204.13, -8368.33, -2340.98,
      3431.77, -1140.08, -6825.53, -1428.69, 8884.6, 10108.8, 2537.31, -2604.67, -1854.96, -1428.18, -4292.22,
      -6313.85, -4774.47, -2758.29, -3301.71, -3730.49, 126.07, 5825.43, 5508.85, -2964.98, -11165.77,
      -10306.99, -1872.97, 6290.12, 9374.85, 6548.12, -1434.74, -9729.76, -10289.32, -1720.62, 6823.53,
      7086.41, 1878.97, -1268.35, -1110.57, -1200.49, -2145.11, -1696.43,
    ],
  ],
  [44100, 16000, [-6198.52, -2338.72, 352.85, 1167.36, -4004.33, -663.31, -1048.94, 249.63, -102.64]],
  [
    16000,
    8000,
    [
      -9128.01, -1818.07, -991.14, -1103.17, 4992.16, -6549.5, -253.13, -2366.05, -264.4, -201.91, -598.07,
      1312.44,
    ],
  ],
  [
    22050,
    16000,
    [
      -10631.52, -5780.05, 2401.71, -2913.71, -2317.2, 3937.38, 3218.5, -4935.11, -3753.63, -3085.8, 4856.44,
      -10284.76, 6490.59, -916.64, -5303.29, 6443.78, -3003.83, -283.35,
    ],
  ],
];

test('samples are those of scipy.signal.resample_poly, rounded', () => {
  const pcm = Int16Array.from({ length: 24 }, (_, i) => ((i * i * 977 + i * 3001) % 24000) - 12000);
  for (const [from, to, expected] of SCIPY) {
    const heard = createResampler(to)(pcm, from, 'x.wav');
    assert.equal(heard.length, expected.length, `${from} to ${to} Hz`);
    assert.equal(heard.length, resampledLength(pcm.length, from, to));
    for (const [i, value] of heard.entries()) {
      assert.ok(Math.abs(value - expected[i]!) <= 0.52, `${from} to ${to} Hz: sample ${i} is ${value}`);
    }
  }
});

test('a tone stays the tone that it is, what cannot be heard at the lower rate is gone', () => {
  const tone = (hertz: number, rate: number, length: number): Int16Array =>
    Int16Array.from({ length }, (_, i) => Math.round(10000 * Math.sin((2 * Math.PI * hertz * i) / rate)));
  const inside = (pcm: Int16Array): readonly number[] => [...pcm.subarray(100, pcm.length - 100)];
  const heard = inside(createResampler(16000)(tone(440, 44100, 8820), 44100, 'a'));
  const expected = inside(tone(440, 16000, 3200));
  assert.ok(
    heard.every((value, i) => Math.abs(value - expected[i]!) <= 40),
    '0.4 % of the amplitude',
  );
  const gone = inside(createResampler(16000)(tone(12000, 44100, 8820), 44100, 'a'));
  assert.ok(gone.every((value) => Math.abs(value) <= 40));
  const loud = createResampler(16000)(new Int16Array(800).fill(32767), 8000, 'a');
  assert.ok(Math.max(...loud) === 32767 && Math.min(...loud) > 0, 'clipped, not wrapped');
});

test('rates that are none, and recordings too long to be resampled, are E_DATA', async () => {
  for (const rate of [0, 400_000, 0xffffffff]) {
    await failure('E_DATA', () => createResampler(16000)(Int16Array.of(1), rate, 'x.wav'));
  }
  const long = new Int16Array(1 << 20);
  await failure('E_DATA', () => createResampler(384_000)(long, 1, 'x.wav'));
});

const sound = (rate: number, step: number | null = null): Preprocess => ({
  ...RAW_VALUES,
  sound: { rate, features: null },
  windows: step === null ? null : { step },
});
const constant = (length: number, rate: number) => wavFile(1, Array(length).fill(8192), 16, 1, rate);

test('mixed rates become that of the model, with one warning for all', async () => {
  const folder = dirname(write('rates/0_a.wav', constant(400, 16000)));
  write('rates/1_a.wav', constant(200, 8000));
  write('rates/1_b.wav', constant(1103, 44100));
  write('rates/1_c.wav', constant(200, 8000));
  const inputShapes = [[1, 400]];
  const dataset = await openDataset(folder, { inputShapes, preprocess: sound(16000) });
  for (const sample of await collect(dataset.samples())) {
    const middle = valuesOf(sample).slice(50, 350);
    assert.ok(middle.every((value) => Math.abs(value - 0.25) < 0.001));
  }
  const [warning, ...others] = dataset.warnings!;
  assert.deepEqual(others, [], '1,103 samples at 44.1 kHz are 400.2 at 16 kHz: no other length');
  assert.equal(warning!.message, '3 of 4 recordings are resampled to 16000 Hz: 2 of 8000 Hz, 1 of 44100 Hz');
  assert.equal(warning!.code, 'W_MIXED_DATA');
  assert.match(
    warning!.hint!,
    /lower rate lack what is above half of it.*higher rate lose what is above 8000 Hz/,
  );
  const high = await openDataset(dirname(write('high/0_a.wav', constant(1103, 44100))), {
    inputShapes,
    preprocess: sound(16000),
  });
  assert.doesNotMatch(high.warnings![0]!.hint!, /lower/);
  const one = await openDataset(folder, { inputShapes, preprocess: sound(16000), limit: 1 });
  assert.deepEqual(one.warnings, [], 'only what is used counts');
});

test('without a rate mixed ones are left as they are, and that is warned of', async () => {
  const folder = dirname(write('asis/0_a.wav', constant(4, 16000)));
  write('asis/1_a.wav', constant(4, 8000));
  const dataset = await openDataset(folder, { inputShapes: [[1, 4]] });
  assert.match(dataset.warnings![0]!.message, /1 of 8000 Hz, 1 of 16000 Hz; they are not resampled/);
  assert.match(dataset.warnings![0]!.hint!, /"rate"/);
});

test('sequences are resampled, too', async () => {
  const folder = dirname(write('sequence/0_a.wav', constant(100, 8000)));
  const data = await openSequences(folder, {
    inputShapes: [[1, 50]],
    preprocess: sound(16000),
    frames: null,
  });
  const samples = await collect(data.samples());
  assert.deepEqual(
    samples.map(({ frame }) => frame!.last),
    [false, false, false, true],
  );
  assert.ok(Math.abs(valuesOf(samples[1])[20]! - 0.25) < 0.001);
  assert.match(data.warnings![0]!.message, /^the recording is resampled/);
});

test('features of a sound are what the front end gives, in the order of the input, then scaled', async () => {
  const features: FeatureSettings = { ...RECIPES.get('mlperf-tiny-kws')!, samples: 16000, layout: null };
  const frontEnd = createFrontEnd(features, 16000, 490);
  const pcm = Array.from({ length: 16000 }, (_, i) => ((i * 7919) % 20001) - 10000);
  const folder = dirname(write('features/0_a.wav', wavFile(1, [...pcm, 1, 2, 3], 16, 1, 16000)));
  const preprocess = { ...RAW_VALUES, sound: { rate: 16000, features }, mean: [1], std: [2] };
  const integers = frontEnd.compute(Int16Array.from(pcm));
  const expected = Float32Array.from(integers, (one) => (one / 2 ** frontEnd.fractionBits - 1) / 2);
  const [frames] = await readAll(folder, { inputShapes: [[1, 1, 49, 10]], preprocess });
  assert.deepEqual(frames!.inputs[0], expected);
  const [values] = await readAll(folder, { inputShapes: [[1, 10, 49]], preprocess });
  assert.equal(values!.inputs[0]![1], expected[10], 'values first: the second is of the second frame');
  const { warnings } = await openDataset(folder, { inputShapes: [[1, 49, 10]], preprocess });
  assert.match(warnings![0]!.message, /^the recording is cut at its end: the input takes 16000 samples/);
});
