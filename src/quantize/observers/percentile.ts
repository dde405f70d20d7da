import { type Histogram, quantile, type Range } from './histogram.ts';

/** The (100 - percentile)-th and the percentile-th percentile of all values, never beyond minimum and maximum. */
export function percentileRange(histogram: Histogram, percentile: number): Range {
  const tail = ((100 - percentile) / 100) * histogram.total;
  return { min: quantile(histogram, tail), max: quantile(histogram, histogram.total - tail) };
}
