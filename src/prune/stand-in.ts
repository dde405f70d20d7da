/** What the channels that stay say of those that go: linear least squares (He, Zhang and Sun, "Channel pruning for accelerating very deep neural networks", ICCV 2017). */

/** Means and products of the channels of a value, gathered position by position. */
export type Moments = {
  readonly mean: Float64Array;
  /** Covariances [channels][channels]; variances alone, [channels], where there are too many channels. */
  readonly covariance: Float64Array;
};

export function varianceOf({ mean, covariance }: Moments, channel: number): number {
  return covariance.length === mean.length
    ? covariance[channel]!
    : covariance[channel * mean.length + channel]!;
}

/** Added to variances, as a share of their mean: what was seen of few samples is not trusted to the last digit. */
const RIDGE = 1e-3;

/**
 * Weights [gone][kept] with which the kept channels make what those that go differ from their means; null where covariances are not
 * known, or nothing varies.
 */
export function standIns(
  { mean, covariance }: Moments,
  kept: readonly number[],
  gone: readonly number[],
): readonly Float64Array[] | null {
  const channels = mean.length;
  if (covariance.length === channels) return null;
  const of = (a: number, b: number): number => covariance[a * channels + b]!;
  const ridge = (RIDGE * kept.reduce((sum, k) => sum + of(k, k), 0)) / kept.length;
  if (ridge === 0) return null;
  const factor = choleskyFactor(kept.length, (i, j) => of(kept[i]!, kept[j]!) + (i === j ? ridge : 0));
  return gone.map((channel) =>
    solve(
      factor,
      Float64Array.from(kept, (k) => of(channel, k)),
    ),
  );
}

/** Rows of the lower triangle L with L L^T the symmetric positive definite matrix. */
function choleskyFactor(size: number, at: (i: number, j: number) => number): readonly Float64Array[] {
  const rows: Float64Array[] = [];
  for (let i = 0; i < size; i++) {
    const row = new Float64Array(i + 1);
    for (let j = 0; j <= i; j++) {
      const other = j === i ? row : rows[j]!;
      let rest = at(i, j);
      for (let k = 0; k < j; k++) rest -= row[k]! * other[k]!;
      row[j] = i === j ? Math.sqrt(Math.max(rest, Number.MIN_VALUE)) : rest / other[j]!;
    }
    rows.push(row);
  }
  return rows;
}

/** x with L L^T x = b. */
function solve(factor: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = b.slice();
  for (let i = 0; i < x.length; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i]![k]! * x[k]!;
    x[i]! /= factor[i]![i]!;
  }
  for (let i = x.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < x.length; k++) x[i]! -= factor[k]![i]! * x[k]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}
