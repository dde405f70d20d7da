import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { fixedFeatures } from '../../src/signal/fixed.ts';
import type { FeatureSettings } from '../../src/signal/settings.ts';
import { featureSchema } from '../../src/signal/settings-schema.ts';
import { frontEndTables } from '../../src/signal/tables.ts';
import type { BoardId } from '../../src/targets/cortex-m/boards.ts';
import { frontEndScratch, frontEndTableBytes } from '../../src/targets/cortex-m/print-front-end.ts';
import { type DeviceCase, type DeviceResult, runOnDevice } from './device.ts';
import { recordedCases } from './recorded.ts';
import { testSound } from './sound.ts';

const random = seededRandom(12);
const among = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)]!;

/** Settings of every kind. */
function randomSettings(): FeatureSettings {
  const fftSize = among(32, 64, 256, 512);
  const bands = among(1, 7, 24);
  const floored = random() < 0.5;
  return featureSchema.parse({
    samples: fftSize * 2 + Math.floor(random() * 300),
    frameLength: Math.floor(fftSize * (0.5 + random() / 2)),
    frameStep: Math.floor(fftSize * (0.3 + random() / 2)),
    fftSize,
    window: among('hann', 'hann-symmetric', 'hamming', 'hamming-symmetric', 'none'),
    windowPlace: among('start', 'middle'),
    centre: among('none', 'zeros', 'reflect'),
    level: among('full-scale', 'peak'),
    preEmphasis: among(0, 0.5, 0.97),
    spectrum: among('power', 'magnitude'),
    mel: {
      bands,
      low: among(0, 40, 300),
      high: among(null, 3999, 1000),
      scale: among('htk', 'slaney'),
      norm: among('none', 'slaney'),
      triangles: among('hertz', 'mel'),
    },
    log: {
      base: among('natural', 'log10', 'decibel'),
      floor: floored ? among(1e-10, 1e-3, 5) : 0,
      offset: floored ? 0 : among(1e-12, 1e-6, 3),
      reference: among('one', 'maximum'),
      range: among(null, 0.5, 80),
    },
    mfcc: among(null, { coefficients: 1 + Math.floor(random() * bands), norm: among('ortho', 'htk') }),
  });
}

/** From silence to the loudest that there is. */
const SOUNDS: readonly ((n: number) => Int16Array)[] = [
  (n) => new Int16Array(n),
  (n) => new Int16Array(n).fill(-32768),
  (n) => Int16Array.from({ length: n }, (_, i) => ((i >> 2) % 2 === 0 ? 32767 : -32768)),
  (n) => Int16Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 32767 : -32768)),
  (n) => new Int16Array(n).fill(1, n >> 1, (n >> 1) + 1),
  (n) => Int16Array.from({ length: n }, () => Math.floor(random() * 3) - 1),
  (n) => Int16Array.from({ length: n }, () => Math.floor(random() * 65536) - 32768),
  testSound,
];

function framesOf({
  samples,
  centre,
  windowPlace,
  frameLength,
  frameStep,
  fftSize,
}: FeatureSettings): number {
  if (centre !== 'none') return 1 + Math.floor(samples! / frameStep);
  return 1 + Math.floor((samples! - (windowPlace === 'start' ? frameLength : fftSize)) / frameStep);
}

const randomCases: readonly DeviceCase[] = Array.from({ length: 24 }, (_, i) => {
  const settings = randomSettings();
  const values = settings.mfcc?.coefficients ?? settings.mel.bands;
  const tables = frontEndTables(settings, 8000, framesOf(settings) * values);
  return { tables, pcm: SOUNDS[i % SOUNDS.length]!(tables.samples) };
});

/** Those whose costs docs/sound.md states, a second of sound each. */
const documented: readonly DeviceCase[] = (
  [
    ['mlperf-tiny-kws', 16000, 490],
    [{ samples: 16000, frameLength: 400, frameStep: 160, centre: 'reflect' }, 16000, 101 * 40],
    [{ samples: 8000, frameLength: 256, frameStep: 128, mel: { bands: 32 } }, 8000, 61 * 32],
  ] as const
).map(([settings, rate, elements]) => {
  const tables = frontEndTables(featureSchema.parse(settings), rate, elements);
  return { tables, pcm: testSound(tables.samples) };
});

const cases: readonly DeviceCase[] = [
  ...documented,
  ...recordedCases().map(({ settings, rate, samples, values }) => ({
    tables: frontEndTables(settings, rate, values.flat().length),
    pcm: testSound(samples),
  })),
  ...randomCases,
];
const expected = cases.map(({ tables, pcm }) => fixedFeatures(tables, pcm));

/** The rows of the table of costs: numbers alone. */
const costRows: readonly (readonly number[])[] = [
  ...readFileSync(join(packageRoot(), 'docs', 'sound.md'), 'utf8').matchAll(
    /^\|[^|]*\|((?: [\d,]+ \|){5})$/gm,
  ),
].map(([, numbers]) =>
  numbers!
    .split('|')
    .slice(0, 5)
    .map((text) => Number(text.replaceAll(',', ''))),
);

/** Compilers differ by a few per cent. */
function checkCosts(place: BoardId, results: readonly DeviceResult[]): void {
  const column = ['m4', 'm7', 'm55'].indexOf(place);
  documented.forEach((_, i) => {
    const [stated, found] = [costRows[i]![column]!, results[i]!.instructions];
    assert.ok(
      Math.abs(found / stated - 1) < 0.1,
      `row ${i} of docs/sound.md: ${found} instructions on ${place}`,
    );
  });
}

test('docs/sound.md: tables and working memory are of the bytes that it says', () => {
  assert.deepEqual(
    documented.map(({ tables }) => [frontEndTableBytes(tables), 4 * frontEndScratch(tables)]),
    costRows.map((row) => row.slice(3)),
  );
});

async function check(place: BoardId | 'here'): Promise<void> {
  const results = await runOnDevice(place, cases);
  if (place !== 'here') checkCosts(place, results);
  results.forEach(({ values }, i) => {
    const wrong = values.findIndex((value, at) => value !== expected[i]![at]);
    const what = `case ${i}: value ${wrong} is ${values[wrong]}, not ${expected[i]![wrong]}`;
    assert.equal(
      wrong,
      -1,
      `${what} ${JSON.stringify({ ...cases[i]!.tables, bands: 0, window: 0, cosines: 0 })}`,
    );
    assert.equal(values.length, expected[i]!.length);
  });
}

describe('the C of front ends gives the integers of the desk', { concurrency: 2 }, () => {
  test('without undefined behaviour on this machine', () => check('here'));
  test('on a Cortex-M4', () => check('m4'));
  test('on a Cortex-M7', () => check('m7'));
  test('on a Cortex-M55', () => check('m55'));
});

test('every random front end has values that are not all the same', () => {
  const flat = expected.filter((values) => values.every((value) => value === values[0])).length;
  assert.ok(flat <= cases.length / 3, `${flat} of ${cases.length} are flat`);
});
