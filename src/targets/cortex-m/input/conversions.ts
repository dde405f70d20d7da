/**
 * What data a device can turn into the input of a model, and how: the same as preprocessing and quantisation do at the desk
 * (src/data/fit.ts, src/program/sample.ts), where every value is a function of one byte, sample or float of its channel.
 */
import { channelAxis, withoutOnes } from '../../../data/fit-array.ts';
import { type Geometry, geometryOf } from '../../../data/fit-image.ts';
import { type Preprocess, RAW_VALUES } from '../../../data/preprocess.ts';
import { elementCount } from '../../../graph/tensor.ts';
import { quantizeValue } from '../../../program/kernels/quantize-s8.ts';
import { quantizeValue16 } from '../../../program/kernels/quantize-s16.ts';
import { featureOrder } from '../../../signal/front-end.ts';
import type { FeatureSettings } from '../../../signal/settings.ts';
import { FEATURE_BITS, type FrontEndTables, frontEndTables } from '../../../signal/tables.ts';
import type { Port } from '../layout.ts';
import { type Affine, affineOf, type Domain, floatSteps, integerSteps, type Steps } from './steps.ts';

/** Of one channel: real = (value * scale - mean) / std, in float64 and rounded to float32. */
type Lane = { readonly scale: number; readonly mean: number; readonly std: number };

/** How a number becomes an element of the input. */
export type Encoder =
  | ({ readonly kind: 'affine' } & Affine)
  /** By the value of a byte. */
  | { readonly kind: 'table'; readonly elements: Int8Array | Float32Array }
  | { readonly kind: 'steps'; readonly steps: Steps }
  /** As float32; `steps` makes a code of it, null where the input is of floats. */
  | { readonly kind: 'real'; readonly lane: Lane; readonly steps: Steps | null }
  /** As float32, divided by the scale and rounded to 16 bits; `same` where that is the number itself, for all that there are. */
  | { readonly kind: 'wide'; readonly lane: Lane; readonly scale: number; readonly same: boolean };

/** Where the axes of the data lie in the input, outermost first: sizes, and elements from one index to the next. */
export type Axis = { readonly size: number; readonly stride: number };

export type ImageFormat = 'rgb888' | 'rgb565' | 'gray8';

/** From pixels. Strides are elements of the input; null where they follow from the width of a flat one. */
export type ImageConversion = {
  readonly kind: 'image';
  readonly formats: readonly ImageFormat[];
  readonly order: 'rgb' | 'bgr' | 'gray';
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly strides: { readonly row: number; readonly column: number; readonly channel: number } | null;
  /** Where the input is flat: whether the channels of a pixel are neighbours. */
  readonly interleaved: boolean;
  readonly resize: Preprocess['resize'];
  /** One for each channel. */
  readonly encoders: readonly Encoder[];
};

/** From 16-bit samples of sound. */
export type SoundConversion = {
  readonly kind: 'pcm16';
  readonly samples: number;
  /** In Hz; null where nobody said. */
  readonly rate: number | null;
  /** Null where the input is of the samples themselves. */
  readonly features: FeatureConversion | null;
  /** Of the samples, or of the integers of the features: one, or one for each index of `features.laneAxis`. */
  readonly encoders: readonly Encoder[];
};

/** The input is what a front end makes of sound. */
export type FeatureConversion = {
  readonly tables: FrontEndTables;
  /** Elements of the input from one frame to the next, and from one value of a frame to the next. */
  readonly frameStride: number;
  readonly valueStride: number;
  readonly laneAxis: 'frame' | 'value' | null;
};

/**
 * From floats: `float` in the axis order of the model, `signal` row after row, all axes of a point of time together.
 * `laneAxis` is the axis (of `axes`) that counts the encoders; null where there is one.
 */
export type FloatConversion = {
  readonly kind: 'float' | 'signal';
  readonly axes: readonly Axis[];
  readonly laneAxis: number | null;
  readonly lanes: readonly Lane[];
  /** One for each lane. */
  readonly encoders: readonly Encoder[];
};

export type Conversion = ImageConversion | SoundConversion | FloatConversion;

const BYTES: Domain = { first: 0, last: 255 };
const SAMPLES: Domain = { first: -32768, last: 32767 };
const INTEGERS: Domain = { first: -(2 ** 31), last: 2 ** 31 - 1 };

