/** Coefficients that are not negative, with the least sum of squared relative errors. */

export type Row = { readonly counts: Readonly<Record<string, number>>; readonly instructions: number };

/** Coordinate descent on the normal equations: they are small, and their solution is unique or one of equals. */
export function fitCoefficients(rows: readonly Row[]): Readonly<Record<string, number>> {
  const names = [...new Set(rows.flatMap(({ counts }) => Object.keys(counts)))];
  const scaled = rows.map(({ counts, instructions }) =>
    names.map((name) => (counts[name] ?? 0) / instructions),
  );
  const norms = names.map((_, j) => Math.sqrt(scaled.reduce((sum, row) => sum + row[j]! ** 2, 0)));
  const unit = scaled.map((row) => row.map((value, j) => (norms[j]! > 0 ? value / norms[j]! : 0)));
  const gram = names.map((_, i) =>
    names.map((_, j) => unit.reduce((sum, row) => sum + row[i]! * row[j]!, 0)),
  );
  const right = names.map((_, i) => unit.reduce((sum, row) => sum + row[i]!, 0));
  const x = names.map(() => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let moved = 0;
    for (const [i] of names.entries()) {
      if (norms[i] === 0) continue;
      const before = x[i]!;
      const rest = right[i]! - gram[i]!.reduce((sum, g, j) => sum + (j === i ? 0 : g * x[j]!), 0);
      x[i] = Math.max(0, rest / gram[i]![i]!);
      moved = Math.max(moved, Math.abs(x[i] - before));
    }
    if (moved < 1e-9) break;
  }
  return Object.fromEntries(
    names.flatMap((name, i) => {
      const value = norms[i] === 0 ? 0 : x[i]! / norms[i]!;
      return value === 0 ? [] : [[name, Number(value.toPrecision(5))]];
    }),
  );
}

const SWEEPS = 20_000;

/** Relative error of each row: predicted / counted - 1. */
export function errorsOf(
  rows: readonly Row[],
  coefficients: Readonly<Record<string, number>>,
): readonly number[] {
  return rows.map(({ counts, instructions }) => {
    const predicted = Object.entries(counts).reduce(
      (sum, [name, count]) => sum + count * (coefficients[name] ?? 0),
      0,
    );
    return predicted / instructions - 1;
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
