/** Images as model input: channels, size, then each byte by a table, in the axis order of the model. */
import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import { withChannels } from './image.ts';
import { type Preprocess, perChannel } from './preprocess.ts';
import { resizeImage } from './resize.ts';
import type { Image, ImageSize } from './source.ts';

type Shape = readonly number[];

/** How the pixels of an image lie in the input of a model. */
export type Geometry = {
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: number;
  readonly height: number;
  readonly width: number;
};

/** How an image lies in an input once it is resized. @throws TinymlError E_DATA where it has another size */
export function requireImage(image: ImageSize, shape: Shape, preprocess: Preprocess, at: string): Geometry {
  const { resize, channels } = preprocess;
  const target = geometryOf(shape, preprocess.layout);
  const has: Geometry = {
    layout: target?.layout ?? preprocess.layout ?? 'nchw',
    channels: channels === null ? image.channels : channels === 'gray' ? 1 : 3,
    height: resize?.height ?? (resize === null ? null : target?.height) ?? image.height,
    width: resize?.width ?? (resize === null ? null : target?.width) ?? image.width,
  };
  const matches =
    target === null
      ? elementCount(shape) === has.channels * has.height * has.width
      : target.channels === has.channels && target.height === has.height && target.width === has.width;
  if (!matches) throw imageMismatch(has, target, shape, resize, at);
  return has;
}

/** An image as the values of an input. @throws TinymlError as `requireImage`; E_PREPROCESS */
export function fitImage(
  image: Image,
  shape: Shape,
  preprocess: Preprocess,
  tables: readonly Float32Array[],
  at: string,
  into?: Float32Array,
): Float32Array {
  const { resize, channels } = preprocess;
  const has = requireImage(image, shape, preprocess, at);
  const ordered = channels === null ? image : withChannels(image, channels);
  const resized = resize === null ? ordered : resizedFor(has, ordered, resize, at);
  perChannel(preprocess.mean, 'mean', has.channels);
  perChannel(preprocess.std, 'std', has.channels);
  const values = into ?? new Float32Array(has.width * has.height * has.channels);
  lookUp(resized, tables, has.layout, values);
  return values;
}

type Size = { readonly width: number; readonly height: number };

/**
 * An image as "resize" says, of the size of the input where it says none.
 * @param target of the input; null where that is flat
 * @throws TinymlError E_DATA; E_PREPROCESS where the shorter side does not cover what is cut out
 */
export function resizedFor(
  target: Size | null,
  image: Image,
  resize: NonNullable<Preprocess['resize']>,
  at: string,
): Image {
  const width = resize.width ?? target?.width ?? image.width;
  const height = resize.height ?? target?.height ?? image.height;
  const { shorter = Number.POSITIVE_INFINITY } = resize;
  if (shorter < Math.max(width, height)) {
    throw new TinymlError(
      'E_PREPROCESS',
      `no ${width}x${height} pixels can be cut out of images whose shorter side has ${shorter}`,
      { at: '"resize.shorter" of the preprocessing', hint: 'Give at least the longer side of what is cut.' },
    );
  }
  return resizeImage(image, width, height, resize, at);
}

/** What each byte of a channel becomes; one table where all channels share it. */
export function pixelTables({ scale, mean, std }: Preprocess): readonly Float32Array[] {
  return Array.from({ length: Math.max(mean.length, std.length) }, (_, c) => {
    const [m, s] = [mean[c] ?? mean[0]!, std[c] ?? std[0]!];
    return Float32Array.from({ length: 256 }, (_, byte) => (byte * scale - m) / s);
  });
}

/** Bytes need no arithmetic: training reads every image in every epoch. */
function lookUp(
  { width, height, channels, pixels }: Image,
  tables: readonly Float32Array[],
  layout: Geometry['layout'],
  values: Float32Array,
): void {
  const count = width * height;
  if (channels === 1) {
    const [table] = tables as readonly [Float32Array];
    for (let i = 0; i < count; i++) values[i] = table[pixels[i]!]!;
    return;
  }
  for (let c = 0; c < channels; c++) {
    const table = tables.length === 1 ? tables[0]! : tables[c]!;
    const [start, step] = layout === 'nhwc' ? [c, channels] : [c * count, 1];
    for (let i = 0, from = c, to = start; i < count; i++, from += channels, to += step) {
      values[to] = table[pixels[from]!]!;
    }
  }
}

/** Where an image lies in an input of rank 4 (or 3, without batch); null for a flat input. */
export function geometryOf(shape: Shape, layout: Preprocess['layout']): Geometry | null {
  const [batch, ...dims] = shape.length === 3 ? [1, ...shape] : shape;
  const [a, b, c] = dims;
  if (a === undefined || b === undefined || c === undefined || dims.length !== 3 || batch !== 1) return null;
  const isColour = (dim: number): boolean => dim === 1 || dim === 3;
  const order = layout ?? (!isColour(a) && isColour(c) ? 'nhwc' : 'nchw');
  return order === 'nchw'
    ? { layout: order, channels: a, height: b, width: c }
    : { layout: order, channels: c, height: a, width: b };
}

function imageMismatch(
  has: Geometry,
  wants: Geometry | null,
  shape: Shape,
  resize: Preprocess['resize'],
  at: string,
): TinymlError {
  const size = ({ channels, height, width }: Geometry): string => `${channels}x${height}x${width}`;
  const sameSides = wants !== null && has.height === wants.height && has.width === wants.width;
  return new TinymlError(
    'E_DATA',
    `an image of ${size(has)} (channels x height x width) does not fit an input of shape [${shape.join(', ')}]`,
    {
      at,
      hint:
        wants !== null && resize !== null && !sameSides
          ? `"resize" makes images of ${has.width}x${has.height} (width x height), the model takes ${wants.width}x${wants.height}: give "width": ${wants.width}, "height": ${wants.height}, or leave both out.`
          : sameSides
            ? `Give a --preprocess file with "channels": ${wants.channels === 1 ? '"gray"' : '"rgb"'}, or other data.`
            : 'Give a --preprocess file that says what was done in training: "resize", "channels", "scale", "mean", "std" (docs/data.md has examples); or other data.',
    },
  );
}
