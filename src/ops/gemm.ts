/** Gemm and MatMul: float32 in and out, products summed in float64. */
import { elementCount } from '../graph/tensor.ts';
import type { Node, Tensor, TypedArray } from '../graph/types.ts';
import { asFloat32, asNumbers, broadcastStrides, forEachRow } from './arrays.ts';
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
import type { Prepared } from './prepare.ts';
import { denseRows, makeProduct, type Product } from './products.ts';
import type { Operator } from './types.ts';

/** A matrix in memory: element (i, j) lies at i * rowStride + j * columnStride from the first. */
type Layout = { readonly rowStride: number; readonly columnStride: number };

/** out [m, n] = a [m, depth] * b, where b comes as its n columns, dense. `out` is row-major. */
function matrixProduct(columns: Float32Array, n: number, a: Layout, m: number, depth: number): Product {
  return makeProduct({
    groups: 1,
    rows: n,
    weights: columns,
    bias: new Float64Array(n),
    offsets: Int32Array.from({ length: depth }, (_, k) => k * a.columnStride),
    starts: Int32Array.from({ length: m }, (_, i) => i * a.rowStride),
    groupStride: 0,
    rowStride: 1,
    columnStride: n,
  });
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
export function prepareGemm(node: Node, inputs: Inputs): Prepared {
  const { m, n, depth, transA, transB } = gemmGeometry(node, inputs);
  const shape = [m, n];
  checkSize(node, shape);
  const alpha = floatAttribute(node, 'alpha', 1);
  const beta = floatAttribute(node, 'beta', 1);
  const layout = { rowStride: transA ? 1 : depth, columnStride: transA ? m : 1 };
  const productOf = (b: TypedArray): Product => {
    const columns = denseRows(asNumbers(b), 0, n, depth, transB ? depth : 1, transB ? 1 : n);
    return matrixProduct(columns, n, layout, m, depth);
  };
  const fixed = inputs[1]!.data && productOf(inputs[1]!.data);
  const [cRow, cColumn] = broadcastStrides(inputs[2]?.shape ?? [], shape) as [number, number];
  return (tensors) => {
    const product = fixed ?? productOf(tensors[1]!.data);
    const sums = new Float64Array(m * n);
    product(tensors[0]!.data as Float32Array, 0, sums, 0);
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
  run: (node, inputs) => prepareGemm(node, inputs)(inputs),
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

/** All products of a stack into `out`, row-major. `productOf` gives that with the right matrix at an offset. */
function multiplyStack(
  { batch, m, n, a, b }: MatMulGeometry,
  left: Float32Array,
  productOf: (start: number) => Product,
  out: Float32Array | Float64Array,
): void {
  const starts = matrixStarts(batch, stackStrides(b, batch));
  matrixStarts(batch, stackStrides(a, batch)).forEach((start, i) => {
    productOf(starts[i]!)(left, start, out, i * m * n);
  });
}

/** Products with the right matrices of a stack, each laid out when it is first asked for. */
function stackProducts(
  { m, n, depth }: MatMulGeometry,
  right: ArrayLike<number>,
): (start: number) => Product {
  const products = new Map<number, Product>();
  return (start) => {
    const known = products.get(start);
    if (known !== undefined) return known;
    const columns = denseRows(right, start, n, depth, 1, n);
    const product = matrixProduct(columns, n, { rowStride: depth, columnStride: 1 }, m, depth);
    products.set(start, product);
    return product;
  };
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

/** A MatMul ready to run. A constant right side is laid out once. */
export function prepareMatMul(node: Node, inputs: Inputs): Prepared {
  const geometry = matMulGeometry(node, inputs);
  const { shape } = geometry;
  checkSize(node, shape);
  const productsOf = (right: TypedArray) => stackProducts(geometry, asNumbers(right));
  const fixed = inputs[1]!.data && productsOf(inputs[1]!.data);
  return (tensors) => {
    const data = new Float32Array(elementCount(shape));
    multiplyStack(geometry, tensors[0]!.data as Float32Array, fixed ?? productsOf(tensors[1]!.data), data);
    return [{ dtype: 'float32', shape, data }];
  };
}

/** Exact products of integers of less than 2^24 (zero points already taken off), as float64 numbers. */
export function multiplyIntegers(node: Node, a: Tensor, b: Tensor): Float64Array {
  const geometry = matMulGeometry(node, [a, b]);
  const out = new Float64Array(elementCount(geometry.shape));
  const products = stackProducts(geometry, asNumbers(b.data));
  multiplyStack(geometry, asFloat32(a.data), products, out);
  return out;
}

const matMul = defineOperator({
  name: 'MatMul',
  inputs: [2, 2],
  infer: (node, inputs) => {
    for (const index of [0, 1]) requireType(node, inputs, index, ['float32']);
    return output('float32', matMulGeometry(node, inputs).shape);
  },
  run: (node, inputs) => prepareMatMul(node, inputs)(inputs),
  macs: (node, inputs, [out]) => elementCount(out!.shape) * matMulGeometry(node, inputs).depth,
  quant: COMPUTED,
});

export const gemmOperators: readonly Operator[] = [gemm, matMul];
