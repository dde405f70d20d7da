import { BINS, binWidth, type Histogram, magnified, type Range } from './histogram.ts';

/** Quantised levels on one side of zero where values have both signs, and on the only side where they have one. */
const LEVELS_PER_SIDE = 128;
const LEVELS_ONE_SIDED = 255;

/** Thresholds tried: enough that neighbours differ by less than half a percent of the largest magnitude. */
const CANDIDATES = 256;

/** The share of the values that may lie far beyond all others without hiding these. */
const OUTLIERS = 2e-4;

/** Probability that stands for "nothing there": keeps the divergence finite where clipping put mass on an empty bin. */
const EPSILON = 1e-4;

/**
 * Clips magnitudes at the threshold T for which quantising the clipped distribution loses the least information:
 * least Kullback-Leibler divergence between the histogram within T, the tails added to its last bin, and the same
 * histogram without tails spread over the quantised levels (S. Migacz, 8-bit Inference with TensorRT, GTC 2017).
 * Magnitudes of both signs are taken together; each end is then clipped at T, never beyond what was seen.
 */
export function entropyRange(observed: Histogram): Range {
  const histogram = magnified(observed, OUTLIERS);
  const magnitudes = foldSigns(histogram);
  const levels = histogram.min < 0 && histogram.max > 0 ? LEVELS_PER_SIDE : LEVELS_ONE_SIDED;
  let occupied = magnitudes.length;
  while (occupied > levels && magnitudes[occupied - 1] === 0) occupied--;

  const sums = prefixSums(magnitudes);
  let threshold = occupied;
  let least = Number.POSITIVE_INFINITY;
  const step = Math.max(1, Math.ceil((occupied - levels) / CANDIDATES));
  for (let bins = occupied; bins >= levels; bins -= step) {
    const loss = divergence(magnitudes, sums, bins, levels);
    if (loss < least) [least, threshold] = [loss, bins];
  }
  const limit = threshold * binWidth(histogram);
  return { min: Math.max(histogram.min, -limit), max: Math.min(histogram.max, limit) };
}

/**
 * counts[i]: values with a magnitude of bin i. The bin at zero gets the count of its neighbour: zero is always exact,
 * so its mass (half of all values after a Relu) says nothing about the range.
 */
function foldSigns({ counts }: Histogram): Float64Array {
  const centre = BINS / 2;
  const folded = Float64Array.from(
    { length: centre },
    (_, i) => counts[centre + i]! + counts[centre - 1 - i]!,
  );
  folded[0] = Math.min(folded[0]!, folded[1]!);
  return folded;
}

/** Over the first i bins: how many are not empty, the sum of their counts c, and that of c log c. */
type Sums = { readonly occupied: Int32Array; readonly mass: Float64Array; readonly entropy: Float64Array };

function prefixSums(counts: Float64Array): Sums {
  const occupied = new Int32Array(counts.length + 1);
  const mass = new Float64Array(counts.length + 1);
  const entropy = new Float64Array(counts.length + 1);
  counts.forEach((count, i) => {
    occupied[i + 1] = occupied[i]! + (count > 0 ? 1 : 0);
    mass[i + 1] = mass[i]! + count;
    entropy[i + 1] = entropy[i]! + (count > 0 ? count * Math.log(count) : 0);
  });
  return { occupied, mass, entropy };
}

/**
 * Kullback-Leibler divergence of the quantised from the clipped distribution over the first `bins` bins. The mass of a
 * level is spread evenly over its bins that are not empty, so a level adds
 * sum of c log((c / total) / (mass / occupied / inside)), of which prefix sums give all but constants.
 */
function divergence(counts: Float64Array, sums: Sums, bins: number, levels: number): number {
  const inside = sums.mass[bins]!;
  if (inside === 0) return Number.POSITIVE_INFINITY;
  const total = sums.mass[counts.length]!;
  const last = bins - 1; // it gets the tail, and is counted by itself
  const scale = Math.log(inside / total);

  let loss = 0;
  let spread = 0;
  for (let level = 0; level < levels; level++) {
    const start = Math.floor((level * bins) / levels);
    const end = Math.floor(((level + 1) * bins) / levels);
    const mass = sums.mass[end]! - sums.mass[start]!;
    if (mass === 0) continue;
    spread = mass / (sums.occupied[end]! - sums.occupied[start]!);
    const own = Math.min(end, last);
    const ownMass = sums.mass[own]! - sums.mass[start]!;
    loss += sums.entropy[own]! - sums.entropy[start]! + ownMass * (scale - Math.log(spread));
  }
  const clipped = counts[last]! + total - inside;
  if (clipped > 0) {
    const expected = counts[last]! > 0 ? spread / inside : EPSILON;
    loss += clipped * Math.log(clipped / total / expected);
  }
  return loss / total;
}
