/** TopK, CumSum and Hardmax: operators that rank or accumulate along one axis. */
import { elementCount } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import { asNumbers, computeTensor, fromNumbers } from './arrays.ts';
import { intAttribute } from './attributes.ts';
import {
  badShape,
  COMPUTED,
  constantNumbers,
  defineOperator,
  FLOAT,
  type Inputs,
  normaliseAxis,
  output,
  requireType,
} from './define.ts';
import { forEachRun } from './softmax.ts';
import type { Operator } from './types.ts';

const TYPES = ['float32', 'float64', 'int8', 'uint8', 'int32', 'int64'] as const;

const axisOf = (node: Node, inputs: Inputs, fallback: number) =>
  normaliseAxis(node, intAttribute(node, 'axis', fallback), inputs[0]!.shape.length);

/** The k largest (or smallest) elements in order, and their places. Of equal elements the first comes first. */
const topK = defineOperator({
  name: 'TopK',
  inputs: [2, 2],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, TYPES);
    const { dtype, shape } = inputs[0]!;
    const axis = axisOf(node, inputs, -1);
    const [k] = constantNumbers(node, inputs, 1)!;
    if (!(k! >= 0 && k! <= shape[axis]!)) badShape(node, `k is ${k} for an axis of size ${shape[axis]}`);
    const top = shape.with(axis, k!);
    return [
      { dtype, shape: top },
      { dtype: 'int64', shape: top },
    ];
  },
  run: (node, inputs, [values, places]) => {
    const { shape, data } = inputs[0]!;
    const axis = axisOf(node, inputs, -1);
    const sign = intAttribute(node, 'largest', 1) === 0 ? 1 : -1;
    const x = asNumbers(data);
    const stride = elementCount(shape.slice(axis + 1));
    const k = values!.shape[axis]!;
    const best = new Float64Array(elementCount(values!.shape));
    const where = new Float64Array(best.length);
    forEachRun(shape, axis, (start, run) => {
      const order = Array.from({ length: shape[axis]! }, (_, i) => i).sort(
        (a, b) => sign * (x[start + a * stride]! - x[start + b * stride]!) || a - b,
      );
      const to = Math.floor(run / stride) * k * stride + (run % stride);
      for (let i = 0; i < k; i++) {
        best[to + i * stride] = x[start + order[i]! * stride]!;
        where[to + i * stride] = order[i]!;
      }
    });
    return [fromNumbers(values!, best), fromNumbers(places!, where)];
  },
  quant: { kind: 'per-output', outputs: [{ kind: 'same-as-input', input: 0 }] },
});

/** Running sums along an axis, without the element itself if `exclusive`, from the end if `reverse`. */
const cumSum = defineOperator({
  name: 'CumSum',
  inputs: [2, 2],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, TYPES);
    const { dtype, shape } = inputs[0]!;
    normaliseAxis(node, constantNumbers(node, inputs, 1)![0]!, shape.length);
    return output(dtype, shape);
  },
  run: (node, inputs, [out]) => {
    const { shape, data } = inputs[0]!;
    const axis = normaliseAxis(node, constantNumbers(node, inputs, 1)![0]!, shape.length);
    const exclusive = intAttribute(node, 'exclusive', 0) !== 0;
    const reverse = intAttribute(node, 'reverse', 0) !== 0;
    const x = asNumbers(data);
    const stride = elementCount(shape.slice(axis + 1));
    const length = shape[axis]!;
    return [
      computeTensor(out!, (sums) => {
        forEachRun(shape, axis, (start) => {
          let sum = 0;
          for (let i = 0; i < length; i++) {
            const at = start + (reverse ? length - 1 - i : i) * stride;
            if (exclusive) sums[at] = sum;
            sum += x[at]!;
            if (!exclusive) sums[at] = sum;
          }
        });
      }),
    ];
  },
  quant: COMPUTED,
});

/** 1 at the first largest element along an axis, 0 elsewhere. */
const hardmax = defineOperator({
  name: 'Hardmax',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32', 'float64']);
    axisOf(node, inputs, -1);
    return output(inputs[0]!.dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const { shape, data } = inputs[0]!;
    const axis = axisOf(node, inputs, -1);
    const x = asNumbers(data);
    const stride = elementCount(shape.slice(axis + 1));
    return [
      computeTensor(out!, (hard) => {
        forEachRun(shape, axis, (start) => {
          let best = start;
          for (let i = 1; i < shape[axis]!; i++)
            if (x[start + i * stride]! > x[best]!) best = start + i * stride;
          hard[best] = 1;
        });
      }),
    ];
  },
  quant: FLOAT,
});

export const sortOperators: readonly Operator[] = [topK, cumSum, hardmax];
