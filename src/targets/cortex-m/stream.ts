/** The streams of numbers that self-tests make inputs of. */

/** Inputs that a self-test can compute by itself; `recorded` ones are stored in it. */
export const GENERATED_PATTERNS = ['zeros', 'ramp', 'noise'] as const;

export type GeneratedPattern = (typeof GENERATED_PATTERNS)[number];

/**
 * int8 values: `zeros`; `ramp`, value i is (7 i + 3) mod 256 as int8; `noise`, x = 1664525 x + 1013904223 mod 2^32 from x = 1,
 * top byte as int8.
 */
export function streamOf(pattern: GeneratedPattern): () => number {
  let index = 0;
  let state = 1;
  return () => {
    switch (pattern) {
      case 'zeros':
        return 0;
      case 'ramp':
        return ((7 * index++ + 3) << 24) >> 24;
      case 'noise':
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        return state >> 24;
    }
  };
}
