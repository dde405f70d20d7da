/** Gemm and MatMul: float32 in and out, products summed in float64. */
import { elementCount } from '../graph/tensor.ts';
import type { Node, Tensor, TypedArray } from '../graph/types.ts';
import { asNumbers, broadcastStrides, forEachRow } from './arrays.ts';
import { floatAttribute, intAttribute } from './attributes.ts';
import {
  badShape,
  broadcastShape,
  COMPUTED,
  checkSize,
  defineOperator,
  type Inputs,
  output,
  requireRank,
  requireType,
} from './define.ts';
import { COLUMNS, multiplyPanel, type PackedRows, packRows, ROWS } from './matrix.ts';
import { createScratch, type Prepared, type Scratch } from './prepare.ts';
import type { Operator } from './types.ts';

/** A matrix in memory: element (i, j) lies at start + i * rowStride + j * columnStride. */
type Layout = { readonly start: number; readonly rowStride: number; readonly columnStride: number };

/**
 * out [m, n] = a [m, depth] * b, where b comes as its n columns, packed. `out` is row-major from `outStart`.
 */
function multiply(
  a: ArrayLike<number>,
  layout: Layout,
  m: number,
  b: PackedRows,
  out: Float32Array | Float64Array,
  outStart: number,
  panel: Float64Array,
): void {
  const tile = new Float64Array(ROWS * COLUMNS);
  const noBias = new Float64Array(b.rows);
  const to = { data: out, rowStride: 1, columnStride: b.rows };
  for (let first = 0; first < m; first += COLUMNS) {
    const rows = Math.min(COLUMNS, m - first);
    const width = rows === 1 ? 1 : COLUMNS;
    for (let row = 0; row < rows; row++) {
      let from = layout.start + (first + row) * layout.rowStride;
      for (let k = 0, at = row; k < b.depth; k++, at += width, from += layout.columnStride) {
        panel[at] = a[from]!;
      }
    }
    multiplyPanel(b, panel, rows, noBias, 0, to, outStart + first * b.rows, tile);
  }
}

type GemmGeometry = {
  readonly m: number;
  readonly n: number;
  readonly depth: number;
  readonly transA: boolean;
  readonly transB: boolean;
};

function gemmGeometry(node: Node, inputs: Inputs): GemmGeometry {
  requireRank(node, inputs, 0, 2);
  requireRank(node, inputs, 1, 2);
  const transA = intAttribute(node, 'transA', 0) !== 0;
  const transB = intAttribute(node, 'transB', 0) !== 0;
  const [a0, a1] = inputs[0]!.shape as readonly [number, number];
  const [b0, b1] = inputs[1]!.shape as readonly [number, number];
  const [m, depth] = transA ? [a1, a0] : [a0, a1];
  const [depthB, n] = transB ? [b1, b0] : [b0, b1];
  if (depth !== depthB)
    badShape(node, `matrices [${m}, ${depth}] and [${depthB}, ${n}] cannot be multiplied`);
  const c = inputs[2];
  if (c && broadcastShape(node, [[m, n], c.shape]).join() !== [m, n].join()) {
    badShape(node, `an addend of shape [${c.shape.join(', ')}] for a product of shape [${m}, ${n}]`);
  }
  return { m, n, depth, transA, transB };
}

/** A Gemm ready to run: alpha * A * B + beta * C. Constant B is packed once. */
export function prepareGemm(node: Node, inputs: Inputs, scratch: Scratch): Prepared {
  const { m, n, depth, transA, transB } = gemmGeometry(node, inputs);
  const shape = [m, n];
  checkSize(node, shape);
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  const layout = { start: 0, rowStride: transA ? 1 : depth, columnStride: transA ? m : 1 };
  const pack = (data: TypedArray): PackedRows =>
    packRows(asNumbers(data), 0, n, depth, transB ? depth : 1, transB ? 1 : n);
  const fixed = inputs[1]!.data && pack(inputs[1]!.data);
  const [cRow, cColumn] = broadcastStrides(inputs[2]?.shape ?? [], shape) as [number, number];
  return (tensors) => {
    const packed = fixed ?? pack(tensors[1]!.data);
    const sums = new Float64Array(m * n);
    multiply(asNumbers(tensors[0]!.data), layout, m, packed, sums, 0, scratch.float64(depth * COLUMNS));
    const c = tensors[2] ? asNumbers(tensors[2].data) : null;
    const data = new Float32Array(m * n);
    for (let row = 0, at = 0; row < m; row++) {
      for (let column = 0; column < n; column++, at++) {
        const addend = c === null ? 0 : beta * c[row * cRow + column * cColumn]!;
        data[at] = alpha * sums[at]! + addend;
      }
    }
    return [{ dtype: 'float32', shape, data }];
  };
}

