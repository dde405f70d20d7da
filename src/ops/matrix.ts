/**
 * The inner loop of Conv, Gemm and MatMul: 4 rows of weights times up to 4 columns at a time, kept in local
 * variables. Weights and columns are float32 numbers; products are summed in float64 and rounded once, when stored.
 */

/** Rows of weights that are multiplied together. */
export const ROWS = 4;
/** Columns that are multiplied together. */
export const COLUMNS = 4;

/** Rows of a matrix, interleaved by four ([ceil(rows / 4)][depth][4], filled up with zeros). */
export type PackedRows = {
  readonly rows: number;
  readonly depth: number;
  readonly data: Float32Array;
};

/** Packs `rows` rows of `depth` elements; element (r, k) lies at offset + r * rowStride + k * depthStride. */
export function packRows(
  source: ArrayLike<number>,
  offset: number,
  rows: number,
  depth: number,
  rowStride: number,
  depthStride: number,
): PackedRows {
  const data = new Float32Array(Math.ceil(rows / ROWS) * depth * ROWS);
  for (let row = 0; row < rows; row++) {
    let to = Math.floor(row / ROWS) * depth * ROWS + (row % ROWS);
    let from = offset + row * rowStride;
    for (let k = 0; k < depth; k++) {
      data[to] = source[from]!;
      to += ROWS;
      from += depthStride;
    }
  }
  return { rows, depth, data };
}

/** Where products go: element (row, column) to offset + row * rowStride + column * columnStride. */
export type Destination = {
  readonly data: Float32Array | Float64Array;
  readonly rowStride: number;
  readonly columnStride: number;
};

/**
 * Stores all rows times a panel of 2 to 4 columns ([depth][4]) or of 1 column ([depth]), plus one bias per row
 * (from `biasOffset`).
 */
export function multiplyPanel(
  packed: PackedRows,
  panel: Float64Array,
  columns: number,
  bias: Float64Array,
  biasOffset: number,
  to: Destination,
  offset: number,
  tile: Float64Array,
): void {
  const { rows, depth, data } = packed;
  const { data: out, rowStride, columnStride } = to;
  for (let row = 0; row < rows; row += ROWS) {
    if (columns === 1) multiplyColumn(data, row * depth, panel, depth, tile);
    else multiplyTile(data, row * depth, panel, depth, tile);
    const count = Math.min(ROWS, rows - row);
    for (let r = 0; r < count; r++) {
      const start = offset + (row + r) * rowStride;
      const b = bias[biasOffset + row + r]!;
      for (let c = 0; c < columns; c++) out[start + c * columnStride] = tile[r * COLUMNS + c]! + b;
    }
  }
}

function multiplyTile(
  weights: Float32Array,
  start: number,
  panel: Float64Array,
  depth: number,
  tile: Float64Array,
): void {
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s23 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  let s33 = 0;
  const end = depth * COLUMNS;
  for (let p = 0, w = start; p < end; p += 4, w += 4) {
    const x0 = panel[p]!;
    const x1 = panel[p + 1]!;
    const x2 = panel[p + 2]!;
    const x3 = panel[p + 3]!;
    const w0 = weights[w]!;
    s00 += w0 * x0;
    s01 += w0 * x1;
    s02 += w0 * x2;
    s03 += w0 * x3;
    const w1 = weights[w + 1]!;
    s10 += w1 * x0;
    s11 += w1 * x1;
    s12 += w1 * x2;
    s13 += w1 * x3;
    const w2 = weights[w + 2]!;
    s20 += w2 * x0;
    s21 += w2 * x1;
    s22 += w2 * x2;
    s23 += w2 * x3;
    const w3 = weights[w + 3]!;
    s30 += w3 * x0;
    s31 += w3 * x1;
    s32 += w3 * x2;
    s33 += w3 * x3;
  }
  tile[0] = s00;
  tile[1] = s01;
  tile[2] = s02;
  tile[3] = s03;
  tile[4] = s10;
  tile[5] = s11;
  tile[6] = s12;
  tile[7] = s13;
  tile[8] = s20;
  tile[9] = s21;
  tile[10] = s22;
  tile[11] = s23;
  tile[12] = s30;
  tile[13] = s31;
  tile[14] = s32;
  tile[15] = s33;
}

function multiplyColumn(
  weights: Float32Array,
  start: number,
  column: Float64Array,
  depth: number,
  tile: Float64Array,
): void {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let k = 0, w = start; k < depth; k++, w += 4) {
    const x = column[k]!;
    s0 += weights[w]! * x;
    s1 += weights[w + 1]! * x;
    s2 += weights[w + 2]! * x;
    s3 += weights[w + 3]! * x;
  }
  tile[0] = s0;
  tile[COLUMNS] = s1;
  tile[2 * COLUMNS] = s2;
  tile[3 * COLUMNS] = s3;
}
