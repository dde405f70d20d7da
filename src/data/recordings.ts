/** Recordings as the model takes them: at its rate, and cut into windows of the length of its input. */
import { TinymlError, unreachable } from '../diagnostics/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import { featureShape } from '../signal/shape.ts';
import { signalLayout } from './fit-recording.ts';
import type { Preprocess } from './preprocess.ts';
import { createResampler, resampledLength } from './resample.ts';
import type { Content, Recorded, RecordingHeader, Source } from './source.ts';

type Shape = readonly number[];

/** More windows than any data set has. */
const MAX_WINDOWS = 2 ** 31 - 1;

/** Sounds at the rate of the model; everything else as it is. */
export function resampled(source: Source, { sound }: Preprocess): Source {
  if (sound === null || source.header === undefined) return source;
  const resample = createResampler(sound.rate);
  return {
    ...source,
    *records(indices) {
      for (const record of source.records(indices)) {
        const { content, at } = record;
        yield content.kind === 'sound'
          ? {
              ...record,
              content: { ...content, pcm: resample(content.pcm, content.rate, at), rate: sound.rate },
            }
          : record;
      }
    },
  };
}

/** Samples of a recording at the rate of the model, or rows. */
export function heardLength({ length, rate }: RecordingHeader, { sound }: Preprocess): number {
  return sound === null || rate === null ? length : resampledLength(length, rate, sound.rate);
}

/**
 * Samples or rows that one input takes of a recording.
 * @throws TinymlError E_DATA, E_PREPROCESS where no input takes such a recording
 */
export function windowLength(
  { rate, channels, names, path }: RecordingHeader,
  shape: Shape,
  preprocess: Preprocess,
): number {
  const axes = { columns: channels, ...(names === undefined ? {} : { names }) };
  if (rate === null) return signalLayout(shape, axes, preprocess.layout, path).rows;
  const elements = elementCount(shape);
  const features = preprocess.sound?.features ?? null;
  return features === null ? elements : featureShape(features, elements).samples;
}

/** Of a record that has been read; null for what is no recording. */
export function headerOf({ content, at }: Recorded): RecordingHeader | null {
  switch (content.kind) {
    case 'sound':
      return { path: at, rate: content.rate, channels: 1, length: content.pcm.length };
    case 'signal':
      return {
        path: at,
        rate: null,
        channels: content.columns,
        length: content.rows,
        ...(content.names === undefined ? {} : { names: content.names }),
      };
    case 'image':
    case 'arrays':
      return null;
    default:
      return unreachable(content);
  }
}

/** `count` samples or rows from `start` on, as far as there are such; what is no recording as it is. */
export function cutOf(content: Content, start: number, count: number): Content {
  switch (content.kind) {
    case 'sound':
      return { ...content, pcm: content.pcm.subarray(start, start + count) };
    case 'signal': {
      const { values, rows, columns } = content;
      const end = Math.min(start + count, rows);
      return { ...content, values: values.subarray(start * columns, end * columns), rows: end - start };
    }
    case 'image':
    case 'arrays':
      return content;
    default:
      return unreachable(content);
  }
}

/** Whole windows of a recording: one if it is shorter. What is left over behind the last is not used. */
export function windowsIn(length: number, window: number, step: number): number {
  return length <= window ? 1 : Math.floor((length - window) / step) + 1;
}

/** Samples (at the rate of the model) or rows of a recording, and of an input that takes it. */
type Extent = { readonly length: number; readonly window: number };

/**
 * The windows of all recordings as samples of their own, each with the label of its recording. Where they begin follows from the
 * headers; nothing is decoded for it.
 * @param extent of a recording; null for what is none, and is one sample
 * @param hold up to so many bytes of recordings are kept decoded, beside the last one
 * @param limit windows that are used
 */
export function windowed(
  source: Source,
  step: number,
  extent: (index: number) => Extent | null,
  hold: number,
  limit: number,
): Source {
  const firsts: number[] = [];
  const windows: number[] = [];
  let total = 0;
  for (let i = 0; i < source.length && total < limit; i++) {
    const { length, window } = extent(i) ?? { length: 0, window: 0 };
    firsts.push(total);
    windows.push(window);
    total += windowsIn(length, window, step);
    if (total > MAX_WINDOWS) throw tooMany(step);
  }
  const whole = keeper(source, hold);
  const { placeOf } = source;
  return {
    ...source,
    length: total,
    ...(placeOf === undefined ? {} : { placeOf: (i) => placeOf(lastAtMost(firsts, i)) }),
    recordings: firsts,
    *records(indices) {
      for (const i of indices) {
        const recording = lastAtMost(firsts, i);
        const record = whole(recording);
        const start = (i - firsts[recording]!) * step;
        const content = cutOf(record.content, start, windows[recording]!);
        yield start === 0
          ? { ...record, content }
          : { ...record, content, at: `${record.at}, from ${start}` };
      }
    },
    labels: () => {
      const labels = source.labels();
      return Int32Array.from({ length: total }, (_, i) => labels[lastAtMost(firsts, i)]!);
    },
  };
}

/** Reads records, and keeps those that were read last, up to so many bytes of them. */
function keeper(source: Source, hold: number): (index: number) => Recorded {
  const kept = new Map<number, Recorded>();
  let bytes = 0;
  return (index) => {
    const known = kept.get(index);
    const [record] = known === undefined ? source.records([index]) : [known];
    if (record === undefined) throw new TinymlError('E_INTERNAL', `recording ${index} was not read`);
    if (known === undefined) bytes += bytesOf(record);
    else kept.delete(index);
    kept.set(index, record);
    for (const [oldest, other] of kept) {
      if (bytes <= hold || oldest === index) break;
      kept.delete(oldest);
      bytes -= bytesOf(other);
    }
    return record;
  };
}

function bytesOf({ content }: Recorded): number {
  switch (content.kind) {
    case 'sound':
      return content.pcm.byteLength;
    case 'signal':
      return content.values.byteLength;
    case 'image':
      return content.image.pixels.byteLength;
    case 'arrays':
      return content.arrays.reduce((sum, { values }) => sum + values.byteLength, 0);
    default:
      return unreachable(content);
  }
}

/** Index of the last of some ascending numbers that is at most `value`. */
export function lastAtMost(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle;
    else high = middle;
  }
  return low;
}

function tooMany(step: number): TinymlError {
  return new TinymlError('E_PREPROCESS', `the recordings make more than ${MAX_WINDOWS} windows`, {
    at: 'windows.step',
    hint: `Give a larger step than ${step}.`,
  });
}
