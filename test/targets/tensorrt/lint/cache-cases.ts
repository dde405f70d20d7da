/** For each rule of calibration caches a cache that breaks it, and what it is told. */
import type { Case } from './cases.ts';
import { conv, foreign, IMAGE } from './foreign.ts';

/** Conv "a" of "x" with a Relu "r" behind it, and Conv "y"; in float. */
function floatModel(): Uint8Array {
  const model = foreign();
  const weights = (name: string): string => model.noise(name, [16, 16, 1, 1]);
  const first = model.add('Relu', [model.add('Conv', ['x', model.noise('wa', [16, 16, 1, 1])], 'a')], 'r');
  return model.bytes(IMAGE, model.add('Conv', [first, weights('wy')], 'y'));
}

function quantisedModel(): Uint8Array {
  const model = foreign();
  return model.bytes(IMAGE, conv(model, model.pair('x', { scale: 1 / 127 }), 'c'));
}

export const HEADER = 'TRT-100300-EntropyCalibration2';

/** One that fits the float model and TensorRT 10.3. */
export const WHOLE = `${HEADER}\nx: 3c010204\nr: 3c8a1b2c\n(Unnamed Layer* 3) [Shuffle]_output: 3c010204\ny: 3d010204\n`;

const about = { bytes: floatModel, fixable: false } as const;

export const CACHE_CASES: readonly (Case & { readonly cache: string })[] = [
  {
    ...about,
    what: 'a cache for a release without calibrators',
    rule: 'K1',
    severity: 'error',
    at: ['foreign.onnx'],
    cache: WHOLE,
    on: ['jetson-agx-orin', '7.2.2'],
  },
  {
    ...about,
    what: 'a cache for a module without int8',
    rule: 'K1',
    severity: 'error',
    at: ['foreign.onnx'],
    cache: WHOLE,
    on: ['jetson-nano', '4.6'],
  },
  {
    ...about,
    what: 'a cache beside Q and DQ',
    rule: 'K1',
    severity: 'warning',
    at: ['foreign.onnx'],
    bytes: quantisedModel,
    cache: WHOLE,
  },
  {
    ...about,
    what: 'a cache of another release',
    rule: 'K2',
    severity: 'error',
    at: ['line 1'],
    cache: WHOLE.replace('100300', '8600'),
  },
  {
    ...about,
    what: 'a cache of another calibrator',
    rule: 'K2',
    severity: 'error',
    at: ['line 1'],
    cache: WHOLE.replace('Entropy', 'MinMax').replace('Calibration2', 'Calibration'),
  },
  {
    ...about,
    what: 'a cache of another model',
    rule: 'K3',
    severity: 'error',
    at: ['foreign.onnx'],
    cache: WHOLE.replace('x:', 'images:0:').replace('r:', 'relu_1:'),
  },
  {
    ...about,
    what: 'a tensor that is gone',
    rule: 'K3',
    severity: 'warning',
    at: ['line 6'],
    cache: `${WHOLE}old: 3c010204\n`,
  },
  {
    ...about,
    what: 'a tensor without a scale, between two layers',
    rule: 'K4',
    severity: 'warning',
    at: ['a', 'y'],
    cache: WHOLE.replace(/^r:.*\n/m, 'a: 3c010204\n'),
  },
  {
    ...about,
    what: 'scales of 0, below 0, infinite, no number, and no scale at all',
    rule: 'K5',
    severity: 'error',
    at: ['line 2', 'line 3', 'line 6', 'line 7', 'line 8'],
    cache: `${WHOLE.replace('3c010204', '00000000').replace('3c8a1b2c', 'bc8a1b2c')}a: 7f800000\nx: 7fc00000\na 3c010204\n`,
  },
];
