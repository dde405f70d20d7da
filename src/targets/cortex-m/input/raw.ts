/**
 * Raw data as a device gives them to conversions: made by a generator, or what a data set recorded. The desk's own reading of
 * them (src/data/fit.ts) says what the conversions must give.
 */
import type { Content, NumberArray } from '../../../data/source.ts';
import { streamOf } from '../stream.ts';
import type {
  Axis,
  Conversion,
  FloatConversion,
  ImageConversion,
  ImageFormat,
  SoundConversion,
} from './conversions.ts';
import type { PortInput } from './print-input.ts';

export type RawKind = ImageFormat | 'pcm16' | 'float' | 'signal';

/** What conversions of one kind are called with, for every input. */
export type Raw = {
  readonly kind: RawKind;
  /** Of an image, in pixels; else 0. */
  readonly width: number;
  readonly height: number;
  /** Little-endian, of every input. */
  readonly data: readonly Uint8Array[];
};

/** Raw data that a self-test makes by itself of its stream of noise. Floats are of it times `units`, one for each input. */
export type GeneratedRaw = { readonly name: string; readonly raw: Raw; readonly units: readonly number[] };

/** Larger records are kept as the input that they become alone. */
const LARGEST_RAW = 2 ** 20;

/** One of each function, and an image of another size where the model takes any. */
export function generatedRaw(inputs: readonly PortInput[]): readonly GeneratedRaw[] {
  const [first] = inputs;
  if (first === undefined) return [];
  const kinds = first.conversions.filter(({ kind }) => kind !== 'float');
  const everyInput = inputs.every(({ conversions }) => conversions.some(({ kind }) => kind === 'float'));
  return [
    ...kinds.flatMap((conversion) => generatedBy(conversion, first)),
    ...(everyInput ? [generatedFloats('float', inputs)] : []),
  ];
}

function generatedBy(conversion: Conversion, input: PortInput): readonly GeneratedRaw[] {
  switch (conversion.kind) {
    case 'image': {
      const [native, other] = imageSizes(conversion, input.port.elements / conversion.encoders.length);
      return [
        ...(other === null ? [] : [generatedImage(conversion.formats[0]!, native, '')]),
        ...conversion.formats.map((format) =>
          generatedImage(format, other ?? native, other === null ? '' : 'resized'),
        ),
      ];
    }
    case 'pcm16':
      return [
        {
          name: 'pcm16',
          units: [],
          raw: { ...NO_IMAGE, kind: 'pcm16', data: [noiseBytes(2 * conversion.samples)] },
        },
      ];
    case 'float':
    case 'signal':
      return [generatedFloats(conversion.kind, [input])];
  }
}

const NO_IMAGE = { width: 0, height: 0 };

type Size = { readonly width: number; readonly height: number };

/** The size that a model takes, and another that becomes it: wider and less high. A flat input takes one row. */
function imageSizes({ size, resize }: ImageConversion, pixels: number): readonly [Size, Size | null] {
  const native = size ?? { width: pixels, height: 1 };
  if (resize === null) return [native, null];
  const { width, height } = native;
  return [native, { width: Math.ceil(1.5 * width) + 1, height: Math.max(1, Math.floor(0.75 * height)) }];
}

function generatedImage(format: ImageFormat, { width, height }: Size, suffix: string): GeneratedRaw {
  const data = [noiseBytes(width * height * BYTES_PER_PIXEL[format])];
  return { name: `${format}${suffix}`, units: [], raw: { kind: format, width, height, data } };
}

const BYTES_PER_PIXEL: Readonly<Record<ImageFormat, number>> = { rgb888: 3, rgb565: 2, gray8: 1 };

/** The stream of a self-test as unsigned bytes. */
function noiseBytes(count: number): Uint8Array {
  const next = streamOf('noise');
  return Uint8Array.from({ length: count }, () => next() & 255);
}

/** Float i is 256 times one value of the stream, and the byte of the next, times the unit of its input: a single rounding. */
function generatedFloats(kind: 'float' | 'signal', inputs: readonly PortInput[]): GeneratedRaw {
  const next = streamOf('noise');
  const units = inputs.map(unitOf);
  const data = inputs.map(({ port }, i) => {
    const values = Float32Array.from({ length: port.elements }, () => {
      const high = next();
      return (high * 256 + (next() & 255)) * units[i]!;
    });
    return new Uint8Array(values.buffer);
  });
  return { name: kind, units, raw: { ...NO_IMAGE, kind, data } };
}

