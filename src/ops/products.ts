/**
 * Sums of products: the inner loop of Conv, Gemm and MatMul. Weights and x are float32 numbers; their products are exact
 * in float64, are summed there in the order of k, and rounded once, when stored.
 */

/** Rows of weights times columns that are gathered from a tensor x. */
type ProductSpec = {
  readonly groups: number;
  /** Rows of weights per group. */
  readonly rows: number;
  /** [groups * rows][depth] */
  readonly weights: Float32Array;
  /** [groups * rows], added last. */
  readonly bias: Float64Array;
  /** [depth]: where the elements of a column lie in x, from the first. */
  readonly offsets: Int32Array;
  /** [columns]: where the columns begin. */
  readonly starts: Int32Array;
  /** Distance in x of the columns of one group from those of the next. */
  readonly groupStride: number;
  /** Distances in the result of one row, and of one column, from the next. */
  readonly rowStride: number;
  readonly columnStride: number;
};

/**
 * For every group g, row r (counted through all groups) and column c:
 * out[outStart + r * rowStride + c * columnStride] =
 *   sum over k of weights[r][k] * x[from + g * groupStride + offsets[k] + starts[c]], plus bias[r].
 */
export type Product = (
  x: Float32Array,
  from: number,
  out: Float32Array | Float64Array,
  outStart: number,
) => void;

/** Lays out weights once, for any number of products. */
type MakeProduct = (spec: ProductSpec) => Product;

/** Rows of weights, and columns, that are multiplied together. */
const ROWS = 4;
const COLUMNS = 4;

/** Products in TypeScript: 4 rows of weights times up to 4 columns at a time, kept in local variables. */
export const makeProduct: MakeProduct = (spec) => {
  // A group of few rows (of a depthwise Conv: one) does not pay for laying out its columns.
  return spec.rows < ROWS && spec.groups > 1 ? rowByRow(spec) : byPanels(spec);
};

function rowByRow(spec: ProductSpec): Product {
  return (x, from, out, outStart) => {
    for (let row = 0; row < spec.groups * spec.rows; row++) {
      const group = Math.floor(row / spec.rows);
      multiplyRow(spec, row, x, from + group * spec.groupStride, out, outStart + row * spec.rowStride);
    }
  };
}

function byPanels({
  groups,
  rows,
  weights,
  bias,
  offsets,
  starts,
  groupStride,
  rowStride,
  columnStride,
}: ProductSpec): Product {
  const depth = offsets.length;
  const packed = Array.from({ length: groups }, (_, group) => packRows(weights, group * rows, rows, depth));
  const panel = new Float64Array(depth * COLUMNS);
  const tile = new Float64Array(ROWS * COLUMNS);
  return (x, from, out, outStart) => {
    const to = { data: out, rowStride, columnStride };
    for (let group = 0; group < groups; group++) {
      const firstRow = group * rows;
      const place = outStart + firstRow * rowStride;
      for (let first = 0; first < starts.length; first += COLUMNS) {
        const columns = Math.min(COLUMNS, starts.length - first);
        gatherColumns(x, from + group * groupStride, offsets, starts, first, columns, panel);
        multiplyPanel(packed[group]!, panel, columns, bias, firstRow, to, place + first * columnStride, tile);
      }
    }
  };
}

/** A matrix as dense rows: element (r, k) of the result lies at offset + r * rowStride + k * depthStride in the source. */
export function denseRows(
  source: ArrayLike<number>,
  offset: number,
  rows: number,
  depth: number,
  rowStride: number,
  depthStride: number,
): Float32Array {
  const data = new Float32Array(rows * depth);
  for (let row = 0, to = 0; row < rows; row++) {
    let from = offset + row * rowStride;
    for (let k = 0; k < depth; k++, to++, from += depthStride) data[to] = source[from]!;
  }
  return data;
}

/** Rows of a matrix, interleaved by four ([ceil(rows / 4)][depth][4], filled up with zeros). */
type PackedRows = { readonly rows: number; readonly depth: number; readonly data: Float32Array };

function packRows(weights: Float32Array, first: number, rows: number, depth: number): PackedRows {
  const data = new Float32Array(Math.ceil(rows / ROWS) * depth * ROWS);
  for (let row = 0, from = first * depth; row < rows; row++) {
    let to = Math.floor(row / ROWS) * depth * ROWS + (row % ROWS);
    for (let k = 0; k < depth; k++, from++, to += ROWS) data[to] = weights[from]!;
  }
  return { rows, depth, data };
}

/**
 * Lays `columns` columns side by side: [depth][4], or [depth] if there is one. Element k of a column lies at
 * from + offsets[k] + its start.
 */
function gatherColumns(
  x: Float32Array,
  from: number,
  offsets: Int32Array,
  starts: Int32Array,
  first: number,
  columns: number,
  panel: Float64Array,
): void {
  const depth = offsets.length;
  const s0 = from + starts[first]!;
  if (columns === 1) {
    for (let k = 0; k < depth; k++) panel[k] = x[s0 + offsets[k]!]!;
    return;
  }
  const last = first + columns - 1;
  const s1 = from + starts[Math.min(first + 1, last)]!;
  const s2 = from + starts[Math.min(first + 2, last)]!;
  const s3 = from + starts[last]!;
  for (let k = 0, to = 0; k < depth; k++, to += 4) {
    const at = offsets[k]!;
    panel[to] = x[s0 + at]!;
    panel[to + 1] = x[s1 + at]!;
    panel[to + 2] = x[s2 + at]!;
    panel[to + 3] = x[s3 + at]!;
  }
}

/** One row of weights times all columns of its group, four at a time. */
function multiplyRow(
  { weights, bias, offsets, starts, columnStride }: ProductSpec,
  row: number,
  x: Float32Array,
  from: number,
  out: Float32Array | Float64Array,
  to: number,
): void {
  const depth = offsets.length;
  const firstWeight = row * depth;
  const b = bias[row]!;
  const last = starts.length - 1;
  for (let first = 0; first <= last; first += 4) {
    const s0 = from + starts[first]!;
    const s1 = from + starts[Math.min(first + 1, last)]!;
    const s2 = from + starts[Math.min(first + 2, last)]!;
    const s3 = from + starts[Math.min(first + 3, last)]!;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let k = 0; k < depth; k++) {
      const weight = weights[firstWeight + k]!;
      const at = offsets[k]!;
      sum0 += weight * x[s0 + at]!;
      sum1 += weight * x[s1 + at]!;
      sum2 += weight * x[s2 + at]!;
      sum3 += weight * x[s3 + at]!;
    }
    const position = to + first * columnStride;
    out[position] = sum0 + b;
    if (first < last) out[position + columnStride] = sum1 + b;
    if (first + 1 < last) out[position + 2 * columnStride] = sum2 + b;
    if (first + 2 < last) out[position + 3 * columnStride] = sum3 + b;
  }
}

/** Where products go: element (row, column) to offset + row * rowStride + column * columnStride. */
type Destination = {
  readonly data: Float32Array | Float64Array;
  readonly rowStride: number;
  readonly columnStride: number;
};

/**
 * Stores all rows times a panel of 2 to 4 columns ([depth][4]) or of 1 column ([depth]), plus one bias per row
 * (from `biasOffset`).
 */
function multiplyPanel(
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
