/**
 * Area under the ROC curve of scores that should be larger for `others` than for `normal`: the share of pairs in which they are, ties counted half
 * (Mann-Whitney). Null where one of the two is empty.
 */
export function areaUnderRoc(normal: readonly number[], others: readonly number[]): number | null {
  if (normal.length === 0 || others.length === 0) return null;
  const below = [...normal].sort((a, b) => a - b);
  const won = others.reduce(
    (sum, score) => sum + (countBelow(below, score) + countAtMost(below, score)) / 2,
    0,
  );
  return won / (normal.length * others.length);
}

function countBelow(sorted: readonly number[], value: number): number {
  return firstWhere(sorted, (one) => one >= value);
}

function countAtMost(sorted: readonly number[], value: number): number {
  return firstWhere(sorted, (one) => one > value);
}

/** The first index from which on something holds of ascending numbers. */
function firstWhere(sorted: readonly number[], holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
