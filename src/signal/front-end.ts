import { TinymlError } from '../diagnostics/errors.ts';
import { fixedFeatures } from './fixed.ts';
import { type FeatureSettings, valuesPerFrame } from './settings.ts';
import { FEATURE_BITS, frontEndTables } from './tables.ts';

export type FrontEnd = {
  /** 16-bit samples that one input of the model takes. */
  readonly samples: number;
  /** Frames, and numbers of each. */
  readonly shape: readonly [number, number];
  /** A number is an integer / 2^fractionBits. */
  readonly fractionBits: number;
  /** From `samples` samples to the integers of a device, frame by frame. */
  readonly compute: (pcm: Int16Array) => Int32Array;
};

/**
 * The front end of a model in the whole numbers that its device computes.
 * @param rate of the sound, in Hz.
 * @param inputElements numbers in the model's input.
 * @throws TinymlError E_PREPROCESS where these do not fit one another.
 */
export function createFrontEnd(settings: FeatureSettings, rate: number, inputElements: number): FrontEnd {
  const tables = frontEndTables(settings, rate, inputElements);
  return {
    samples: tables.samples,
    shape: [tables.frames, tables.values],
    fractionBits: FEATURE_BITS,
    compute: (pcm) => fixedFeatures(tables, pcm),
  };
}

type Order = NonNullable<FeatureSettings['layout']>;

/**
 * The axis order of a model's input, found out from its shape where settings leave it open: [1, frames, values],
 * [1, 1, frames, values], [1, frames, values, 1] and the flat [1, frames x values] are frames first; [1, values, frames] and
 * the like are values first. Of as many frames as values, frames are first.
 * @throws TinymlError E_PREPROCESS if the shape is neither.
 */
export function featureOrder(settings: FeatureSettings, inputShape: readonly number[]): Order {
  const axes = inputShape.filter((size) => size !== 1);
  const values = valuesPerFrame(settings);
  const frames = inputShape.reduce((a, b) => a * b, 1) / values;
  const is = (...sizes: readonly number[]): boolean =>
    axes.join() === sizes.filter((size) => size !== 1).join();
  const fits = {
    'frames-first': is(frames, values) || is(frames * values),
    'values-first': is(values, frames),
  };
  const found = settings.layout ?? (fits['frames-first'] ? 'frames-first' : 'values-first');
  if (fits[found]) return found;
  throw new TinymlError(
    'E_PREPROCESS',
    `the model's input [${inputShape.join(', ')}] is not of ${frames} frames of ${values} values`,
    {
      at: 'sound.features.layout',
      hint: 'Its axes must be frames and values, in either order; others are of size 1.',
    },
  );
}

/** Integers of a front end as the model's input takes them: real numbers in its axis order. */
export function placeFeatures(
  { shape, fractionBits }: FrontEnd,
  order: Order,
  integers: Int32Array,
): Float32Array {
  const [frames, values] = shape;
  const scale = 2 ** -fractionBits;
  return Float32Array.from(integers, (_, i) => {
    const from = order === 'frames-first' ? i : (i % frames) * values + Math.floor(i / frames);
    return integers[from]! * scale;
  });
}
