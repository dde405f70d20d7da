import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import { type Preprocess, perChannel } from './preprocess.ts';
import type { NumberArray } from './source.ts';

type Shape = readonly number[];

/** Lengths that the last axis of an image may have: red, green, blue, and opacity. */
const COLOURS: Shape = [3, 4];

/** @param given shape of an array @throws TinymlError E_DATA where it is not that of the input, but for axes of length 1 */
export function requireShape(given: Shape, shape: Shape, at: string): void {
  if (sameShape(withoutOnes(given), withoutOnes(shape))) return;
  const isTurned = sameShape(withoutOnes(given).toSorted(), withoutOnes(shape).toSorted());
  const sameCount = elementCount(given) === elementCount(shape);
  const isImage = given.length === 3 && COLOURS.includes(given[2]!);
  throw new TinymlError(
    'E_DATA',
    `a sample of shape [${given.join(', ')}] does not fit an input of shape [${shape.join(', ')}]`,
    {
      at,
      hint: isTurned
        ? 'The axes are in another order: save the array with numpy.transpose.'
        : sameCount
          ? 'It has as many values: save the array with numpy.reshape where they are in the order of the input.'
          : isImage
            ? 'If it is an image, save it as unsigned bytes of 3 colours (.astype("uint8")) or as PNG: "resize" of a --preprocess file is for those, floats are taken as they are.'
            : 'Axes of length 1 may differ, all others must be the same.',
    },
  );
}

/**
 * An array of the shape of the input, but for axes of length 1.
 * @throws TinymlError E_DATA for another shape or a value that is not finite, E_PREPROCESS
 */
export function fitArray(array: NumberArray, shape: Shape, preprocess: Preprocess, at: string): Float32Array {
  requireShape(array.shape, shape, at);
  if (preprocess.resize !== null || preprocess.channels !== null) {
    throw new TinymlError('E_PREPROCESS', '"resize" and "channels" are for images; these data are arrays', {
      at,
      hint: 'Images are PNG, PGM and PPM files, CIFAR-10, and IDX and NumPy arrays of unsigned bytes.',
    });
  }
  const { scale, mean, std } = preprocess;
  const values =
    scale === 1 && mean.every((one) => one === 0) && std.every((one) => one === 1)
      ? array.values
      : normalised(array.values, shape, preprocess, at);
  refuseNonFinite(values, at);
  return values;
}

/** (value * scale - mean[c]) / std[c], where c counts along the axis of the channels. */
function normalised(
  values: Float32Array,
  shape: Shape,
  { scale, mean, std, layout }: Preprocess,
  at: string,
): Float32Array {
  const channels = Math.max(mean.length, std.length);
  if (channels === 1) return values.map((value) => (value * scale - mean[0]!) / std[0]!);
  const dims = withoutOnes(shape);
  const axis = channelAxis(dims, channels, layout);
  if (typeof axis === 'string') {
    throw new TinymlError('E_PREPROCESS', `"mean" or "std" has ${channels} values, and ${axis}`, {
      at,
      hint: AXIS_HINT,
    });
  }
  const [means, stds] = [perChannel(mean, 'mean', channels), perChannel(std, 'std', channels)];
  const inner = elementCount(dims.slice(axis + 1));
  return values.map((value, i) => {
    const c = Math.floor(i / inner) % channels;
    return (value * scale - means[c]!) / stds[c]!;
  });
}

/** @throws TinymlError E_DATA */
function refuseNonFinite(values: Float32Array, at: string): void {
  let poison = 0;
  for (let i = 0; i < values.length; i++) poison += values[i]! * 0;
  if (poison === 0) return;
  const position = values.findIndex((value) => !Number.isFinite(value));
  throw new TinymlError('E_DATA', `value ${position} is ${values[position]}`, {
    at,
    hint: 'NaN and infinite values cannot be quantised; remove the sample.',
  });
}

export const AXIS_HINT =
  'Say with "layout" in the --preprocess file where they are: "nchw" before all other axes, "nhwc" behind them.';

/**
 * Which axis counts `channels`: the first or the last of them; or why that is not known.
 * @param dims the axes of an input without those of length 1
 */
export function channelAxis(dims: Shape, channels: number, layout: Preprocess['layout']): number | string {
  const last = dims.length - 1;
  const ends = layout === null ? [...new Set([0, last])] : [layout === 'nchw' ? 0 : last];
  const found = ends.filter((axis) => dims[axis] === channels);
  if (found.length === 1) return found[0]!;
  const list = `[${dims.join(', ')}]`;
  return found.length === 0
    ? `no axis of ${list} has that length where channels are`
    : `both the first and the last axis of ${list} have that length`;
}

/** Axes of length 1 say nothing about where a value lies. */
export function withoutOnes(shape: Shape): Shape {
  return shape.filter((dim) => dim !== 1);
}
