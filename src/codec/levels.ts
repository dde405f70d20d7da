/** Levels of one channel: entropy-constrained scalar quantisation (Chou, Lookabaugh and Gray 1989) of int8 codes. */

export type Levels = {
  /** Ascending: the level of a code is how many of them it reaches. */
  readonly thresholds: readonly number[];
  /** Of each level, in codes. */
  readonly centroids: readonly number[];
  /** Of all codes of the histogram, each for itself. */
  readonly bits: number;
};

const ITERATIONS = 40;

/**
 * Minimises weight * squared error + lambda * bits from `most` even levels on; those that are not worth their bits vanish.
 * @param histogram of codes, by code + 128; not all 0 @param lambda squared codes per bit
 */
export function fitLevels(histogram: Float64Array, weight: number, lambda: number, most: number): Levels {
  const codes = [...histogram.keys()].filter((i) => histogram[i]! > 0).map((i) => i - 128);
  const [first, last] = [codes[0]!, codes.at(-1)!];
  const total = codes.reduce((sum, code) => sum + histogram[code + 128]!, 0);
  const start = Math.min(most, last - first + 1);
  let centroids = Array.from({ length: start }, (_, i) =>
    start === 1 ? (first + last) / 2 : first + ((last - first) * i) / (start - 1),
  );
  let costs = centroids.map(() => lambda * Math.log2(start));
  let thresholds: number[] = [];
  let bits = 0;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const counts = centroids.map(() => 0);
    const sums = centroids.map(() => 0);
    thresholds = [];
    let before = -1;
    for (const code of codes) {
      let [level, least] = [0, Number.POSITIVE_INFINITY];
      for (let k = 0; k < centroids.length; k++) {
        const cost = weight * (code - centroids[k]!) ** 2 + costs[k]!;
        if (cost < least) [level, least] = [k, cost];
      }
      if (level !== before && before >= 0) thresholds.push(code);
      before = level;
      counts[level]! += histogram[code + 128]!;
      sums[level]! += histogram[code + 128]! * code;
    }
    const kept = [...counts.keys()].filter((k) => counts[k]! > 0);
    centroids = kept.map((k) => sums[k]! / counts[k]!);
    const lengths = kept.map((k) => Math.log2(total / counts[k]!));
    costs = lengths.map((length) => lambda * length);
    bits = kept.reduce((sum, k, i) => sum + counts[k]! * lengths[i]!, 0);
  }
  return { thresholds, centroids, bits };
}

/** How many thresholds each code reaches, by code + 128. */
export function levelTable(thresholds: readonly number[]): Uint8Array {
  return Uint8Array.from(
    { length: 256 },
    (_, i) => thresholds.filter((threshold) => i - 128 >= threshold).length,
  );
}
