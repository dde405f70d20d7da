import * as z from 'zod';
import { FEATURE_KEYS, featureSchema } from '../signal/settings-schema.ts';
import { RAW_VALUES } from './preprocess.ts';
import { MAX_RATE } from './resample.ts';

const side = z.int().min(1).max(16384).nullable().default(null);
const perChannel = (number: z.ZodType<number>) =>
  z
    .union([number.transform((one) => [one]), z.array(number).min(1).max(1024)])
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
  windows: windows.nullable().default(RAW_VALUES.windows),
  channels: z.enum(['rgb', 'bgr', 'gray']).nullable().default(RAW_VALUES.channels),
  scale: z.number().default(RAW_VALUES.scale).describe('Every value is multiplied by it.'),
  mean: perChannel(z.number())
    .default([...RAW_VALUES.mean])
    .describe('Subtracted after scaling.'),
  std: perChannel(z.number().refine((value) => value !== 0, 'a standard deviation cannot be 0'))
    .default([...RAW_VALUES.std])
    .describe('Divided by after the mean is subtracted.'),
  layout: z.enum(['nchw', 'nhwc']).nullable().default(RAW_VALUES.layout),
});

/** A preprocessing description as written in JSON, with its defaults filled in. */
export const preprocessSchema = preprocess.transform(({ $schema: _, ...rest }) => rest);

/** Keys of every level, for suggestions when one is misspelt. */
export const PREPROCESS_KEYS: readonly string[] = [
  ...Object.keys(preprocess.shape),
  ...Object.keys(resize.shape),
  ...Object.keys(sound.shape),
  ...FEATURE_KEYS,
  ...Object.keys(windows.shape),
];
