/** Known distributions for the tests of observers. */

import { reductionsOf } from '../../../src/engine/reductions.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { createHistogram, type Histogram, observe } from '../../../src/quantize/observers/histogram.ts';

export const reductions = reductionsOf({ kind: 'typescript', reason: 'the test' });

/** Standard normal numbers (Box-Muller). */
export function normalNumbers(count: number, seed: number, scale = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}

export function relu(values: Float32Array): Float32Array {
  return values.map((value) => Math.max(value, 0));
}

export function histogramOf(...batches: readonly Float32Array[]): Histogram {
  const histogram = createHistogram();
  for (const batch of batches) observe(histogram, batch, 'x', reductions);
  return histogram;
}
