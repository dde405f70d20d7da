import { type CodeRange, rangeParameters } from '../affine.ts';
import { BINS, binStart, binWidth, type Histogram, type Range } from './histogram.ts';

/** Fractions of the observed extent tried per end and round. */
const CANDIDATES = 32;
/** Each round looks around the best of the one before, in steps this much finer. */
const ROUNDS = 4;

/**
 * The range with the least mean squared error of quantising the histogram, found by searching both ends in turn on ever
 * finer grids of fractions of the observed extent. Values count as the middle of their bin, those of the bin at 0 as 0.
 */
export function mseRange(histogram: Histogram, codes: CodeRange): Range {
  const { values, counts } = occupiedBins(histogram);
  const [min, max] = [Math.min(histogram.min, 0), Math.max(histogram.max, 0)];
  const error = (low: number, high: number): number =>
    squaredError(values, counts, rangeParameters({ min: min * low, max: max * high }, codes, 0), codes);

  let [low, high] = [1, 1];
  let step = 1 / CANDIDATES;
  for (let round = 0; round < ROUNDS; round++) {
    if (max > 0) high = best(high, step, (fraction) => error(low, fraction));
    if (min < 0) low = best(low, step, (fraction) => error(fraction, high));
    if (max > 0 && min < 0) high = best(high, step, (fraction) => error(low, fraction));
    step /= 4;
  }
  return { min: min * low, max: max * high };
}

/** The fraction in (0, 1] with the least error, on a grid of `step` around `centre`. */
function best(centre: number, step: number, error: (fraction: number) => number): number {
  let [least, fraction] = [error(centre), centre];
  for (let i = -CANDIDATES; i <= CANDIDATES; i++) {
    const candidate = centre + i * step;
    if (candidate <= 0 || candidate > 1) continue;
    const value = error(candidate);
    if (value < least) [least, fraction] = [value, candidate];
  }
  return fraction;
}

function occupiedBins(histogram: Histogram): { values: Float64Array; counts: Float64Array } {
  const bins = Array.from({ length: BINS }, (_, bin) => bin).filter((bin) => histogram.counts[bin]! > 0);
  const middle = binWidth(histogram) / 2;
  return {
    values: Float64Array.from(bins, (bin) => (bin === BINS / 2 ? 0 : binStart(histogram, bin) + middle)),
    counts: Float64Array.from(bins, (bin) => histogram.counts[bin]!),
  };
}

/** Sum over the bins of count * (value - quantised value)^2. */
function squaredError(
  values: Float64Array,
  counts: Float64Array,
  { scale, zeroPoint }: { readonly scale: number; readonly zeroPoint: number },
  codes: CodeRange,
): number {
  const lowest = codes.min - zeroPoint;
  const highest = codes.max - zeroPoint;
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const code = Math.round(values[i]! / scale);
    const clamped = Math.min(Math.max(code, lowest), highest);
    const difference = clamped * scale - values[i]!;
    sum += counts[i]! * difference * difference;
  }
  return sum;
}
