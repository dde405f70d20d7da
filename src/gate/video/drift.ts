/** How far an output is from what it should be. */
import { argMax } from '../../execute/evaluate.ts';

export type Drift = {
  /** Of the angle between both; 1 where both are zero. */
  readonly cosine: number;
  /** |actual - expected| / |expected|; 0 where both are zero. */
  readonly relativeL2: number;
  /** Whether the largest element is the same. */
  readonly sameArgMax: boolean;
};

export function driftOf(actual: Float32Array, expected: Float32Array): Drift {
  let [dot, own, other, square] = [0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    dot += a * e;
    own += a * a;
    other += e * e;
    square += (a - e) ** 2;
  }
  return {
    cosine: square === 0 ? 1 : dot / (Math.sqrt(own * other) || 1),
    relativeL2: square === 0 ? 0 : Math.sqrt(square / (other || own)),
    sameArgMax: argMax(actual) === argMax(expected),
  };
}
