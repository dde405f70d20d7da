/** What a reader of files hands on, before preprocessing. */
import type { Warning } from '../diagnostics/warnings.ts';
import type { ByteSource } from './byte-source.ts';
import type { Clock } from './clock.ts';

/** Pixels, and channels: 1 grey, 3 red green blue. */
export type ImageSize = { readonly width: number; readonly height: number; readonly channels: 1 | 3 };

/** An image of 8 bits per channel, rows from the top, channels interleaved. */
export type Image = ImageSize & {
  /** width * height * channels values 0 .. 255. */
  readonly pixels: Uint8Array;
};

/** Numbers of one sample as a file states them; `shape` is without the sample axis. */
export type NumberArray = { readonly shape: readonly number[]; readonly values: Float32Array };

export type Content =
  | { readonly kind: 'image'; readonly image: Image }
  /** One array per model input. */
  | { readonly kind: 'arrays'; readonly arrays: readonly NumberArray[] }
  /** One channel, several are averaged; `rate` in Hz. The values of the model's input are samples / 32768. */
  | { readonly kind: 'sound'; readonly pcm: Int16Array; readonly rate: number }
  /** A recording of several axes: `rows` (time) x `columns` (axes) values, row by row. */
  | {
      readonly kind: 'signal';
      readonly values: Float32Array;
      readonly rows: number;
      readonly columns: number;
      /** Names of the axes; null where the file does not say them, absent where it has no place for them. */
      readonly names?: readonly string[] | null;
    };

export type Recorded = {
  readonly content: Content;
  readonly label: number | null;
  /** What an output is to be, in the order of ONNX; absent where the data say nothing of it. */
  readonly target?: Float32Array;
  /** Where it lies: the file, and the index in it where it holds several. */
  readonly at: string;
};

/** What a recording is, as far as it is known without decoding it. */
export type RecordingHeader = {
  readonly path: string;
  /** In Hz; null for signals. */
  readonly rate: number | null;
  /** Channels of a sound, axes of a signal. */
  readonly channels: number;
  /** Samples of each channel, or rows. */
  readonly length: number;
  /** Of axes, as of a signal. */
  readonly names?: readonly string[] | null;
  /** How far rows are apart in time, where the file says it. */
  readonly clock?: Clock | null;
};

/** What a sample is, as far as the header of its file tells. */
export type Outline =
  | { readonly kind: 'image'; readonly size: ImageSize }
  /** Without the sample axis. */
  | { readonly kind: 'array'; readonly shape: readonly number[] }
  | { readonly kind: 'recording'; readonly header: RecordingHeader };

/**
 * Numbers in names of files are indices of classes, or what the model calls its classes ("7", "seven"); `beyond` its outputs they are
 * no classes, and no labels.
 */
export type Numbered = 'indices' | 'names' | 'beyond';

export type Source = {
  readonly length: number;
  readonly classes: number | null;
  /** Numbers of a target; absent where there are none. */
  readonly targetElements?: number;
  /** Whether targets are classes, of the places of an output in ONNX axis order; -1 and 255 stand for none. */
  readonly targetsAreClasses?: boolean;
  /** Names of the classes, where folders have them. */
  readonly classNames?: readonly string[];
  /** How the numbers that names of files begin with are labels; absent where labels are none of these. */
  readonly numbered?: Numbered;
  readonly files: readonly string[];
  /** Reads the records of the given indices (0 .. length - 1), in that order; closes its files at the end. */
  readonly records: (indices: Iterable<number>) => Generator<Recorded>;
  /** The class of every record, -1 where it has none. */
  readonly labels: () => Int32Array;
  /** The file that a record is, where each has its own. */
  readonly placeOf?: (index: number) => string;
  /** Where records can be recordings: what the header of one says, null for one that is none. @throws TinymlError E_FILE, E_DATA */
  readonly header?: (index: number) => RecordingHeader | null;
  /** Where each record has a file of its own: what one of `files` holds, by its header. @throws TinymlError E_FILE, E_DATA for that file alone */
  readonly outline?: (path: string) => Outline;
  /** Where records are cut from recordings: the first of each, ascending. */
  readonly recordings?: readonly number[];
  /** What is odd about the first `count` records, as far as it is known without decoding them. @throws TinymlError E_FILE */
  readonly warnings?: (count: number) => readonly Warning[];
};

/** Indices 0 .. length - 1. */
export function* upTo(length: number): Generator<number> {
  for (let i = 0; i < length; i++) yield i;
}

/** Records of `bytes` bytes each, the first at `offset`; `make` gives what one of them holds. */
export function* fixedSizeRecords(
  source: ByteSource,
  indices: Iterable<number>,
  { offset, bytes }: { readonly offset: number; readonly bytes: number },
  make: (record: Uint8Array, index: number, at: string) => Omit<Recorded, 'at'>,
): Generator<Recorded> {
  const reader = source.open();
  try {
    for (const i of indices) {
      const at = `${source.path}[${i}]`;
      yield { ...make(reader.read(offset + i * bytes, bytes), i, at), at };
    }
  } finally {
    reader.close();
  }
}
