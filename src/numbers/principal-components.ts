/** Principal components of rows of numbers. */

type Components = {
  readonly mean: Float64Array;
  /** Of length 1, those of the greatest variance first. */
  readonly components: readonly Float64Array[];
};

/** @param count components that are wanted, at most as many as a row has numbers */
export function principalComponents(rows: readonly Float64Array[], count: number): Components {
  const size = rows[0]!.length;
  const mean = new Float64Array(size);
  for (const row of rows) for (let i = 0; i < size; i++) mean[i]! += row[i]! / rows.length;
  const covariance = Array.from({ length: size }, () => new Float64Array(size));
  for (const row of rows) {
    for (let i = 0; i < size; i++) {
      const deviation = row[i]! - mean[i]!;
      if (deviation === 0) continue;
      for (let k = 0; k <= i; k++) covariance[i]![k]! += deviation * (row[k]! - mean[k]!);
    }
  }
  for (let i = 0; i < size; i++) for (let k = 0; k < i; k++) covariance[k]![i] = covariance[i]![k]!;
  const { values, vectors } = eigen(covariance);
  const order = [...values.keys()].sort((a, b) => values[b]! - values[a]!).slice(0, count);
  return { mean, components: order.map((k) => Float64Array.from(vectors, (row) => row[k]!)) };
}

const SWEEPS = 30;

/** Eigenvalues and eigenvectors, as columns, of a symmetric matrix: cyclic Jacobi rotations (Golub and Van Loan, 8.5). */
function eigen(symmetric: readonly Float64Array[]): {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
} {
  const n = symmetric.length;
  const a = symmetric.map((row) => row.slice());
  const vectors = a.map((_, i) => new Float64Array(n).fill(1, i, i + 1));
  const trace = a.reduce((sum, row, i) => sum + Math.abs(row[i]!), 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) for (let q = 0; q < p; q++) off += a[p]![q]! ** 2;
    if (Math.sqrt(off) <= 1e-12 * trace) break;
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) {
        if (a[p]![q] === 0) continue;
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * a[p]![q]!);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (const row of a) rotate(row, p, q, c, s);
        const [ofP, ofQ] = [a[p]!, a[q]!];
        for (let k = 0; k < n; k++) {
          const [x, y] = [ofP[k]!, ofQ[k]!];
          ofP[k] = c * x - s * y;
          ofQ[k] = s * x + c * y;
        }
        for (const row of vectors) rotate(row, p, q, c, s);
      }
    }
  }
  return { values: Float64Array.from(a, (row, i) => row[i]!), vectors };
}

function rotate(row: Float64Array, p: number, q: number, c: number, s: number): void {
  const [x, y] = [row[p]!, row[q]!];
  row[p] = c * x - s * y;
  row[q] = s * x + c * y;
}
