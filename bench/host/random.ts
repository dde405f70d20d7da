import { elementCount } from '../../src/graph/tensor.ts';
import { seededRandom } from '../../src/numbers/random.ts';

/** Normally distributed numbers (Box and Muller, 1958), the same for the same seed. */
export function normals(seed: number): () => number {
  const next = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

export function normalArray(shape: readonly number[], seed: number): Float32Array {
  const next = normals(seed);
  return Float32Array.from({ length: elementCount(shape) }, next);
}
