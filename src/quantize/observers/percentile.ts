import { BINS, binStart, binWidth, type Histogram, type Range } from './histogram.ts';

/**
 * The (100 - percentile)-th and the percentile-th percentile of all values, exact to one bin (values inside a bin count
 * as evenly spread), never beyond the exact minimum and maximum.
 */
export function percentileRange(histogram: Histogram, percentile: number): Range {
  const tail = ((100 - percentile) / 100) * histogram.total;
  const clampSeen = (value: number) => Math.min(Math.max(value, histogram.min), histogram.max);
  return {
    min: clampSeen(quantile(histogram, tail)),
    max: clampSeen(quantile(histogram, histogram.total - tail)),
  };
}

/** The value below which `rank` values lie. */
function quantile(histogram: Histogram, rank: number): number {
  let below = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const count = histogram.counts[bin]!;
    if (count > 0 && below + count >= rank) {
      return binStart(histogram, bin) + ((rank - below) / count) * binWidth(histogram);
    }
    below += count;
  }
  return histogram.max;
}