/** Beyond these, tables of steps (1 KiB for each channel) are larger than arithmetic. */
const MOST_TABLES = 4;

/**
 * The conversions into one input of a model.
 * @param only whether it is the only input: others take nothing but floats
 * @param preprocess null where nobody said what is done to data: floats then are the real values of the input
 */
export function conversionsOf(
  port: Port,
  only: boolean,
  preprocess: Preprocess | null,
): readonly Conversion[] {
  const { details, onnxShape } = port;
  const coded = (details.dtype === 'int8' || details.dtype === 'int16') && details.quant !== null;
  if (!coded && details.dtype !== 'float32') return [];
  const described = preprocess ?? RAW_VALUES;
  const forImages = described.resize !== null || described.channels !== null;
  const lanes = lanesOf(described);
  const encoded = { lanes, encoders: forImages ? [] : floatEncoders(port, lanes) };
  const float = forImages ? null : floatConversion(port, described.layout, encoded);
  const floats = float === null ? [] : [float];
  if (preprocess === null || !only) return floats;
  // What has fewer axes than a batch of images is one only where preprocessing speaks of images.
  const forSound = preprocess.sound !== null;
  // Windows are cut of recordings: [1, 3, 1, 128] then is a signal, no picture.
  const maybeImage = forImages || (onnxShape.length === 4 && !forSound && preprocess.windows === null);
  const image = maybeImage ? imageConversion(port, preprocess) : null;
  const sound = forImages ? [] : soundConversion(port, preprocess, lanes);
  return [
    ...(image === null ? [] : [image]),
    ...sound,
    ...(forImages || forSound ? [] : signalConversion(port, preprocess.layout, encoded)),
    ...floats,
  ];
}

/** Whether the only input of a model of which nothing is said has the shape of an image, and not rather that of features of sound ([1, 1, 49, 10]). */
export function couldTakePixels(port: Port): boolean {
  return conversionsOf(port, true, RAW_VALUES).some(
    (one) => one.kind === 'image' && one.size !== null && isPicture(one.size),
  );
}

