import * as z from 'zod';
import type { Synonyms } from '../diagnostics/json-file.ts';
import { shown } from '../diagnostics/schema-faults.ts';
import { RECIPE_RATES } from '../signal/recipes.ts';
import { featureSchema } from '../signal/settings-schema.ts';
import { RAW_VALUES } from './preprocess.ts';
import { MAX_RATE } from './resample.ts';

const side = z.int().min(1).max(16384).nullable().default(null);
/** Bounds of the numbers that values are computed with: within them, no value of a file leaves the range of float32. */
const [SMALLEST, LARGEST] = [1e-9, 1e9];

/** What is wrong with a number that values are multiplied with or divided by; null for nothing. */
function faultOfFactor(value: number): string | null {
  const size = Math.abs(value);
  return size >= SMALLEST && size <= LARGEST
    ? null
    : `must be from ${SMALLEST} to ${LARGEST}, or from -${LARGEST} to -${SMALLEST}`;
}

function faultOfMean(value: number): string | null {
  return Math.abs(value) <= LARGEST ? null : `must be from -${LARGEST} to ${LARGEST}`;
}

/** A number of JSON, or a text that is one, also as a quotient: `"1/255"`. */
const number = z.preprocess((value) => {
  const [, above, below = '1'] = (typeof value === 'string' ? QUOTIENT.exec(value) : null) ?? [];
  const quotient = above === undefined ? Number.NaN : Number(above) / Number(below);
  return Number.isFinite(quotient) ? quotient : value;
}, z.number());

const QUOTIENT = /^\s*([+-]?\d*\.?\d+(?:e[+-]?\d{1,3})?)\s*(?:\/\s*(\d*\.?\d+(?:e[+-]?\d{1,3})?)\s*)?$/i;

/** A choice in upper or lower case. @param others words that mean one of them and nothing else */
const choice = <T extends string>(values: readonly [T, ...T[]], others: Readonly<Record<string, T>> = {}) =>
  z.preprocess((value) => {
    const word = typeof value === 'string' ? value.toLowerCase() : value;
    return typeof word === 'string' && Object.hasOwn(others, word) ? others[word] : word;
  }, z.enum(values));

/** @param faultOf what is wrong with one of them */
const perChannel = (name: string, faultOf: (value: number) => string | null) =>
  z
    .union([number.transform((one) => [one]), z.array(number).min(1).max(1024)], {
      error: ({ input }) =>
        `"${name}" must be a number or a list of numbers, one for each channel, not ${shown(input)}`,
    })
    .superRefine((values, { addIssue }) => {
      const index = values.findIndex((value) => faultOf(value) !== null);
      if (index < 0) return;
      const message = `${name} ${faultOf(values[index]!)}, not ${values[index]}`;
      addIssue({ code: 'custom', message, path: values.length === 1 ? [] : [index] });
    })
    .describe('One number, or one per channel.');

const resize = z
  .strictObject(
    {
      width: side.describe("Pixels; default the model's input."),
      height: side.describe("Pixels; default the model's input."),
      method: choice(['bilinear', 'nearest', 'area', 'antialias']).default('bilinear'),
      fit: choice(['stretch', 'crop', 'pad']).optional().describe('Default stretch, with shorter crop.'),
      shorter: z
        .int()
        .min(1)
        .max(16384)
        .optional()
        .describe('Pixels of the shorter side, before the middle is cut out.'),
    },
    {
      error: ({ code, input }) =>
        code === 'invalid_type'
          ? `"resize" must be an object, not ${shown(input)}: { "width": 64, "height": 64 } makes 64 x 64 pixels, { "shorter": 64 } cuts the middle out of an image whose shorter side becomes 64, {} takes the size of the model`
          : undefined,
    },
  )
  .superRefine(({ fit = 'crop', shorter }, { addIssue }) => {
    if (shorter === undefined || fit === 'crop') return;
    addIssue({
      code: 'custom',
      message: `"shorter" is of images whose middle is cut out: "fit" then is "crop", not "${fit}"`,
      path: ['fit'],
    });
  })
  .transform(({ width, height, method, fit, shorter }) =>
    shorter === undefined
      ? { width, height, method, fit: fit ?? 'stretch' }
      : { width, height, method, fit: 'crop' as const, shorter },
  );

const sound = z.preprocess(
  (value, { addIssue }) => {
    const fault = faultOfRate(value);
    if (fault === null) return value;
    addIssue({ code: 'custom', message: fault, path: ['features'] });
    return z.NEVER;
  },
  z.strictObject({
    rate: z.int().min(1).max(MAX_RATE).describe('In Hz. Recordings of other rates are resampled.'),
    features: featureSchema.nullable().default(null).describe('Default samples / 32768.'),
  }),
);