/** So large that the noise reaches all codes, and more. */
function unitOf({ port, conversions }: PortInput): number {
  const { quant } = port.details;
  if (quant === null) return 2 ** -10;
  const reach = 300 * quant.scale;
  const lanes = conversions.flatMap((one) => (one.kind === 'float' ? one.lanes : []));
  const most = Math.max(
    ...lanes.map(
      ({ scale, mean, std }) => (Math.abs(mean) + reach * Math.abs(std)) / Math.max(Math.abs(scale), 1e-30),
    ),
  );
  return Math.fround(most / 32768);
}

/** What a data set would hold, of which the device has these data. */
export function contentOf({ kind, width, height, data }: Raw, inputs: readonly PortInput[]): Content {
  const [bytes] = data as readonly [Uint8Array];
  const floats = (of: Uint8Array): Float32Array => new Float32Array(of.slice().buffer);
  switch (kind) {
    case 'rgb888':
      return { kind: 'image', image: { width, height, channels: 3, pixels: bytes } };
    case 'rgb565':
      return { kind: 'image', image: { width, height, channels: 3, pixels: bytesOfWords(bytes) } };
    case 'gray8':
      return { kind: 'image', image: { width, height, channels: 1, pixels: bytes } };
    case 'pcm16':
      return { kind: 'sound', pcm: new Int16Array(bytes.slice().buffer), rate: 16000 };
    case 'float':
      return {
        kind: 'arrays',
        arrays: data.map((of, i): NumberArray => ({ shape: inputs[i]!.port.onnxShape, values: floats(of) })),
      };
    case 'signal': {
      const [{ size: rows }, { size: columns }] = signalAxes(inputs);
      return { kind: 'signal', values: floats(bytes), rows, columns };
    }
  }
}

function signalAxes(inputs: readonly PortInput[]): readonly [Axis, Axis] {
  const signal = inputs[0]!.conversions.find((one): one is FloatConversion => one.kind === 'signal')!;
  return signal.axes as readonly [Axis, Axis];
}

/** Words of RGB565 as bytes of red, green and blue: upper bits repeat below. */
function bytesOfWords(bytes: Uint8Array): Uint8Array {
  const words = new Uint16Array(bytes.slice().buffer);
  const pixels = new Uint8Array(3 * words.length);
  words.forEach((word, i) => {
    const [red, green, blue] = [word >> 11, (word >> 5) & 63, word & 31] as const;
    pixels.set([(red << 3) | (red >> 2), (green << 2) | (green >> 4), (blue << 3) | (blue >> 2)], 3 * i);
  });
  return pixels;
}

/** What a device would have been given of a record; null where no conversion takes it, and of large ones. */
export function rawOf(content: Content, inputs: readonly PortInput[]): Raw | null {
  const raw = asGiven(content, inputs);
  const bytes = raw === null ? 0 : raw.data.reduce((sum, { length }) => sum + length, 0);
  return bytes > LARGEST_RAW ? null : raw;
}

function asGiven(content: Content, inputs: readonly PortInput[]): Raw | null {
  const [first] = inputs;
  const takes = (kind: Conversion['kind']): boolean => first!.conversions.some((one) => one.kind === kind);
  if (first === undefined) return null;
  switch (content.kind) {
    case 'image': {
      const { width, height, channels, pixels } = content.image;
      const kind = channels === 1 ? 'gray8' : 'rgb888';
      const taken = first.conversions.some((one) => one.kind === 'image' && one.formats.includes(kind));
      return taken ? { kind, width, height, data: [pixels] } : null;
    }
    case 'sound': {
      const sound = first.conversions.find((one): one is SoundConversion => one.kind === 'pcm16');
      if (sound === undefined) return null;
      const samples = new Int16Array(sound.samples);
      samples.set(content.pcm.subarray(0, samples.length));
      return { ...NO_IMAGE, kind: 'pcm16', data: [new Uint8Array(samples.buffer)] };
    }
    case 'arrays': {
      const all = inputs.every(({ conversions }) => conversions.some(({ kind }) => kind === 'float'));
      return all
        ? { ...NO_IMAGE, kind: 'float', data: content.arrays.map(({ values }) => bytesOf(values)) }
        : null;
    }
    case 'signal': {
      if (!takes('signal')) return null;
      const values = new Float32Array(first.port.elements);
      values.set(content.values.subarray(0, values.length));
      const [, { size }] = signalAxes(inputs);
      return size === content.columns ? { ...NO_IMAGE, kind: 'signal', data: [bytesOf(values)] } : null;
    }
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.slice().buffer);
}
