/** Means of parameters, and codes of means. */
import { mixSeed, seededRandom } from '../../numbers/random.ts';
import { roundAtRandom } from '../../numbers/rounding.ts';
import type { StateTensor } from '../../targets/target.ts';
import type { Parameters } from './record.ts';

type Weighted = { readonly parameters: Parameters; readonly weight: number };

/**
 * The weighted mean. Codes of int8 are rounded to a neighbour at random, by how near it is, so that over many rounds no change
 * smaller than half a code is lost: weights of firmware have scales that never change, and so codes may be averaged.
 * @param all at least one, weights that are positive
 * @param seed by which rounding is always the same
 */
export function meanParameters(
  all: readonly Weighted[],
  shared: readonly StateTensor[],
  seed: number,
): Parameters {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(
    shared.map(({ name, dtype }, index) => {
      const parts = all.map(({ parameters, weight }) => ({ values: parameters.get(name)!, weight }));
      const means = Float64Array.from(
        parts[0]!.values,
        (_, at) => parts.reduce((sum, { values, weight }) => sum + weight * values[at]!, 0) / total,
      );
      return [name, asType(means, dtype === 'int8', mixSeed(seed, index))] as const;
    }),
  );
}

/** Numbers in the type of a tensor: float32, or codes -128 .. 127, rounded at random by how near they are. */
export function asType(values: Float64Array, isCodes: boolean, seed: number): Int8Array | Float32Array {
  if (!isCodes) return Float32Array.from(values);
  const random = seededRandom(seed);
  return Int8Array.from(values, (value) => {
    const code = Number.isInteger(value) ? value : roundAtRandom(value, random());
    return Math.min(127, Math.max(-128, code));
  });
}
