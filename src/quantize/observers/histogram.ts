/**
 * A streaming histogram of the values of a tensor. Its memory is constant: 8192 bins over [-limit, limit), where the limit is a
 * power of two that doubles when a value does not fit, merging neighbouring bins exactly. A bin is therefore at most
 * 2^-11 of the largest magnitude wide: that is the error of anything read off it. Minimum and maximum are exact.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Reductions } from '../../engine/reductions.ts';

export const BINS = 8192;
const CENTRE = BINS / 2;

/** Bins per unit stay a float32 number. */
const SMALLEST_LIMIT = 2 ** -100;

export type Histogram = {
  /** counts[i]: how many values lay in [(i - 4096) * width, (i - 4095) * width). Exact zeros lie in bin 4096. */
  readonly counts: Float64Array;
  /** A power of two above every magnitude seen; 0 while only zeros were seen. */
  limit: number;
  /** Number of values seen. */
  total: number;
  min: number;
  max: number;
};

/** A closed interval of real values. */
export type Range = { readonly min: number; readonly max: number };

export function createHistogram(): Histogram {
  return {
    counts: new Float64Array(BINS),
    limit: 0,
    total: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  };
}

/** Width of a bin; 0 while only zeros were seen. */
export function binWidth({ limit }: Histogram): number {
  return limit / CENTRE;
}

/** The real value at the lower edge of a bin; bins 4096 and 4097 start at 0 and at one width. */
export function binStart(histogram: Histogram, bin: number): number {
  return (bin - CENTRE) * binWidth(histogram);
}

/**
 * Adds the values of a tensor to the histogram.
 * @param bins whether bins are counted, too: minimum and maximum need none
 * @throws TinymlError E_NOT_FINITE naming the tensor if a value is NaN or infinite; nothing is added then.
 */
export function observe(
  histogram: Histogram,
  values: Float32Array,
  tensor: string,
  { extent, countBins }: Reductions,
  bins = true,
): void {
  if (values.length === 0) return;
  const ends = new Float32Array(2);
  if (!extent(values, ends)) throw notFinite(tensor, values);
  const [min, max] = ends as unknown as readonly [number, number];
  grow(histogram, Math.max(max, -min));
  histogram.min = Math.min(histogram.min, min);
  histogram.max = Math.max(histogram.max, max);
  histogram.total += values.length;
  const { counts, limit } = histogram;
  if (bins) countBins(values, limit === 0 ? 1 : CENTRE / limit, counts);
}

/** Adds what another histogram has seen. In whatever order histograms are added up, the sum is the same. */
export function addHistogram(histogram: Histogram, other: Histogram): void {
  const limit = Math.max(histogram.limit, other.limit);
  const added: Histogram = { ...other, counts: other.counts.slice() };
  raise(added, limit);
  raise(histogram, limit);
  for (let bin = 0; bin < BINS; bin++) histogram.counts[bin]! += added.counts[bin]!;
  histogram.total += other.total;
  histogram.min = Math.min(histogram.min, other.min);
  histogram.max = Math.max(histogram.max, other.max);
}

function grow(histogram: Histogram, magnitude: number): void {
  if (magnitude === 0) return;
  let limit = Math.max(2 ** Math.ceil(Math.log2(magnitude)), SMALLEST_LIMIT);
  while (limit <= magnitude) limit *= 2;
  raise(histogram, limit);
}

/** Raises the limit to a power of two, unless it is as high. */
function raise(histogram: Histogram, limit: number): void {
  // Only zeros so far: they stay in the bin that starts at 0 whatever the limit becomes.
  if (histogram.limit === 0) histogram.limit = limit;
  while (histogram.limit < limit) {
    mergePairs(histogram.counts);
    histogram.limit *= 2;
  }
}

function mergePairs(counts: Float64Array): void {
  for (let i = 0; i < CENTRE / 2; i++) {
    const above = CENTRE + 2 * i;
    counts[CENTRE + i] = counts[above]! + counts[above + 1]!;
    const below = CENTRE - 1 - 2 * i;
    counts[CENTRE - 1 - i] = counts[below]! + counts[below - 1]!;
  }
  counts.fill(0, 0, CENTRE / 2);
  counts.fill(0, CENTRE + CENTRE / 2);
}

function notFinite(tensor: string, values: Float32Array): TinymlError {
  const position = values.findIndex((value) => !Number.isFinite(value));
  return new TinymlError('E_NOT_FINITE', `an activation is ${values[position]} (element ${position})`, {
    at: `tensor "${tensor}"`,
    hint: 'check the preprocessing of the calibration data, then the weights of the layers before this tensor',
  });
}
