/** Other preprocessing that pictures may have had in training: what is tried where a float model is wrong too often. */
import { type Geometry, pixelTables } from '../../data/fit-image.ts';
import type { Preprocess } from '../../data/preprocess.ts';
import type { AffineMap, InputMap } from '../../data/scale-samples.ts';

/** A description, and what makes its values of those of the one that was given. */
export type OtherPreprocess = { readonly preprocess: Preprocess; readonly map: InputMap };

type Values = Pick<Preprocess, 'scale' | 'mean' | 'std'>;

/** Mean and standard deviation over ImageNet: of values 0 .. 1 in RGB and in grey; means of 0 .. 255 as Caffe's networks have them. */
const IMAGENET = {
  rgb: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  grey: { mean: [0.449], std: [0.226] },
  caffe: [123.68, 116.779, 103.939],
} as const;

/**
 * With the given mean and standard deviation those that differ by a scale of 1/255 (said twice, or forgotten); values 0 .. 255,
 * 0 .. 1, -1 .. 1, -128 .. 127; as of ImageNet. All in the order of channels that was given, then in the other.
 * @param given what was done to the pictures @param geometry of the input
 */
export function usualPreprocess(
  given: Preprocess,
  { layout, channels, height, width }: Geometry,
): readonly OtherPreprocess[] {
  const stride = layout === 'nhwc' ? 1 : height * width;
  const orders: readonly Preprocess['channels'][] =
    channels === 3 ? [given.channels, given.channels === 'bgr' ? 'rgb' : 'bgr'] : [given.channels];
  const candidates = orders.flatMap((order) =>
    usualValues(given, channels, order).map(
      (values): Preprocess => ({ ...given, ...values, channels: order }),
    ),
  );
  const seen = new Set([signature(given, channels)]);
  return candidates.flatMap((preprocess) => {
    const known = signature(preprocess, channels);
    if (seen.has(known)) return [];
    seen.add(known);
    return [{ preprocess, map: mapBetween(given, preprocess, channels, stride) }];
  });
}

function usualValues(
  { scale, mean, std }: Values,
  channels: number,
  order: Preprocess['channels'],
): readonly Values[] {
  const ordered = (rgb: readonly number[]): readonly number[] => (order === 'bgr' ? [...rgb].reverse() : rgb);
  const { mean: m, std: s } = channels === 3 ? IMAGENET.rgb : IMAGENET.grey;
  return [
    { scale, mean, std },
    { scale: 1, mean, std },
    { scale: 1 / 255, mean, std },
    { scale: 1 / 255, mean: ordered(m), std: ordered(s) },
    { scale: 1 / 255, mean: [0], std: [1] },
    { scale: 1 / 127.5, mean: [1], std: [1] },
    { scale: 1, mean: [0], std: [1] },
    { scale: 1, mean: [128], std: [1] },
    ...(channels === 3 ? [{ scale: 1, mean: ordered(IMAGENET.caffe), std: [1] }] : []),
  ];
}

/** Equal where pixels become the same values, but for rounding. */
function signature(preprocess: Preprocess, channels: number): string {
  const ends = pixelTables(preprocess).flatMap((table) => [table[0]!, table[255]!]);
  const all = ends.length === 2 ? Array.from({ length: channels }, () => ends).flat() : ends;
  const order = channels === 3 && preprocess.channels === 'bgr' ? 'bgr' : 'rgb';
  return [order, ...all.map((value) => value.toPrecision(4))].join(' ');
}

/** From the values of one description to those of another. One map for all values where that is enough. */
function mapBetween(one: Preprocess, other: Preprocess, count: number, stride: number): InputMap {
  const reversed = count === 3 && (one.channels === 'bgr') !== (other.channels === 'bgr');
  const at = (values: readonly number[], c: number): number => values[c] ?? values[0]!;
  const channels = Array.from({ length: count }, (_, c): AffineMap => {
    const from = reversed ? count - 1 - c : c;
    const [m, s] = [at(one.mean, from), at(one.std, from)];
    const [otherMean, otherStd] = [at(other.mean, c), at(other.std, c)];
    const quotient = other.scale / one.scale;
    return { factor: (s * quotient) / otherStd, offset: (m * quotient - otherMean) / otherStd };
  });
  const [first] = channels as [AffineMap, ...AffineMap[]];
  const uniform = channels.every(({ factor, offset }) => factor === first.factor && offset === first.offset);
  return uniform && !reversed ? first : { channels, reversed, stride };
}

/** A description with a map behind it: factor * (value * scale - mean) / std + offset. */
export function mapped(preprocess: Preprocess, { factor, offset }: AffineMap): Preprocess {
  const { scale, mean, std } = preprocess;
  const channels = Math.max(mean.length, std.length);
  const shifted = Array.from({ length: channels }, (_, c) => {
    const [m, s] = [mean[c % mean.length]!, std[c % std.length]!];
    return m * factor - offset * s;
  });
  return { ...preprocess, scale: scale * factor, mean: shifted };
}
