/** Reductions over axes, ArgMax and ArgMin. Sums are formed in float64; 64-bit integers are exact up to 2^53. */
import { elementCount } from '../graph/tensor.ts';
import type { DType, Node } from '../graph/types.ts';
import { asNumbers, computeTensor, forEachRow, type NumberArray, rowMajorStrides } from './arrays.ts';
import { intAttribute } from './attributes.ts';
import {
  COMPUTED,
  constantNumbers,
  defineOperator,
  FLOAT,
  type Inputs,
  normaliseAxes,
  normaliseAxis,
  output,
  requireType,
  SAME_AS_INPUT,
} from './define.ts';
import type { Operator, QuantRule } from './types.ts';

const TYPES: readonly DType[] = ['float32', 'float64', 'int8', 'uint8', 'int32', 'uint32', 'int64', 'uint64'];

/** The axes that go; none for an empty list with noop_with_empty_axes. */
function reducedAxes(node: Node, inputs: Inputs): ReadonlySet<number> {
  const { shape } = inputs[0]!;
  const stated = constantNumbers(node, inputs, 1) ?? [];
  if (stated.length > 0) return new Set(normaliseAxes(node, stated, shape.length));
  return new Set(intAttribute(node, 'noop_with_empty_axes', 0) === 0 ? shape.keys() : []);
}

function reducedShape(node: Node, shape: readonly number[], axes: ReadonlySet<number>): readonly number[] {
  return intAttribute(node, 'keepdims', 1) === 0
    ? shape.filter((_, axis) => !axes.has(axis))
    : shape.map((dim, axis) => (axes.has(axis) ? 1 : dim));
}

/** The elements of one reduced set: x[start + offsets[i]]. */
type Reduce = (x: NumberArray, start: number, offsets: Float64Array) => number;

/** Offsets of all indices of `shape` under `strides`. */
function offsetsOf(shape: readonly number[], strides: readonly number[]): Float64Array {
  const offsets = new Float64Array(elementCount(shape));
  let position = 0;
  forEachRow([...shape, 1], [...strides, 0], 0, (offset) => {
    offsets[position++] = offset;
  });
  return offsets;
}

function reduction(name: string, reduce: Reduce, quant: QuantRule = COMPUTED): Operator {
  return defineOperator({
    name,
    inputs: [1, 2],
    infer: (node, inputs) => {
      requireType(node, inputs, 0, TYPES);
      const { dtype, shape } = inputs[0]!;
      return output(dtype, reducedShape(node, shape, reducedAxes(node, inputs)));
    },
    run: (node, inputs, [out]) => {
      const { shape, data } = inputs[0]!;
      const axes = reducedAxes(node, inputs);
      const strides = rowMajorStrides(shape);
      const pick = (values: readonly number[], reduced: boolean) =>
        values.filter((_, axis) => axes.has(axis) === reduced);
      const starts = offsetsOf(pick(shape, false), pick(strides, false));
      const offsets = offsetsOf(pick(shape, true), pick(strides, true));
      const x = asNumbers(data);
      return [
        computeTensor(out!, (results) => {
          for (let i = 0; i < results.length; i++) results[i] = reduce(x, starts[i]!, offsets);
        }),
      ];
    },
    quant,
  });
}

const sumOf =
  (f: (x: number) => number): Reduce =>
  (x, start, offsets) => {
    let sum = 0;
    for (let i = 0; i < offsets.length; i++) sum += f(x[start + offsets[i]!]!);
    return sum;
  };

const fold =
  (first: number, f: (a: number, b: number) => number): Reduce =>
  (x, start, offsets) => {
    let result = first;
    for (let i = 0; i < offsets.length; i++) result = f(result, x[start + offsets[i]!]!);
    return result;
  };

const sum = sumOf((x) => x);
const sumOfSquares = sumOf((x) => x * x);
const largest = fold(-Infinity, Math.max);

/** log(sum(exp(x))), with the largest exponent taken out. */
const logSumExp: Reduce = (x, start, offsets) => {
  const most = largest(x, start, offsets);
  return Number.isFinite(most) ? most + Math.log(sumOf((v) => Math.exp(v - most))(x, start, offsets)) : most;
};

/** An axis, and whether the last of equal elements wins. */
function argument(name: string, better: (a: number, b: number) => boolean): Operator {
  const axisOf = (node: Node, inputs: Inputs) =>
    normaliseAxis(node, intAttribute(node, 'axis', 0), inputs[0]!.shape.length);
  return defineOperator({
    name,
    inputs: [1, 1],
    infer: (node, inputs) => {
      requireType(node, inputs, 0, TYPES);
      return output('int64', reducedShape(node, inputs[0]!.shape, new Set([axisOf(node, inputs)])));
    },
    run: (node, inputs, [out]) => {
      const { shape, data } = inputs[0]!;
      const axis = axisOf(node, inputs);
      const x = asNumbers(data);
      const inner = elementCount(shape.slice(axis + 1));
      const length = shape[axis]!;
      const lastWins = intAttribute(node, 'select_last_index', 0) !== 0;
      return [
        computeTensor(out!, (results) => {
          for (let i = 0; i < results.length; i++) {
            const start = Math.floor(i / inner) * length * inner + (i % inner);
            let best = 0;
            for (let at = 1; at < length; at++) {
              const [value, record] = [x[start + at * inner]!, x[start + best * inner]!];
              if (better(value, record) || (lastWins && value === record)) best = at;
            }
            results[i] = best;
          }
        }),
      ];
    },
    quant: FLOAT,
  });
}

export const reduceOperators: readonly Operator[] = [
  reduction('ReduceMean', (x, start, offsets) => sum(x, start, offsets) / offsets.length, SAME_AS_INPUT),
  reduction('ReduceSum', sum),
  reduction('ReduceMax', largest, SAME_AS_INPUT),
  reduction('ReduceMin', fold(Infinity, Math.min), SAME_AS_INPUT),
  reduction(
    'ReduceProd',
    fold(1, (a, b) => a * b),
  ),
  reduction('ReduceL1', sumOf(Math.abs)),
  reduction('ReduceL2', (x, start, offsets) => Math.sqrt(sumOfSquares(x, start, offsets))),
  reduction('ReduceSumSquare', sumOfSquares),
  reduction('ReduceLogSum', (x, start, offsets) => Math.log(sum(x, start, offsets))),
  reduction('ReduceLogSumExp', logSumExp),
  argument('ArgMax', (a, b) => a > b),
  argument('ArgMin', (a, b) => a < b),
];
