/** Data sets for models that carry state: samples as the frames of sequences. */
import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount, sameShape } from '../graph/tensor.ts';
import type { Fit } from './fit.ts';
import { withoutOnes } from './fit-array.ts';
import type { Preprocess } from './preprocess.ts';
import { cutOf, headerOf, windowLength, windowsIn } from './recordings.ts';
import type { NumberArray, Recorded, Source } from './source.ts';
import type { Sample } from './types.ts';

type Shape = readonly number[];

/** `length` sequences; `samples` gives all frames of those asked for. */
type Sequences = {
  readonly length: number;
  readonly samples: (sequences: Iterable<number>) => Generator<Sample>;
};

/**
 * What is a sequence is told by the data:
 * - an array with one axis more than the input of the model: its frames; the label of the sequence is for its last frame;
 * - a recording: it is cut into frames of the length of the input, one behind the other or each `windows.step` after the one before,
 *   and what is left over is dropped;
 * - anything else is one frame, and consecutive records are a sequence: `frames` of them, or all.
 * @param frames as asked for, or null
 * @param limit number of records that are used
 * @throws TinymlError E_USAGE where `frames` is given for data that have sequences of their own; E_DATA
 */
export function sequencesOf(
  source: Source,
  inputShapes: readonly Shape[],
  preprocess: Preprocess,
  fit: Fit,
  frames: number | null,
  limit: number,
): Sequences {
  const records = Math.min(source.length, limit);
  const [first] = source.records([0]);
  if (first === undefined || framesIn(first, inputShapes, preprocess) === null) {
    return consecutive(source, fit, records, frames ?? records);
  }
  if (frames !== null) {
    throw ownSequences(frames);
  }
  return {
    length: records,
    *samples(sequences) {
      for (const record of source.records(sequences)) {
        const parts = framesIn(record, inputShapes, preprocess) ?? [record];
        for (const [index, part] of parts.entries()) {
          const last = index === parts.length - 1;
          const judged = last || record.label === null;
          const label = judged ? record.label : null;
          yield {
            inputs: fit(part),
            label,
            frame: { index, last, judged },
            content: part.content,
            at: part.at,
          };
        }
      }
    },
  };
}

export function ownSequences(frames: number): TinymlError {
  return new TinymlError('E_USAGE', 'the data have sequences of their own: they are not cut into others', {
    at: `--sequence ${frames}`,
    hint: 'leave out --sequence',
  });
}

function consecutive(source: Source, fit: Fit, records: number, frames: number): Sequences {
  return {
    length: Math.ceil(records / frames),
    *samples(sequences) {
      for (const sequence of sequences) {
        const first = sequence * frames;
        const count = Math.min(frames, records - first);
        let index = 0;
        for (const record of source.records(range(first, first + count))) {
          const frame = { index, last: index === count - 1, judged: true };
          const { label, content, at } = record;
          yield { inputs: fit(record), label, frame, content, at };
          index++;
        }
      }
    },
  };
}

/** The frames that a record holds, or null where it is one itself. @throws TinymlError E_DATA */
function framesIn(
  record: Recorded,
  inputShapes: readonly Shape[],
  preprocess: Preprocess,
): readonly Recorded[] | null {
  const { content } = record;
  const header = headerOf(record);
  if (header !== null) {
    const size = windowLength(header, inputShapes[0] ?? [], preprocess);
    const step = preprocess.windows?.step ?? size;
    return Array.from({ length: windowsIn(header.length, size, step) }, (_, i) => ({
      ...record,
      content: cutOf(content, i * step, size),
      at: i === 0 ? record.at : `${record.at}, from ${i * step}`,
    }));
  }
  if (content.kind !== 'arrays') return null;
  if (!content.arrays.every((array, i) => hasFrameAxis(array, inputShapes[i] ?? []))) return null;
  const counts = new Set(content.arrays.map(({ shape }) => shape[0]!));
  const [count = 0] = counts;
  if (counts.size !== 1 || count === 0) {
    throw new TinymlError('E_DATA', `a sequence has ${[...counts].join(' and ')} frames`, {
      at: record.at,
      hint: 'Every input of the model needs the same number of frames, at least one.',
    });
  }
  return Array.from({ length: count }, (_, i) => ({
    ...record,
    content: { kind: 'arrays', arrays: content.arrays.map((array) => frameOf(array, i)) },
    at: `${record.at}, frame ${i}`,
  }));
}

function hasFrameAxis({ shape }: NumberArray, inputShape: Shape): boolean {
  const fits = (sample: Shape): boolean => sameShape(withoutOnes(sample), withoutOnes(inputShape));
  return shape.length > 0 && !fits(shape) && fits(shape.slice(1));
}

function frameOf({ shape, values }: NumberArray, index: number): NumberArray {
  const sample = shape.slice(1);
  const size = elementCount(sample);
  return { shape: sample, values: values.subarray(index * size, (index + 1) * size) };
}

function* range(first: number, end: number): Generator<number> {
  for (let i = first; i < end; i++) yield i;
}