/** Cameras give 16:9 and 9:16; anything longer is a list of features over time. */
function isPicture({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return Math.min(width, height) > 1 && Math.max(width, height) <= 2 * Math.min(width, height);
}

function imageConversion(port: Port, preprocess: Preprocess): ImageConversion | null {
  const { onnxShape } = port;
  const target = geometryOf(onnxShape, preprocess.layout);
  const lanes = lanesOf(preprocess);
  const channels = target?.channels ?? (preprocess.channels === null ? lanes.length : channelsOf(preprocess));
  if (
    (channels !== 1 && channels !== 3) ||
    (preprocess.channels !== null && channels !== channelsOf(preprocess))
  )
    return null;
  if (lanes.length !== 1 && lanes.length !== channels) return null;
  const { resize } = preprocess;
  const size =
    target ??
    (resize?.width != null && resize.height != null ? { width: resize.width, height: resize.height } : null);
  if (size !== null && size.width * size.height * channels !== port.elements) return null;
  if (
    resize !== null &&
    (size === null ||
      (resize.shorter !== undefined && resize.shorter < Math.max(size.width, size.height)) ||
      size.width !== (resize.width ?? size.width) ||
      size.height !== (resize.height ?? size.height))
  )
    return null;
  if (target === null && !inModelOrder(port)) return null;
  const encoder = (lane: Lane): Encoder => byteEncoder(port, lane);
  return {
    kind: 'image',
    formats:
      channels === 1 && preprocess.channels === null
        ? ['gray8']
        : preprocess.channels === null
          ? ['rgb888', 'rgb565']
          : ['rgb888', 'rgb565', 'gray8'],
    order: preprocess.channels ?? (channels === 1 ? 'gray' : 'rgb'),
    size: size === null ? null : { width: size.width, height: size.height },
    strides: target === null ? null : pixelStrides(port, target),
    interleaved: (target?.layout ?? preprocess.layout ?? 'nchw') === 'nhwc',
    resize,
    encoders:
      lanes.length === 1 ? Array.from({ length: channels }, () => encoder(lanes[0]!)) : lanes.map(encoder),
  };
}

function channelsOf({ channels }: Preprocess): number {
  return channels === 'gray' ? 1 : 3;
}

function pixelStrides(port: Port, { layout }: Geometry): NonNullable<ImageConversion['strides']> {
  const strides = stridesOf(port).slice(-3) as [number, number, number];
  return layout === 'nchw'
    ? { channel: strides[0], row: strides[1], column: strides[2] }
    : { row: strides[0], column: strides[1], channel: strides[2] };
}

/** None where the model takes neither samples nor their features. */
function soundConversion(
  port: Port,
  { sound, layout }: Preprocess,
  lanes: readonly Lane[],
): readonly SoundConversion[] {
  const { features = null, rate = null } = sound ?? {};
  if (features !== null && rate !== null) return featureConversion(port, features, rate, layout, lanes);
  if (withoutOnes(port.onnxShape).length !== 1 || lanes.length !== 1) return [];
  const encoders = lanes.map((lane) => integerEncoder(port, { ...lane, scale: lane.scale / 32768 }, SAMPLES));
  return [{ kind: 'pcm16', samples: port.elements, rate, features: null, encoders }];
}

function featureConversion(
  port: Port,
  settings: FeatureSettings,
  rate: number,
  layout: Preprocess['layout'],
  lanes: readonly Lane[],
): readonly SoundConversion[] {
  const tables = frontEndTables(settings, rate, port.elements);
  const framesFirst = featureOrder(settings, port.onnxShape) === 'frames-first';
  const axes = axesOf(port);
  const [outer, inner] = axes.length === 2 ? axes : [null, null];
  // Of one row, or of one frame or value alone, the elements lie one behind the other.
  const plain = framesFirst ? [tables.values, 1] : [1, tables.frames];
  const [frameStride, valueStride] =
    outer == null || inner == null
      ? plain
      : framesFirst
        ? [outer.stride, inner.stride]
        : [inner.stride, outer.stride];
  const axis = lanes.length === 1 ? null : channelAxis(sizesOf(axes), lanes.length, layout);
  if (typeof axis === 'string' || (axis !== null && axes.length !== 2)) return [];
  const scale = 2 ** -FEATURE_BITS;
  const laneAxis = axis === null ? null : (axis === 0) === framesFirst ? 'frame' : 'value';
  return [
    {
      kind: 'pcm16',
      samples: tables.samples,
      rate,
      features: { tables, frameStride: frameStride!, valueStride: valueStride!, laneAxis },
      encoders: lanes.map((lane) => integerEncoder(port, { ...lane, scale: lane.scale * scale }, INTEGERS)),
    },
  ];
}

type Coded = Pick<FloatConversion, 'lanes' | 'encoders'>;

/** Null where channels have an encoder each and it is not known where they are. */
function floatConversion(port: Port, layout: Preprocess['layout'], coded: Coded): FloatConversion | null {
  const axes = axesOf(port);
  const { length } = coded.lanes;
  if (length === 1) return { kind: 'float', axes, laneAxis: null, ...coded };
  const axis = channelAxis(sizesOf(axes), length, layout);
  return typeof axis === 'string' ? null : { kind: 'float', axes, laneAxis: axis, ...coded };
}

/** Where an input has two axes; that of a sensor is the one which is said or has means of its own, else the shorter. */
function signalConversion(
  port: Port,
  layout: Preprocess['layout'],
  coded: Coded,
): readonly FloatConversion[] {
  const axes = axesOf(port);
  const sizes = sizesOf(axes);
  const { length } = coded.lanes;
  if (axes.length !== 2) return [];
  const shorter = layout === null ? Math.min(...sizes) : sizes[layout === 'nchw' ? 0 : 1]!;
  const axis = channelAxis(sizes, length > 1 ? length : shorter, layout);
  if (typeof axis === 'string') return [];
  const ordered = [axes[1 - axis]!, axes[axis]!];
  return [{ kind: 'signal', axes: ordered, laneAxis: length === 1 ? null : 1, ...coded }];
}

/** Axes of the data in the order of the model, without those of length 1. */
function axesOf(port: Port): readonly Axis[] {
  const strides = stridesOf(port);
  return port.onnxShape
    .map((size, axis) => ({ size, stride: strides[axis]! }))
    .filter(({ size }) => size !== 1);
}

function sizesOf(axes: readonly Axis[]): readonly number[] {
  return axes.map(({ size }) => size);
}

function lanesOf({ scale, mean, std }: Preprocess): readonly Lane[] {
  return Array.from({ length: Math.max(mean.length, std.length) }, (_, c) => ({
    scale,
    mean: mean[c] ?? mean[0]!,
    std: std[c] ?? std[0]!,
  }));
}

/** Null where the input has no codes of 16 bits. @param domain integers that there may be; null for floats */
function wideEncoder({ details }: Port, lane: Lane, domain: Domain | null): Encoder | null {
  const { dtype, quant } = details;
  if (dtype !== 'int16' || quant === null) return null;
  const { scale } = quant;
  const isSame = (value: number): boolean => quantizeValue16(realOf(value, lane), scale) === value;
  return { kind: 'wide', lane, scale, same: domain === SAMPLES && integersOf(SAMPLES).every(isSame) };
}

function integersOf({ first, last }: Domain): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

function floatEncoders(port: Port, lanes: readonly Lane[]): readonly Encoder[] {
  const wide = lanes.flatMap((lane) => wideEncoder(port, lane, null) ?? []);
  if (wide.length > 0) return wide;
  const encode = encodingOf(port);
  if (encode === null) return lanes.map((lane) => ({ kind: 'real', lane, steps: null }));
  if (lanes.length > MOST_TABLES) {
    const steps = floatSteps(encode);
    return lanes.map((lane) => ({ kind: 'real', lane, steps }));
  }
  return lanes.map((lane) => ({ kind: 'steps', steps: floatSteps((value) => encode(realOf(value, lane))) }));
}

function byteEncoder(port: Port, lane: Lane): Encoder {
  const wide = wideEncoder(port, lane, BYTES);
  if (wide !== null) return wide;
  const encode = encodingOf(port);
  if (encode === null) {
    return { kind: 'table', elements: Float32Array.from({ length: 256 }, (_, byte) => realOf(byte, lane)) };
  }
  const code = (value: number): number => encode(realOf(value, lane));
  const affine = affineOf(integerSteps(code, BYTES), BYTES, slopeOf(port, lane), 32);
  if (affine !== null) return { kind: 'affine', ...affine };
  return { kind: 'table', elements: Int8Array.from({ length: 256 }, (_, byte) => code(byte)) };
}

/** Of samples and of integers of a front end: a scale by a power of two loses no bit, but integers are rounded to float32 first. */
function integerEncoder(port: Port, lane: Lane, domain: Domain): Encoder {
  const wide = wideEncoder(port, lane, domain);
  if (wide !== null) return wide;
  const encode = encodingOf(port);
  if (encode === null) return { kind: 'real', lane, steps: null };
  const steps = integerSteps((value) => encode(realOf(Math.fround(value), lane)), domain);
  const affine = affineOf(steps, domain, slopeOf(port, lane), 64);
  return affine === null ? { kind: 'steps', steps } : { kind: 'affine', ...affine };
}

/** Codes for each number, about. */
function slopeOf({ details }: Port, { scale, std }: Lane): number {
  return scale / (std * details.quant!.scale);
}

/** From a real value to the code of an input; null where that is of floats. */
function encodingOf({ details }: Port): ((real: number) => number) | null {
  const { dtype, quant } = details;
  return dtype === 'float32' || quant === null
    ? null
    : (real) => quantizeValue(real, quant.scale, quant.zeroPoint);
}

function realOf(value: number, { scale, mean, std }: Lane): number {
  return Math.fround((value * scale - mean) / std);
}

/** For each axis of the ONNX shape, elements of the input from one index to the next. */
function stridesOf({ onnxShape, layout }: Port): readonly number[] {
  return onnxShape.map((_, axis) => {
    const behind = layout.slice(layout.indexOf(axis) + 1);
    return behind.reduce((product, other) => product * onnxShape[other]!, 1);
  });
}

/** Whether the elements lie as in the ONNX shape. */
function inModelOrder(port: Port): boolean {
  const strides = stridesOf(port);
  return port.onnxShape.every(
    (size, axis) => size === 1 || strides[axis] === elementCount(port.onnxShape.slice(axis + 1)),
  );
}
