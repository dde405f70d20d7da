import { TinymlError, unreachable } from '../diagnostics/errors.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import { resizeImage, toFloatImage, withChannels } from './image.ts';
import type { Preprocess } from './preprocess.ts';
import type { Image, NumberArray, Recorded } from './source.ts';

type Shape = readonly number[];

/**
 * Turns a record into the values of the model inputs, in the axis order of the model. Where `into` is given, it takes the
 * values of an only input.
 * @throws TinymlError E_DATA where the shapes do not match (both are named) or a value is not finite,
 * E_PREPROCESS where the description does not fit the data or the model.
 */
export type Fit = (record: Recorded, into?: Float32Array) => readonly Float32Array[];

export function createFit(inputShapes: readonly Shape[], preprocess: Preprocess): Fit {
  const tables = pixelTables(preprocess);
  return (record, into) => {
    if (into !== undefined && record.content.kind === 'image') {
      return [
        fitImage(
          record.content.image,
          onlyInput(inputShapes, record.at),
          preprocess,
          tables,
          record.at,
          into,
        ),
      ];
    }
    const inputs = fitRecord(record, inputShapes, preprocess, tables);
    if (into !== undefined) into.set(inputs[0]!);
    return inputs;
  };
}

function fitRecord(
  { content, at }: Recorded,
  inputShapes: readonly Shape[],
  preprocess: Preprocess,
  tables: readonly Float32Array[],
): readonly Float32Array[] {
  switch (content.kind) {
    case 'image':
      return [fitImage(content.image, onlyInput(inputShapes, at), preprocess, tables, at)];
    case 'sound': {
      const shape = onlyInput(inputShapes, at);
      if (withoutOnes(shape).length !== 1) throw soundMismatch(content.samples.length, shape, at);
      const clip = new Float32Array(elementCount(shape));
      clip.set(content.samples.subarray(0, clip.length));
      return [fitArray({ shape, values: clip }, shape, preprocess, at)];
    }
    case 'arrays':
      if (content.arrays.length !== inputShapes.length) {
        throw new TinymlError(
          'E_DATA',
          `the model has ${inputShapes.length} inputs, the data ${content.arrays.length}`,
          {
            at,
            hint: 'Several inputs are read from an .npz file with arrays x0, x1 ..., or from .f32 files.',
          },
        );
      }
      return content.arrays.map((array, k) => fitArray(array, inputShapes[k]!, preprocess, at));
    default:
      return unreachable(content);
  }
}

/** A recording is one sequence of values: an image or a spectrogram is another kind of input. */
function soundMismatch(length: number, shape: Shape, at: string): TinymlError {
  return new TinymlError(
    'E_DATA',
    `a recording of ${length} values does not fit an input of shape [${shape.join(', ')}]`,
    {
      at,
      hint: 'The model takes no raw sound: give what it takes (features, images) as .npz, .npy or .f32 files.',
    },
  );
}

function onlyInput(inputShapes: readonly Shape[], at: string): Shape {
  const [shape] = inputShapes;
  if (shape !== undefined && inputShapes.length === 1) return shape;
  throw new TinymlError('E_DATA', `the model has ${inputShapes.length} inputs, the data only one`, {
    at,
    hint: 'Several inputs are read from an .npz file with arrays x0, x1 ..., or from .f32 files.',
  });
}

/** How the pixels of an image lie in the input of a model. */
type Geometry = {
  readonly layout: 'nchw' | 'nhwc';
  readonly channels: number;
  readonly height: number;
  readonly width: number;
};

