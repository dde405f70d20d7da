import { TinymlError } from '../diagnostics/errors.ts';
import type { FeatureSettings } from '../signal/settings.ts';
import type { ChannelOrder } from './image.ts';
import type { ResizeWay } from './resize.ts';

/**
 * What is done to a sample before the model sees it: channels, resize, then for each value
 * (value * scale - mean[c]) / std[c], with c in the channel order of the model; last the axis order.
 */
export type Preprocess = {
  /** Images only. Without it an image must have the size of the input. */
  readonly resize:
    | (ResizeWay & {
        /** In pixels; null is the size of the model's input. */
        readonly width: number | null;
        readonly height: number | null;
      })
    | null;
  /** What the model was trained on; null: samples / 32768 at whatever rate they are recorded. */
  readonly sound: {
    /** In Hz: recordings of other rates are resampled. */
    readonly rate: number;
    /** null: samples / 32768. */
    readonly features: FeatureSettings | null;
  } | null;
  /** What of tables the model was trained on; null: all columns but those of time. */
  readonly table: {
    /** Names of the columns that are axes, in the order of the model. */
    readonly columns: readonly string[];
    /** From one row to the next, in the unit of the column of time; null where that is not known. */
    readonly step: number | null;
  } | null;
  /** Recordings that are longer than one input become several; null: what is longer is cut at its end. */
  readonly windows: {
    /** From the start of a window to that of the next, in samples of sound (at `sound.rate`) or rows of a signal. */
    readonly step: number;
  } | null;
  /** Channel order that the model takes; null leaves the image as it is. */
  readonly channels: ChannelOrder | null;
  readonly scale: number;
  /** One value, or one per channel of the model. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Axis order of the model's input; null finds it out from the shape of the input. */
  readonly layout: 'nchw' | 'nhwc' | null;
};

/** Values as they are in the file: pixels 0 .. 255 (samples of a WAV file -1 .. 1). */
export const RAW_VALUES: Preprocess = {
  resize: null,
  sound: null,
  table: null,
  windows: null,
  channels: null,
  scale: 1,
  mean: [0],
  std: [1],
  layout: null,
};

/** What one step of a pixel, of 0 .. 255, is in the input of a model: the mean over its channels. */
export function pixelUnit({ scale, std }: Preprocess): number {
  return std.reduce((sum, one) => sum + Math.abs(scale / one), 0) / std.length;
}

/** Spans of what pixels 0 .. 255 become beyond which mean and std hardly suit the scale: networks take from about 1 to 5, or bytes. */
const USUAL_SPAN = { least: 0.1, most: 50 } as const;

/**
 * Why a description of pictures is probably not meant: mean and std of values 0 .. 255 beside a scale of 1/255, or those of values
 * 0 .. 1 without one. Null where nothing speaks for that; a std of 1 leaves bytes as they are.
 */
export function faultOfSpan({
  scale,
  mean,
  std,
}: Preprocess): { readonly values: string; readonly hint: string } | null {
  const channels = Array.from({ length: Math.max(mean.length, std.length) }, (_, c) => {
    const [m, s] = [mean[c] ?? mean[0]!, std[c] ?? std[0]!];
    const ends = [-m / s, (255 * scale - m) / s] as const;
    return { ends, span: Math.abs(ends[1] - ends[0]) };
  });
  const valuesOf = ({ ends }: (typeof channels)[number]): string =>
    `pixels 0 .. 255${channels.length === 1 ? '' : ' of a channel'} become ${ends.map((end) => end.toFixed(2)).join(' .. ')}`;
  const narrow = channels.find(({ span }) => span < USUAL_SPAN.least);
  if (narrow !== undefined) {
    const hint = 'mean and std look like those of values 0 .. 255: leave out "scale", or divide them by 255';
    return { values: valuesOf(narrow), hint };
  }
  const wide = channels.find(({ span }, c) => span > USUAL_SPAN.most && (std[c] ?? std[0]) !== 1);
  if (wide !== undefined) {
    const hint = `mean and std look like those of values 0 .. 1: give "scale": ${1 / 255}`;
    return { values: valuesOf(wide), hint };
  }
  return null;
}

/** @throws TinymlError E_PREPROCESS where there is neither one value nor one per channel. */
export function perChannel(
  values: readonly number[],
  name: 'mean' | 'std',
  channels: number,
): readonly number[] {
  if (values.length === channels) return values;
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  throw new TinymlError(
    'E_PREPROCESS',
    `"${name}" has ${values.length} values, but the data have ${channels} channels`,
    { at: `"${name}" of the preprocessing`, hint: `Give one number, or ${channels}.` },
  );
}