const gemm = defineOperator({
  name: 'Gemm',
  inputs: [2, 3],
  infer: (node, inputs) => {
    for (const index of [0, 1, 2]) requireType(node, inputs, index, ['float32']);
    const { m, n } = gemmGeometry(node, inputs);
    return output('float32', [m, n]);
  },
  run: (node, inputs) => prepareGemm(node, inputs, createScratch())(inputs),
  macs: (node, inputs) => {
    const { m, n, depth } = gemmGeometry(node, inputs);
    return m * n * depth;
  },
  quant: COMPUTED,
});

/** A stack of matrix products: the leading axes of both operands broadcast. */
type MatMulGeometry = {
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly depth: number;
  /** Shapes with vectors made matrices. */
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly shape: readonly number[];
};

/** As numpy.matmul: a vector on the left is a row, on the right a column, and its axis is dropped again. */
export function matMulGeometry(node: Node, inputs: Inputs): MatMulGeometry {
  requireRank(node, inputs, 0, 1, Infinity);
  requireRank(node, inputs, 1, 1, Infinity);
  const [first, second] = [inputs[0]!.shape, inputs[1]!.shape];
  const a = first.length === 1 ? [1, ...first] : first;
  const b = second.length === 1 ? [...second, 1] : second;
  const [m, depth] = a.slice(-2) as [number, number];
  const [depthB, n] = b.slice(-2) as [number, number];
  if (depth !== depthB) {
    badShape(node, `shapes [${first.join(', ')}] and [${second.join(', ')}] cannot be multiplied`);
  }
  const batch = broadcastShape(node, [a.slice(0, -2), b.slice(0, -2)]);
  const rows = first.length === 1 ? [] : [m];
  const columns = second.length === 1 ? [] : [n];
  return { batch, m, n, depth, a, b, shape: [...batch, ...rows, ...columns] };
}

/** All products of a stack into `out`, row-major. */
function multiplyStack(
  { batch, m, n, depth, a, b }: MatMulGeometry,
  left: ArrayLike<number>,
  pack: (start: number) => PackedRows,
  out: Float32Array | Float64Array,
  panel: Float64Array,
): void {
  const leftStrides = stackStrides(a, batch);
  const starts = matrixStarts(batch, stackStrides(b, batch));
  matrixStarts(batch, leftStrides).forEach((start, i) => {
    const layout = { start, rowStride: depth, columnStride: 1 };
    multiply(left, layout, m, pack(starts[i]!), out, i * m * n, panel);
  });
}

/** Strides of the leading axes of a stack of matrices, read as `batch`. */
function stackStrides(shape: readonly number[], batch: readonly number[]): readonly number[] {
  const matrix = shape.slice(-2);
  return broadcastStrides(shape, [...batch, ...matrix]).slice(0, -2);
}

function matrixStarts(batch: readonly number[], strides: readonly number[]): readonly number[] {
  const starts: number[] = [];
  forEachRow([...batch, 1], [...strides, 0], 0, (offset) => starts.push(offset));
  return starts;
}

/** A MatMul ready to run. A constant right side is packed once. */
export function prepareMatMul(node: Node, inputs: Inputs, scratch: Scratch): Prepared {
  const geometry = matMulGeometry(node, inputs);
  const { n, depth, shape } = geometry;
  checkSize(node, shape);
  const packer = (data: TypedArray) => {
    const numbers = asNumbers(data);
    const packed = new Map<number, PackedRows>();
    return (start: number): PackedRows => {
      const rows = packed.get(start) ?? packRows(numbers, start, n, depth, 1, n);
      packed.set(start, rows);
      return rows;
    };
  };
  const fixed = inputs[1]!.data && packer(inputs[1]!.data);
  return (tensors) => {
    const data = new Float32Array(elementCount(shape));
    const panel = scratch.float64(depth * COLUMNS);
    multiplyStack(geometry, asNumbers(tensors[0]!.data), fixed ?? packer(tensors[1]!.data), data, panel);
    return [{ dtype: 'float32', shape, data }];
  };
}

/** Exact products of integers of less than 2^24 (zero points already taken off), as float64 numbers. */
export function multiplyIntegers(node: Node, a: Tensor, b: Tensor): Float64Array {
  const geometry = matMulGeometry(node, [a, b]);
  const { n, depth, shape } = geometry;
  const out = new Float64Array(elementCount(shape));
  const pack = (start: number) => packRows(asNumbers(b.data), start, n, depth, 1, n);
  multiplyStack(geometry, asNumbers(a.data), pack, out, new Float64Array(depth * COLUMNS));
  return out;
}

const matMul = defineOperator({
  name: 'MatMul',
  inputs: [2, 2],
  infer: (node, inputs) => {
    for (const index of [0, 1]) requireType(node, inputs, index, ['float32']);
    return output('float32', matMulGeometry(node, inputs).shape);
  },
  run: (node, inputs) => prepareMatMul(node, inputs, createScratch())(inputs),
  macs: (node, inputs, [out]) => elementCount(out!.shape) * matMulGeometry(node, inputs).depth,
  quant: COMPUTED,
});

export const gemmOperators: readonly Operator[] = [gemm, matMul];
