/** Softmax and LogSoftmax along one axis (opset 13 and later: no flattening). */
import { allocate, elementCount } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import { asElements, type NumberArray } from './arrays.ts';
import { intAttribute } from './attributes.ts';
import { defineOperator, normaliseAxis, output, requireType } from './define.ts';
import type { Operator, QuantRule } from './types.ts';

/** Calls `visit(start)` for each run of elements along `axis`; neighbours lie `stride` apart. */
export function forEachRun(
  shape: readonly number[],
  axis: number,
  visit: (start: number, run: number) => void,
): void {
  const stride = elementCount(shape.slice(axis + 1));
  const outer = elementCount(shape.slice(0, axis));
  const block = stride * shape[axis]!;
  for (let o = 0; o < outer; o++) for (let i = 0; i < stride; i++) visit(o * block + i, o * stride + i);
}

function alongAxis(
  name: string,
  quant: QuantRule,
  apply: (x: NumberArray, out: NumberArray, start: number, stride: number, length: number) => void,
): Operator {
  const axisOf = (node: Node, rank: number) => normaliseAxis(node, intAttribute(node, 'axis', -1), rank);
  return defineOperator({
    name,
    inputs: [1, 1],
    infer: (node, inputs) => {
      requireType(node, inputs, 0, ['float32', 'float64']);
      const { dtype, shape } = inputs[0]!;
      axisOf(node, shape.length);
      return output(dtype, shape);
    },
    run: (node, inputs, [out]) => {
      const { shape, data } = inputs[0]!;
      const axis = axisOf(node, shape.length);
      const result = asElements(allocate(out!.dtype, data.length));
      const stride = elementCount(shape.slice(axis + 1));
      forEachRun(shape, axis, (start) => apply(asElements(data), result, start, stride, shape[axis]!));
      return [{ ...out!, data: result }];
    },
    quant,
  });
}

function largest(x: NumberArray, start: number, stride: number, length: number): number {
  let most = -Infinity;
  for (let i = 0; i < length; i++) most = Math.max(most, x[start + i * stride]!);
  return most;
}

/** int8: scale 1/256, zero point -128, as TFLite. */
export const softmax = alongAxis(
  'Softmax',
  { kind: 'fixed', scale: 1 / 256, zeroPoint: -128 },
  (x, out, start, stride, length) => {
    const most = largest(x, start, stride, length);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(x[start + i * stride]! - most);
    for (let i = 0; i < length; i++) out[start + i * stride] = Math.exp(x[start + i * stride]! - most) / sum;
  },
);

/** int8: scale 16/256, zero point 127, as TFLite. */
const logSoftmax = alongAxis(
  'LogSoftmax',
  { kind: 'fixed', scale: 16 / 256, zeroPoint: 127 },
  (x, out, start, stride, length) => {
    const most = largest(x, start, stride, length);
    let sum = 0;
    for (let i = 0; i < length; i++) sum += Math.exp(x[start + i * stride]! - most);
    const log = Math.log(sum) + most;
    for (let i = 0; i < length; i++) out[start + i * stride] = x[start + i * stride]! - log;
  },
);

export const softmaxOperators: readonly Operator[] = [softmax, logSoftmax];