/** Why a front end that is named does not go with the rate beside it; null where nothing speaks against it. */
function faultOfRate(value: unknown): string | null {
  const { rate, features } = (value ?? {}) as { readonly rate?: unknown; readonly features?: unknown };
  const own = typeof features === 'string' ? RECIPE_RATES.get(features) : undefined;
  if (own === undefined || typeof rate !== 'number' || rate === own) return null;
  return `${shown(features)} is defined for ${own} Hz, not for ${rate}: give "rate": ${own}, to which recordings of other rates are resampled, or settings of your own`;
}

const table = z.strictObject({
  columns: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(1024)
    .superRefine((names, { addIssue }) => {
      const index = names.findIndex((name, i) => names.indexOf(name) < i);
      if (index < 0) return;
      addIssue({
        code: 'custom',
        message: `the column ${JSON.stringify(names[index])} is named twice`,
        path: [index],
      });
    })
    .describe('Names of the columns that are axes, in the order of the model.'),
  step: z
    .number()
    .positive()
    .nullable()
    .default(null)
    .describe('From one row to the next, in the unit of the column of time.'),
});

const windows = z.strictObject({
  step: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .describe('From one window to the next, in samples of sound or rows of a signal.'),
});

const preprocess = z.strictObject({
  $schema: z.string().optional(),
  resize: resize.nullable().default(null),
  sound: sound.nullable().default(RAW_VALUES.sound),
  table: table.nullable().default(null),
  windows: windows.nullable().default(RAW_VALUES.windows),
  channels: choice(['rgb', 'bgr', 'gray'], { grey: 'gray', grayscale: 'gray', greyscale: 'gray' })
    .nullable()
    .default(RAW_VALUES.channels),
  scale: number
    .superRefine((value, { addIssue }) => {
      const fault = faultOfFactor(value);
      if (fault !== null) addIssue({ code: 'custom', message: `scale ${fault}, not ${value}` });
    })
    .default(RAW_VALUES.scale)
    .describe('Every value is multiplied by it.'),
  mean: perChannel('mean', faultOfMean)
    .default([...RAW_VALUES.mean])
    .describe('Subtracted after scaling.'),
  std: perChannel('std', faultOfFactor)
    .default([...RAW_VALUES.std])
    .describe('Divided by after the mean is subtracted.'),
  layout: choice(['nchw', 'nhwc'], {
    chw: 'nchw',
    channels_first: 'nchw',
    hwc: 'nhwc',
    channels_last: 'nhwc',
  })
    .nullable()
    .default(RAW_VALUES.layout),
});

/** A preprocessing description as written in JSON, with its defaults filled in. */
export const preprocessSchema = preprocess.transform(({ $schema: _, ...rest }) => rest);

/** What other tools call these keys (torchvision, Keras, Hugging Face, librosa), in lower case without dashes. */
export const PREPROCESS_SYNONYMS: Synonyms = new Map(
  Object.entries({
    normalize: ['mean', 'std'],
    normalise: ['mean', 'std'],
    normalization: ['mean', 'std'],
    imagemean: ['mean'],
    imagestd: ['std'],
    stddev: ['std'],
    rescale: ['scale'],
    rescaling: ['scale'],
    rescalefactor: ['scale'],
    size: ['resize.width', 'resize.height'],
    imagesize: ['resize.width', 'resize.height'],
    inputsize: ['resize.width', 'resize.height'],
    targetsize: ['resize.width', 'resize.height'],
    interpolation: ['resize.method'],
    resample: ['resize.method'],
    shortestedge: ['resize.shorter'],
    shorterside: ['resize.shorter'],
    shortside: ['resize.shorter'],
    centercrop: ['resize.fit', 'resize.shorter'],
    centrecrop: ['resize.fit', 'resize.shorter'],
    crop: ['resize.fit'],
    letterbox: ['resize.fit'],
    keepaspectratio: ['resize.fit'],
    color: ['channels'],
    colour: ['channels'],
    colormode: ['channels'],
    colororder: ['channels'],
    order: ['channels'],
    channelorder: ['channels'],
    colorspace: ['channels'],
    dataformat: ['layout'],
    channelsfirst: ['layout'],
    channelslast: ['layout'],
    axes: ['table.columns'],
    samplerate: ['sound.rate'],
    samplingrate: ['sound.rate'],
    sr: ['sound.rate'],
    nfft: ['sound.features.fftSize'],
    hoplength: ['sound.features.frameStep'],
    winlength: ['sound.features.frameLength'],
    preemphasis: ['sound.features.preEmphasis'],
    nmels: ['sound.features.mel.bands'],
    fmin: ['sound.features.mel.low'],
    fmax: ['sound.features.mel.high'],
    nmfcc: ['sound.features.mfcc.coefficients'],
  }),
);
