import * as z from 'zod';
import type { Synonyms } from '../diagnostics/json-file.ts';
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

/** @param faultOf what is wrong with one of them */
const perChannel = (name: string, faultOf: (value: number) => string | null) =>
  z
    .union([z.number().transform((one) => [one]), z.array(z.number()).min(1).max(1024)])
    .superRefine((values, { addIssue }) => {
      const index = values.findIndex((value) => faultOf(value) !== null);
      if (index < 0) return;
      const message = `${name} ${faultOf(values[index]!)}, not ${values[index]}`;
      addIssue({ code: 'custom', message, path: values.length === 1 ? [] : [index] });
    })
    .describe('One number, or one per channel.');

const resize = z.strictObject({
  width: side.describe("Pixels; default the model's input."),
  height: side.describe("Pixels; default the model's input."),
  method: z.enum(['bilinear', 'nearest', 'area']).default('bilinear'),
  fit: z.enum(['stretch', 'crop', 'pad']).default('stretch'),
});

const sound = z.strictObject({
  rate: z.int().min(1).max(MAX_RATE).describe('In Hz. Recordings of other rates are resampled.'),
  features: featureSchema.nullable().default(null).describe('Default samples / 32768.'),
});

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
  resize: resize.nullable().default(RAW_VALUES.resize),
  sound: sound.nullable().default(RAW_VALUES.sound),
  table: table.nullable().default(null),
  windows: windows.nullable().default(RAW_VALUES.windows),
  channels: z.enum(['rgb', 'bgr', 'gray']).nullable().default(RAW_VALUES.channels),
  scale: z
    .number()
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
  layout: z.enum(['nchw', 'nhwc']).nullable().default(RAW_VALUES.layout),
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
    centercrop: ['resize.fit'],
    centrecrop: ['resize.fit'],
    crop: ['resize.fit'],
    letterbox: ['resize.fit'],
    keepaspectratio: ['resize.fit'],
    color: ['channels'],
    colour: ['channels'],
    colormode: ['channels'],
    colororder: ['channels'],
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
