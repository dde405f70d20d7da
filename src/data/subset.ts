import { TinymlError } from '../diagnostics/errors.ts';
import { seededRandom } from '../numbers/random.ts';
import type { Dataset, Sample } from './types.ts';

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

/** The samples of some indices as a data set of its own. */
export function subsetOf(dataset: Dataset, chosen: readonly number[]): Dataset {
  const { name, sequences = false, classes, files } = dataset;
  return {
    name,
    length: chosen.length,
    sequences,
    classes,
    files,
    samples: (indices) =>
      dataset.samples(indices === undefined ? chosen : indices.map((index) => chosen[index]!)),
  };
}
