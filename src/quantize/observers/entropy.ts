import { BINS, binWidth, type Histogram, type Range } from './histogram.ts';

/** Quantised levels on one side of zero where values have both signs, and on the only side where they have one. */
const LEVELS_PER_SIDE = 128;
const LEVELS_ONE_SIDED = 255;

/** Thresholds tried: enough that neighbours differ by less than half a percent of the largest magnitude. */
const CANDIDATES = 256;

/** Probability that stands for "nothing there": keeps the divergence finite where clipping put mass on an empty bin. */
const EPSILON = 1e-4;

/**
 * Clips magnitudes at the threshold T for which quantising the clipped distribution loses the least information:
 * least Kullback-Leibler divergence between the histogram within T, the tails added to its last bin, and the same
 * histogram without tails spread over the quantised levels (S. Migacz, 8-bit Inference with TensorRT, GTC 2017).
 * Magnitudes of both signs are taken together; each end is then clipped at T, never beyond what was seen.
 */
export function entropyRange(histogram: Histogram): Range {
  const magnitudes = foldSigns(histogram);
  const levels = histogram.min < 0 && histogram.max > 0 ? LEVELS_PER_SIDE : LEVELS_ONE_SIDED;
  let occupied = magnitudes.length;
  while (occupied > levels && magnitudes[occupied - 1] === 0) occupied--;

  let threshold = occupied;
  let least = Number.POSITIVE_INFINITY;
  const step = Math.max(1, Math.ceil((occupied - levels) / CANDIDATES));
  for (let bins = occupied; bins >= levels; bins -= step) {
    const loss = divergence(magnitudes, bins, levels);
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

/** Kullback-Leibler divergence of the quantised from the clipped distribution over the first `bins` bins. */
function divergence(counts: Float64Array, bins: number, levels: number): number {
  let tail = 0;
  for (let i = bins; i < counts.length; i++) tail += counts[i]!;
  let inside = 0;
  for (let i = 0; i < bins; i++) inside += counts[i]!;
  if (inside === 0) return Number.POSITIVE_INFINITY;

  let loss = 0;
  for (let level = 0; level < levels; level++) {
    const start = Math.floor((level * bins) / levels);
    const end = Math.floor(((level + 1) * bins) / levels);
    let mass = 0;
    let nonZero = 0;
    for (let i = start; i < end; i++) {
      mass += counts[i]!;
      if (counts[i]! > 0) nonZero++;
    }
    const spread = nonZero === 0 ? 0 : mass / nonZero / inside;
    for (let i = start; i < end; i++) {
      const clipped = (counts[i]! + (i === bins - 1 ? tail : 0)) / (inside + tail);
      if (clipped === 0) continue;
      loss += clipped * Math.log(clipped / (counts[i]! > 0 ? spread : EPSILON));
    }
  }
  return loss;
}
