/**
 * What a few seeds allow to say: Student's t for whole degrees of freedom, intervals of means and of paired differences,
 * and equivalence by two one-sided tests. For whole degrees of freedom the distribution is a finite sum (Abramowitz and Stegun
 * 1964, 26.7.3 and 26.7.4), so no incomplete beta function is needed.
 */

/**
 * A mean with its confidence interval. `low` and `high` are null where nothing is known of the spread: of one value, and of values
 * that are all equal. Accuracies are counts of a test set, so equal ones say that they agree to a sample, not for certain.
 */
export type Interval = {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); 0 for equal values, null for one. */
  readonly deviation: number | null;
  readonly low: number | null;
  readonly high: number | null;
};

/** @returns NaN for no values */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation, divided by n - 1; NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1));
}

/**
 * P(T <= t) of Student's distribution.
 * @param df degrees of freedom, a whole number of at least 1
 */
export function tCdf(t: number, df: number): number {
  if (Number.isNaN(t)) return Number.NaN;
  const inside = probabilityWithin(Math.abs(t), df);
  return t < 0 ? (1 - inside) / 2 : (1 + inside) / 2;
}

/** P(|T| <= t), t >= 0: a sum of powers of the cosine of the angle whose tangent is t / sqrt(df). */
function probabilityWithin(t: number, df: number): number {
  const angle = Math.atan2(t, Math.sqrt(df));
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  const odd = df % 2 === 1;
  let [term, sum] = odd ? [cosine, df > 1 ? cosine : 0] : [1, 1];
  for (let power = odd ? 3 : 2; power <= df - 2; power += 2) {
    term *= ((power - 1) / power) * cosine * cosine;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/**
 * The t below which a share `probability` of the distribution lies.
 * @param probability inside (0, 1)
 */
export function tQuantile(probability: number, df: number): number {
  if (probability < 0.5) return -tQuantile(1 - probability, df);
  let [low, high] = [0, 1];
  while (tCdf(high, df) < probability && high < 1e300) high *= 2;
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (tCdf(middle, df) < probability) low = middle;
    else high = middle;
  }
  return high;
}

/** What values can be, in their unit. */
export type Range = { readonly min: number; readonly max: number };

/** Below this, differences are those of the arithmetic (points). */
const NO_SPREAD = 1e-9;

/**
 * Two-sided interval of the mean of independent normal values, cut off where no mean can be: what is cut off covers nothing.
 * @param confidence for example 0.95
 */
export function meanInterval(values: readonly number[], confidence: number, { min, max }: Range): Interval {
  const n = values.length;
  const centre = mean(values);
  if (n < 2) return { n, mean: centre, deviation: null, low: null, high: null };
  const deviation = standardDeviation(values);
  if (deviation < NO_SPREAD) return { n, mean: centre, deviation: 0, low: null, high: null };
  const half = (tQuantile((1 + confidence) / 2, n - 1) * deviation) / Math.sqrt(n);
  return {
    n,
    mean: centre,
    deviation,
    low: Math.max(min, centre - half),
    high: Math.min(max, centre + half),
  };
}

/**
 * Standard deviation of what rounding to whole samples adds to a share of `samples`, in points: of an equal distribution as wide
 * as one of them (JCGM 100:2008, F.2.2.1).
 */
export function roundingDeviation(samples: number): number {
  return 100 / samples / Math.sqrt(12);
}

/**
 * p-value of two one-sided t tests (Schuirmann 1987): small where the mean lies inside (-margin, margin).
 * @param resolution the least standard deviation that the values can have, whatever they agree in
 * @returns null for fewer than two values
 */
export function equivalenceP(
  { n, mean: centre, deviation }: Interval,
  margin: number,
  resolution: number,
): number | null {
  if (deviation === null) return null;
  const error = Math.max(deviation, resolution) / Math.sqrt(n);
  const above = 1 - tCdf((centre + margin) / error, n - 1);
  const below = tCdf((centre - margin) / error, n - 1);
  return Math.max(above, below);
}
