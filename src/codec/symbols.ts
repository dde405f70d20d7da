/** Symbols of a group: entropy-constrained vector quantisation of its cells, so that what hardly ever comes has no symbol of its own. */

type Symbols = {
  /** The symbol of each cell. */
  readonly cells: Uint8Array;
  /** Of each symbol, a code per channel. */
  readonly centroids: readonly (readonly number[])[];
};

const ITERATIONS = 12;
/** Least share of a symbol in the frequencies of a context; what comes less often pays for more than it is. */
const LEAST_SHARE = 2 / 4096;
const RARE_BITS = 3;

/**
 * Minimises weighted squared error + lambda * bits.
 * @param counts of each cell @param means of each cell, a code per channel; of those that never come what their levels say
 * @param weights of the squared error of each channel
 */
export function fitSymbols(
  counts: Float64Array,
  means: readonly (readonly number[])[],
  weights: readonly number[],
  lambda: number,
): Symbols {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const cells = new Uint8Array(counts.length);
  const used = [...counts.keys()].filter((cell) => counts[cell]! > 0);
  let centroids = used.map((cell) => means[cell]!);
  let shares = used.map((cell) => counts[cell]! / total);
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const costs = shares.map((share) => lambda * (-Math.log2(share) + (share < LEAST_SHARE ? RARE_BITS : 0)));
    means.forEach((mean, cell) => {
      let least = Number.POSITIVE_INFINITY;
      centroids.forEach((centroid, symbol) => {
        let cost = costs[symbol]!;
        for (let k = 0; k < weights.length; k++) cost += weights[k]! * (mean[k]! - centroid[k]!) ** 2;
        if (cost < least) {
          least = cost;
          cells[cell] = symbol;
        }
      });
    });
    const sizes = centroids.map(() => 0);
    const sums = centroids.map(() => weights.map(() => 0));
    for (const cell of used) {
      const symbol = cells[cell]!;
      sizes[symbol]! += counts[cell]!;
      for (let k = 0; k < weights.length; k++) sums[symbol]![k]! += counts[cell]! * means[cell]![k]!;
    }
    const kept = [...sizes.keys()].filter((symbol) => sizes[symbol]! > 0);
    const renamed = new Map(kept.map((symbol, i) => [symbol, i]));
    centroids = kept.map((symbol) => sums[symbol]!.map((sum) => sum / sizes[symbol]!));
    shares = kept.map((symbol) => sizes[symbol]! / total);
    // A cell that never comes may have chosen a symbol that is gone: the next round chooses again, the last one settles on the first.
    cells.forEach((symbol, cell) => {
      cells[cell] = renamed.get(symbol) ?? 0;
    });
  }
  return { cells, centroids };
}
