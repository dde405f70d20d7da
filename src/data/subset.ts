import { TinymlError } from '../diagnostics/errors.ts';
import { seededRandom } from '../numbers/random.ts';
import { lastAtMost } from './recordings.ts';
import type { Dataset, IndexedDataset, Sample } from './types.ts';

/**
 * A seeded choice of `count` different indices out of 0 .. length - 1, ascending; all of them if `count` is not
 * smaller. Every subset is equally likely. Time and memory grow with `count` only (the first steps of a
 * Fisher-Yates shuffle, with only the moved indices stored).
 */
export function chooseIndices(length: number, count: number, seed: number): number[] {
  if (!Number.isInteger(length) || length < 0 || !Number.isInteger(count) || count < 0) {
    throw new TinymlError('E_INTERNAL', `cannot choose ${count} of ${length} indices`);
  }
  if (count >= length) return Array.from({ length }, (_, i) => i);
  const random = seededRandom(seed);
  const moved = new Map<number, number>();
  return Array.from({ length: count }, (_, i) => {
    const j = i + Math.floor(random() * (length - i));
    const chosen = moved.get(j) ?? j;
    moved.set(j, moved.get(i) ?? i);
    return chosen;
  }).sort((a, b) => a - b);
}

/** The first so many samples. */
export async function* firstSamples(samples: AsyncIterable<Sample>, count: number): AsyncIterable<Sample> {
  let done = 0;
  for await (const sample of samples) {
    if (done++ === count) return;
    yield sample;
  }
}

/** All samples but the first so many. */
export async function* samplesFrom(samples: AsyncIterable<Sample>, start: number): AsyncIterable<Sample> {
  let done = 0;
  for await (const sample of samples) if (done++ >= start) yield sample;
}

/** The samples of some indices as a data set of its own. */
export function subsetOf(dataset: Dataset, chosen: readonly number[]): Dataset {
  const { name, sequences = false, classes, targetElements, targetsAreClasses = false, files } = dataset;
  return {
    name,
    length: chosen.length,
    sequences,
    classes,
    ...(targetElements === undefined ? {} : { targetElements, targetsAreClasses }),
    files,
    samples: (indices) =>
      dataset.samples(indices === undefined ? chosen : indices.map((index) => chosen[index]!)),
  };
}

/** The same with all that is known of them. @param chosen ascending */
export function indexedSubsetOf(dataset: IndexedDataset, chosen: readonly number[]): IndexedDataset {
  const { recordings, placeOf, ...rest } = dataset;
  const at = (index: number): number => chosen[index]!;
  return {
    ...rest,
    length: chosen.length,
    samples: (indices) => dataset.samples(indices?.map(at) ?? chosen),
    fill: (indices, inputs, labels, targets) =>
      dataset.fill(Array.from(indices, at), inputs, labels, targets),
    labels: () => {
      const labels = dataset.labels();
      return Int32Array.from(chosen, (index) => labels[index]!);
    },
    ...(placeOf === undefined ? {} : { placeOf: (index) => placeOf(at(index)) }),
    ...(recordings === undefined ? {} : { recordings: firstOfEach(recordings, chosen) }),
  };
}

/** Where in the chosen indices each recording begins that has any of them. */
function firstOfEach(recordings: readonly number[], chosen: readonly number[]): readonly number[] {
  const recordingOf = (index: number): number => lastAtMost(recordings, index);
  return [...chosen.keys()].filter((i) => i === 0 || recordingOf(chosen[i]!) !== recordingOf(chosen[i - 1]!));
}
