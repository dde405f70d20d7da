/** The file of samples that `<name>_learn.c` learns (print-learn.ts). */
import type { IndexedDataset } from '../../../data/types.ts';
import { TinymlError } from '../../../diagnostics/errors.ts';
import { formatCount } from '../../../diagnostics/units.ts';
import { encodeInput, onnxIndices } from '../../../program/sample.ts';
import { epochOrder, upTo } from '../../../train/run/batches.ts';
import type { LearningData, LearningRequest } from '../../target.ts';
import type { ManifestPort, ManifestTraining } from '../manifest.ts';
import { STREAM_HEADER_WORDS } from './print-learn.ts';

export type LearnStream = {
  readonly bytes: Uint8Array;
  readonly steps: number;
  /** Steps between two measurements. */
  readonly every: number;
  readonly samples: number;
  readonly tests: number;
  /** Class of each test. */
  readonly classes: readonly number[];
  /** Whether samples are their own targets. */
  readonly reconstructs: boolean;
  readonly learningRate: number;
};

/** Measurements of a curve, where nobody says how many. */
const DEFAULT_POINTS = 10;

/** Semihosting seeks by 32 bits. */
const MAX_BYTES = 2 ** 31;

/**
 * All samples, in an order that is drawn anew for every epoch, as `tinyml train` with the same seed has them.
 * @param input of the bundle
 * @throws TinymlError E_DATA for samples that are too many for one file
 */
export function learnStream(
  { samples, tests }: LearningData,
  { epochs, every: wanted, learningRate: rate, seed }: Omit<LearningRequest, 'open'>,
  input: ManifestPort,
  training: ManifestTraining,
): LearnStream {
  const { length } = samples;
  const steps = epochs * length;
  const every = wanted ?? Math.max(1, Math.ceil(steps / DEFAULT_POINTS));
  const learningRate = rate ?? training.learningRate;
  const sets = [samples, ...(tests === null ? [] : [tests])];
  const all = sets.reduce((sum, set) => sum + set.length, 0);
  const headerBytes = 4 * (STREAM_HEADER_WORDS + steps);
  const size = headerBytes + all * sampleBytes(input);
  if (size > MAX_BYTES) {
    throw new TinymlError('E_DATA', `${formatCount(all)} samples take ${formatCount(size)} bytes`, {
      at: sets.map(({ name }) => name),
      hint: `a device reads at most ${formatCount(MAX_BYTES)}: use fewer (--limit-train, --limit-eval)`,
    });
  }
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  [steps, every, length, tests?.length ?? 0].forEach((value, word) => {
    view.setUint32(4 * word, value, true);
  });
  view.setFloat32(16, learningRate, true);
  const order = Array.from({ length: epochs }, (_, epoch) => [
    ...epochOrder(upTo(length), seed, epoch),
  ]).flat();
  order.forEach((index, step) => {
    view.setUint32(4 * (STREAM_HEADER_WORDS + step), index, true);
  });
  let at = headerBytes;
  for (const set of sets) at = writeSamples(set, upTo(set.length), input, bytes, at);
  return {
    ...{ bytes, steps, every, samples: length, tests: tests?.length ?? 0, learningRate },
    classes: tests === null ? [] : [...tests.labels()],
    reconstructs: training.classes === null,
  };
}

/** Of a sample with its class. */
export function sampleBytes(input: ManifestPort): number {
  return 4 + input.bytes;
}

/**
 * Writes samples, each its class and what the model takes, from a place on.
 * @returns where the next one goes
 * @throws TinymlError E_DATA for values that are not finite
 */
export function writeSamples(
  set: IndexedDataset,
  indices: Iterable<number>,
  input: ManifestPort,
  to: Uint8Array,
  first: number,
): number {
  const physical = onnxIndices(input);
  const { dtype, scale, zeroPoint } = input;
  const quant = scale === null || zeroPoint === null ? null : { scale, zeroPoint };
  const values = new Float32Array(physical.length);
  const label = new Int32Array(1);
  let at = first;
  for (const index of indices) {
    set.fill([index], values, label);
    new DataView(to.buffer).setInt32(at, label[0]!, true);
    // Firmware refuses floats that are not finite; codes would hide them.
    if (dtype !== 'float32' && !values.every(Number.isFinite)) throw notFinite(set.name, index);
    const { buffer, byteOffset, byteLength } = encodeInput({ dtype, quant }, values, physical);
    to.set(new Uint8Array(buffer, byteOffset, byteLength), at + 4);
    at += 4 + byteLength;
  }
  return at;
}

function notFinite(name: string, index: number): TinymlError {
  return new TinymlError('E_DATA', `sample ${index} has a value that is not finite`, {
    at: name,
    hint: 'give data without NaN and infinities: in codes they would be numbers',
  });
}
