import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkJson } from '../../src/diagnostics/json-file.ts';
import { melBands } from '../../src/signal/mel.ts';
import { RECIPES } from '../../src/signal/recipes.ts';
import { featureSchema } from '../../src/signal/settings-schema.ts';
import { featureShape } from '../../src/signal/shape.ts';
import { frontEndTables } from '../../src/signal/tables.ts';

const parse = (value: unknown) => checkJson(featureSchema, value, 'p.json', 'E_PREPROCESS');
const FRAMES = { frameLength: 400, frameStep: 160 };

test('a front end needs the length and the step of frames; the rest has defaults', () => {
  assert.deepEqual(parse(FRAMES), {
    ...FRAMES,
    samples: null,
    fftSize: 512,
    window: 'hann',
    windowPlace: 'middle',
    centre: 'none',
    level: 'full-scale',
    preEmphasis: 0,
    spectrum: 'power',
    mel: { bands: 40, low: 20, high: null, scale: 'htk', norm: 'none', triangles: 'hertz' },
    log: { base: 'natural', floor: 0, offset: 1e-6, reference: 'one', range: null },
    mfcc: null,
    layout: null,
  });
});

test('every recipe is a front end of its own name', () => {
  for (const [name, settings] of RECIPES) assert.deepEqual(parse(name), settings);
});

test('wrong settings are E_PREPROCESS that says where, and what may have been meant', () => {
  for (const [value, message] of [
    ['mlperf-tiny', /called "mlperf-tiny": did you mean "mlperf-tiny-kws"\? \(known: .*librosa-log-mel/],
    [{ ...FRAMES, melBands: 40 }, /unknown key "melBands"/],
    [{ ...FRAMES, fftSize: 400 }, /power of two/],
    [{ ...FRAMES, fftSize: 256 }, /as long as a frame/],
    [{ ...FRAMES, fftSize: 1048576 }, /at most 8192/],
    [{ ...FRAMES, log: {} }, /silence has no logarithm/],
    [{ ...FRAMES, log: { floor: 1e-10, offset: 1e-6 } }, /the other 0/],
    [{ ...FRAMES, mfcc: { coefficients: 41 } }, /more coefficients than mel bands/],
    [{ ...FRAMES, mel: { low: 4000, high: 20 } }, /lowest frequency/],
    [{ ...FRAMES, preEmphasis: 1 }, /at most 0.99/],
    [{ ...FRAMES, frameStep: 0 }, /at least 1/],
  ] as const) {
    assert.throws(() => parse(value), { code: 'E_PREPROCESS', message });
  }
});

test('an input must be frames of values, of samples that there can be', () => {
  const settings = parse(FRAMES);
  assert.deepEqual(featureShape(settings, 40 * 98), { samples: 512 + 97 * 160, frames: 98, values: 40 });
  assert.deepEqual(featureShape({ ...settings, windowPlace: 'start' }, 40 * 98).samples, 400 + 97 * 160);
  assert.deepEqual(featureShape({ ...settings, centre: 'zeros' }, 40 * 98).samples, 97 * 160);
  assert.deepEqual(featureShape(RECIPES.get('mlperf-tiny-kws')!, 490), {
    samples: 16000,
    frames: 49,
    values: 10,
  });
  for (const [elements, changes, message] of [
    [41, {}, /takes 41 values, features are frames of 40 values/],
    [400, { samples: 16000 }, /97 frames of 40 values/],
    [40, { centre: 'reflect', samples: 100, frameStep: 101 }, /too few to be mirrored/],
    [40 * 2048, { frameStep: 65536 }, /too long/],
  ] as const) {
    assert.throws(() => featureShape({ ...settings, ...changes }, elements), {
      code: 'E_PREPROCESS',
      message,
    });
  }
});

test('frequencies that the sound does not have are refused', () => {
  const settings = parse({ ...FRAMES, mel: { high: 8000 } });
  assert.equal(melBands(settings.mel, 16000, 512).length, 40);
  assert.throws(() => melBands(settings.mel, 8000, 512), {
    code: 'E_PREPROCESS',
    message: /sound of 8000 Hz/,
  });
});

test('bands between two bins have no weights, and weights of any height 16 bits', () => {
  const narrow = parse({ ...FRAMES, mel: { bands: 40, low: 1000, high: 1100, norm: 'slaney' } });
  const { bands } = frontEndTables(narrow, 16000, 40);
  assert.ok(bands.some(({ weights }) => weights.length === 0));
  const heights = bands.flatMap(({ weights }) => (weights.length === 0 ? [] : [Math.max(...weights)]));
  assert.ok(
    heights.length > 0 && heights.every((height) => height > 32767 && height < 65536),
    String(heights),
  );
  const one = frontEndTables(parse({ ...FRAMES, fftSize: 8192, mel: { bands: 1, low: 0 } }), 16000, 1);
  const sum = one.bands[0]!.weights.reduce((a, b) => a + b);
  assert.ok(sum > 2 ** 25 && sum <= 2 ** 27, `${sum}`);
});
