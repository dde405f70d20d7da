import * as z from 'zod';
import { nearest } from '../diagnostics/nearest.ts';
import { RECIPES } from './recipes.ts';

const mel = z.strictObject({
  bands: z.int().min(1).max(256).default(40),
  low: z.number().min(0).max(192000).default(20).describe('Hz.'),
  high: z.number().positive().max(192000).nullable().default(null).describe('Hz; default half the rate.'),
  scale: z.enum(['htk', 'slaney']).default('htk'),
  norm: z.enum(['none', 'slaney']).default('none'),
  triangles: z.enum(['hertz', 'mel']).default('hertz'),
});

const log = z.strictObject({
  base: z.enum(['natural', 'log10', 'decibel']).default('natural'),
  floor: z.number().min(0).max(1e6).default(0),
  offset: z.number().min(0).max(1e6).default(0),
  reference: z.enum(['one', 'maximum']).default('one'),
  range: z.number().positive().max(400).nullable().default(null),
});

const mfcc = z.strictObject({
  coefficients: z.int().min(1).max(256),
  norm: z.enum(['ortho', 'htk']).default('ortho'),
});

const features = z.strictObject({
  samples: z
    .int()
    .min(16)
    .max(2 ** 24)
    .nullable()
    .default(null),
  frameLength: z.int().min(16).max(8192).describe('Samples of a window.'),
  frameStep: z.int().min(1).max(65536).describe('Samples from frame to frame.'),
  fftSize: z
    .int()
    .min(32)
    .max(8192)
    .refine((size) => Number.isInteger(Math.log2(size)), 'the size of the FFT must be a power of two')
    .nullable()
    .default(null)
    .describe('Default the next power of two.'),
  window: z.enum(['hann', 'hann-symmetric', 'hamming', 'hamming-symmetric', 'none']).default('hann'),
  windowPlace: z.enum(['start', 'middle']).default('middle'),
  centre: z.enum(['none', 'zeros', 'reflect']).default('none'),
  level: z.enum(['full-scale', 'peak']).default('full-scale'),
  preEmphasis: z.number().min(0).max(0.99).default(0),
  spectrum: z.enum(['power', 'magnitude']).default('power'),
  mel: mel.prefault({}),
  log: log
    .prefault({ offset: 1e-6 })
    .refine(
      ({ floor, offset }) => Math.max(floor, offset) >= 1e-30 && Math.min(floor, offset) === 0,
      'one of floor and offset must be above 0 (1e-30 or more), the other 0: silence has no logarithm',
    ),
  mfcc: mfcc.nullable().default(null),
  layout: z.enum(['frames-first', 'values-first']).nullable().default(null),
});

const whole = features
  .transform((one) => ({
    ...one,
    fftSize: one.fftSize ?? Math.max(32, 2 ** Math.ceil(Math.log2(one.frameLength))),
  }))
  .refine(({ fftSize, frameLength }) => fftSize >= frameLength, {
    path: ['fftSize'],
    message: 'the FFT must be as long as a frame, or longer',
  })
  .refine(({ mfcc: one, mel: { bands } }) => one === null || one.coefficients <= bands, {
    path: ['mfcc', 'coefficients'],
    message: 'there cannot be more coefficients than mel bands',
  })
  .refine(({ mel: { low, high } }) => high === null || low < high, {
    path: ['mel', 'low'],
    message: 'the lowest frequency must be below the highest',
  });

/** A front end as written in JSON, with its defaults filled in: the name of a recipe, or an object. */
export const featureSchema = z.preprocess((value, context) => {
  if (typeof value !== 'string') return value;
  const recipe = RECIPES.get(value);
  if (recipe !== undefined) return recipe;
  const known = [...RECIPES.keys()];
  const meant = nearest(value, known)[0];
  const ask = meant === undefined ? '' : `: did you mean "${meant}"?`;
  context.addIssue(`no front end is called "${value}"${ask} (known: ${known.join(', ')})`);
  return z.NEVER;
}, whole);
