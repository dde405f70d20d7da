/** How far the rows of a recording are apart in time. */

/** In the unit of the column of time. */
export type Clock = {
  /** The median of the distances from row to row; below 0 where time runs backwards. */
  readonly step: number;
  /** The longest distance in the direction of time. */
  readonly longest: number;
};

/** A distance so many times the usual one is a gap. */
const GAP = 1.5;

/** Distances that differ by no more than this share are the same. */
const TOLERANCE = 0.05;

/** @param times of the rows; null where these are no numbers, stand still, or are fewer than two */
export function clockOf(times: Iterable<number>): Clock | null {
  const steps: number[] = [];
  let before: number | null = null;
  for (const time of times) {
    if (before !== null) steps.push(time - before);
    before = time;
  }
  if (steps.length === 0 || steps.some((step) => !Number.isFinite(step))) return null;
  const ascending = steps.sort((a, b) => a - b);
  const step = rounded(ascending[Math.floor((ascending.length - 1) / 2)]!);
  if (step === 0) return null;
  return { step, longest: Math.abs(rounded(step > 0 ? ascending.at(-1)! : ascending[0]!)) };
}

export function hasGap({ step, longest }: Clock): boolean {
  return longest > GAP * step;
}

export function isSameStep(one: number, other: number): boolean {
  return Math.abs(one - other) <= TOLERANCE * Math.max(one, other);
}

/** Differences of decimals have digits that nobody wrote. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
