/** How often two forms of a model decide alike on samples of which nobody says what is right. */
import type { Dataset } from '../data/types.ts';
import { argMax } from './evaluate.ts';
import type { PredictAll } from './predict.ts';

export type Agreement = {
  readonly samples: number;
  /** Samples on which both decide alike. */
  readonly same: number;
  /** same / samples. */
  readonly share: number;
  /** A single value decides by whether it reaches this: 0.5 where it is a probability, else 0; null where the greatest of several decides. */
  readonly threshold: number | null;
  /** Of the first outputs, over all values of all samples: mean and greatest magnitude of what they differ by. */
  readonly meanDifference: number;
  readonly largestDifference: number;
};

/**
 * Holds one form against another, sample by sample (of sequences, frame by frame).
 * @param onProgress called with the number of samples done, twice as many as there are
 */
export async function agreementOf(
  float: PredictAll,
  other: PredictAll,
  dataset: Dataset,
  onProgress: (done: number) => void,
): Promise<Agreement> {
  const wanted: Float32Array[] = [];
  await float(dataset.samples(), (_, output) => {
    wanted.push(output.slice());
    onProgress(wanted.length);
  });
  const single = wanted.every(({ length }) => length === 1);
  const threshold = single ? (wanted.every(([value]) => value! >= 0 && value! <= 1) ? 0.5 : 0) : null;
  const decide = (output: Float32Array): number =>
    threshold === null ? argMax(output) : Number(output[0]! >= threshold);
  let [samples, same, sum, values, largest] = [0, 0, 0, 0, 0];
  await other(dataset.samples(), (_, output) => {
    const exact = wanted[samples++]!;
    if (decide(exact) === decide(output)) same++;
    for (let i = 0; i < output.length; i++) {
      const difference = Math.abs(output[i]! - exact[i]!);
      sum += difference;
      largest = Math.max(largest, difference);
    }
    values += output.length;
    onProgress(wanted.length + samples);
  });
  return {
    samples,
    same,
    share: same / Math.max(samples, 1),
    threshold,
    meanDifference: sum / Math.max(values, 1),
    largestDifference: largest,
  };
}
