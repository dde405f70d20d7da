/**
 * A streaming histogram of the values of a tensor. Its memory is constant: 8192 bins over [-limit, limit), where the limit is a
 * power of two that doubles when a value does not fit, merging neighbouring bins exactly. A bin is therefore at most
 * 2^-11 of the largest magnitude wide: that is the error of anything read off it. Minimum and maximum are exact.
 *
 * One value far from all others would leave these in a few bins. So values are counted a second time in bins whose width
 * is a 32nd of their octave, whatever the largest value: what lies within HIDDEN of the limit is read off those.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { OCTAVE_BINS, octaveStart } from '../../engine/reductions.ts';
import type { Reductions } from '../../engine/types.ts';

export const BINS = 8192;
const CENTRE = BINS / 2;

/** Nearer to zero than this share of the limit, the bins of octaves are the narrower ones. */
const HIDDEN = 2 ** -7;

/** Bins per unit stay a float32 number. */
const SMALLEST_LIMIT = 2 ** -100;

export type Histogram = {
  /** counts[i]: how many values lay in [(i - 4096) * width, (i - 4095) * width). Exact zeros lie in bin 4096. */
  readonly counts: Float64Array;
  /** The same values in the bins of `Reductions.countOctaves`. */
  readonly octaves: Float64Array;
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
    octaves: new Float64Array(OCTAVE_BINS),
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
 * @param bins whether the bins over the whole range are counted, too: minimum and maximum need none
 * @throws TinymlError E_NOT_FINITE naming the tensor if a value is NaN or infinite; nothing is added then.
 */
export function observe(
  histogram: Histogram,
  values: Float32Array,
  tensor: string,
  { extent, countBins, countOctaves }: Reductions,
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
  const { counts, octaves, limit } = histogram;
  countOctaves(values, octaves);
  if (bins) countBins(values, limit === 0 ? 1 : CENTRE / limit, counts);
}

/** Adds what another histogram has seen. In whatever order histograms are added up, the sum is the same. */
export function addHistogram(histogram: Histogram, other: Histogram): void {
  const limit = Math.max(histogram.limit, other.limit);
  const added: Histogram = { ...other, counts: other.counts.slice() };
  raise(added, limit);
  raise(histogram, limit);
  for (let bin = 0; bin < BINS; bin++) histogram.counts[bin]! += added.counts[bin]!;
  for (let bin = 0; bin < OCTAVE_BINS; bin++) histogram.octaves[bin]! += other.octaves[bin]!;
  histogram.total += other.total;
  histogram.min = Math.min(histogram.min, other.min);
  histogram.max = Math.max(histogram.max, other.max);
}

/**
 * The value below which `rank` values lie, exact to one bin (values inside a bin count as evenly spread), within the exact
 * minimum and maximum.
 */
export function quantile(histogram: Histogram, rank: number): number {
  const found = coarseQuantile(histogram, rank);
  const value = Math.abs(found) < HIDDEN * histogram.limit ? fineQuantile(histogram, rank) : found;
  return Math.min(Math.max(value, histogram.min), histogram.max);
}

function coarseQuantile(histogram: Histogram, rank: number): number {
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

function fineQuantile({ octaves, max }: Histogram, rank: number): number {
  let below = 0;
  for (const { count, from, to } of octaveBins(octaves)) {
    if (below + count >= rank) return from + ((rank - below) / count) * (to - from);
    below += count;
  }
  return max;
}

/** How many values have a larger magnitude than one that is not negative, exact to one bin of octaves. */
export function countBeyond({ octaves }: Histogram, magnitude: number): number {
  const half = OCTAVE_BINS / 2;
  let count = 0;
  // The first bin is that of zeros, and of nothing else that matters.
  for (let bin = 1; bin < half; bin++) {
    const here = octaves[bin]! + octaves[half + bin]!;
    if (here === 0) continue;
    const [from, to] = [octaveStart(bin), octaveStart(bin + 1)];
    if (from >= magnitude) count += here;
    else if (to > magnitude) count += here * ((to - magnitude) / (to - from));
  }
  return count;
}

/** A bin of octaves holds `count` values from `from` (nearer to -inf) to `to`. */
type OctaveBin = { readonly count: number; readonly from: number; readonly to: number };

/** The bins of octaves that hold any value, in the order of their values. */
function* octaveBins(octaves: Float64Array): Generator<OctaveBin> {
  const half = OCTAVE_BINS / 2;
  for (let bin = half - 1; bin >= 0; bin--) {
    const count = octaves[half + bin]!;
    if (count > 0) yield { count, from: -octaveStart(bin + 1), to: -octaveStart(bin) };
  }
  for (let bin = 0; bin < half; bin++) {
    const count = octaves[bin]!;
    if (count > 0) yield { count, from: octaveStart(bin), to: octaveStart(bin + 1) };
  }
}

/**
 * The histogram with what hides near zero spread over all bins, where a share of at most `outliers` at either end of the
 * values has left the others there; those then lie in the outermost bins. Any other histogram as it is.
 */
export function magnified(histogram: Histogram, outliers: number): Histogram {
  const tail = outliers * histogram.total;
  const [low, high] = [quantile(histogram, tail), quantile(histogram, histogram.total - tail)];
  const reach = Math.max(-low, high);
  if (reach === 0 || reach >= HIDDEN * histogram.limit) return histogram;
  const limit = powerAbove(reach);
  const counts = new Float64Array(BINS);
  const perUnit = CENTRE / limit;
  const binOf = (value: number): number =>
    Math.min(Math.max(Math.floor(value * perUnit) + CENTRE, 0), BINS - 1);
  for (const { count, from, to } of octaveBins(histogram.octaves)) {
    // A bin of octaves above zero covers [from, to), one below zero (from, to].
    const [first, last] = [binOf(from), Math.max(binOf(from), Math.ceil(to * perUnit) + CENTRE - 1)];
    const bounded = Math.min(last, BINS - 1);
    for (let k = first; k <= bounded; k++) counts[k]! += count / (bounded - first + 1);
  }
  return {
    ...histogram,
    counts,
    limit,
    min: Math.max(histogram.min, -limit),
    max: Math.min(histogram.max, limit),
  };
}

function grow(histogram: Histogram, magnitude: number): void {
  if (magnitude === 0) return;
  raise(histogram, powerAbove(magnitude));
}

/** A power of two above a magnitude. */
function powerAbove(magnitude: number): number {
  let limit = Math.max(2 ** Math.ceil(Math.log2(magnitude)), SMALLEST_LIMIT);
  while (limit <= magnitude) limit *= 2;
  return limit;
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
