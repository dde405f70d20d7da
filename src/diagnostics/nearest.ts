/**
 * Distance between two words in insertions, deletions, replacements and swaps of neighbours, each of cost 1 (optimal
 * string alignment).
 */
export function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row: readonly number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(replace, swap, row[j]! + 1, next[j - 1]! + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}

/**
 * Up to three candidates that somebody who typed `word` may have meant, best first: those that contain it,
 * are contained in it, or differ from it in less than 40 % of their letters. Letter case is ignored.
 */
export function nearest(word: string, candidates: readonly string[]): readonly string[] {
  const wanted = word.toLowerCase();
  return candidates
    .map((name) => ({ name, distance: resemblance(wanted, name.toLowerCase()) }))
    .filter(({ distance }) => distance < 0.4)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

function resemblance(wanted: string, name: string): number {
  const share = editDistance(wanted, name) / Math.max(wanted.length, name.length, 1);
  const shorter = Math.min(wanted.length, name.length);
  return shorter >= 3 && (name.includes(wanted) || wanted.includes(name)) ? share * 0.4 : share;
}