function fitImage(
  image: Image,
  shape: Shape,
  preprocess: Preprocess,
  tables: readonly Float32Array[],
  at: string,
  into?: Float32Array,
): Float32Array {
  const { resize, channels, scale } = preprocess;
  const ordered = channels === null ? image : withChannels(image, channels);
  const target = geometryOf(shape, preprocess.layout);
  const resized =
    resize === null
      ? ordered
      : resizeImage(
          toFloatImage(ordered),
          resize.width ?? target?.width ?? image.width,
          resize.height ?? target?.height ?? image.height,
          resize.method,
          resize.fit,
        );
  const has: Geometry = {
    layout: target?.layout ?? preprocess.layout ?? 'nchw',
    channels: resized.channels,
    height: resized.height,
    width: resized.width,
  };
  const matches =
    target === null
      ? elementCount(shape) === has.channels * has.height * has.width
      : target.channels === has.channels && target.height === has.height && target.width === has.width;
  if (!matches) throw imageMismatch(has, target, shape, at);

  const mean = perChannel(preprocess.mean, 'mean', has.channels);
  const std = perChannel(preprocess.std, 'std', has.channels);
  const pixels = has.width * has.height;
  const values = into ?? new Float32Array(pixels * has.channels);
  if ('pixels' in resized) {
    lookUp(resized, tables, has.layout, values);
    return values;
  }
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < has.channels; c++) {
      const from = i * has.channels + c;
      const to = has.layout === 'nhwc' ? from : c * pixels + i;
      values[to] = (resized.values[from]! * scale - mean[c]!) / std[c]!;
    }
  }
  return values;
}

/** What each byte of a channel becomes; one table where all channels share it. */
function pixelTables({ scale, mean, std }: Preprocess): readonly Float32Array[] {
  return Array.from({ length: Math.max(mean.length, std.length) }, (_, c) => {
    const [m, s] = [mean[c] ?? mean[0]!, std[c] ?? std[0]!];
    return Float32Array.from({ length: 256 }, (_, byte) => (byte * scale - m) / s);
  });
}

/** Pixels that keep their places need no arithmetic: training reads every image in every epoch. */
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

function imageMismatch(has: Geometry, wants: Geometry | null, shape: Shape, at: string): TinymlError {
  const size = ({ channels, height, width }: Geometry): string => `${channels}x${height}x${width}`;
  const sameSides = wants !== null && has.height === wants.height && has.width === wants.width;
  return new TinymlError(
    'E_DATA',
    `an image of ${size(has)} (channels x height x width) does not fit an input of shape [${shape.join(', ')}]`,
    {
      at,
      hint: sameSides
        ? `Give a --preprocess file with "channels": ${wants.channels === 1 ? '"gray"' : '"rgb"'}, or other data.`
        : 'Give a --preprocess file with "resize" (and "channels"), or other data.',
    },
  );
}

function fitArray(array: NumberArray, shape: Shape, preprocess: Preprocess, at: string): Float32Array {
  if (!sameShape(withoutOnes(array.shape), withoutOnes(shape))) {
    const sameCount = elementCount(array.shape) === elementCount(shape);
    throw new TinymlError(
      'E_DATA',
      `a sample of shape [${array.shape.join(', ')}] does not fit an input of shape [${shape.join(', ')}]`,
      {
        at,
        hint: sameCount
          ? 'The axes are in another order: save the array with numpy.transpose.'
          : 'Axes of length 1 may differ, all others must be the same.',
      },
    );
  }
  if (preprocess.resize !== null || preprocess.channels !== null) {
    throw new TinymlError('E_PREPROCESS', '"resize" and "channels" are for images; these data are arrays', {
      at,
      hint: 'Images are PNG, PGM and PPM files, CIFAR-10, and IDX and NumPy arrays of unsigned bytes.',
    });
  }
  const [mean = 0] = perChannel(preprocess.mean, 'mean', 1);
  const [std = 1] = perChannel(preprocess.std, 'std', 1);
  const { scale } = preprocess;
  const values =
    scale === 1 && mean === 0 && std === 1
      ? array.values
      : array.values.map((value) => (value * scale - mean) / std);
  let poison = 0;
  for (let i = 0; i < values.length; i++) poison += values[i]! * 0;
  if (poison === 0) return values;
  const position = values.findIndex((value) => !Number.isFinite(value));
  throw new TinymlError('E_DATA', `value ${position} is ${array.values[position]}`, {
    at,
    hint: 'NaN and infinite values cannot be quantised; remove the sample.',
  });
}

function withoutOnes(shape: Shape): Shape {
  return shape.filter((dim) => dim !== 1);
}

/** @throws TinymlError E_PREPROCESS where there is neither one value nor one per channel. */
function perChannel(values: readonly number[], name: 'mean' | 'std', channels: number): readonly number[] {
  if (values.length === channels) return values;
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  throw new TinymlError(
    'E_PREPROCESS',
    `"${name}" has ${values.length} values, but the data have ${channels} channels`,
    {
      hint: `Give one number, or ${channels}.`,
    },
  );
}
