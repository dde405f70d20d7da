/** Operators that give the same elements another shape. Their output shares the memory of the input. */
import { elementCount } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import { intAttribute } from './attributes.ts';
import {
  badShape,
  constantNumbers,
  defineOperator,
  type Inputs,
  normaliseAxes,
  output,
  SAME_AS_INPUT,
} from './define.ts';
import type { Operator } from './types.ts';

function reshaping(
  name: string,
  inputs: readonly [number, number],
  shapeOf: (node: Node, inputs: Inputs) => readonly number[],
): Operator {
  return defineOperator({
    name,
    inputs,
    infer: (node, given) => output(given[0]!.dtype, shapeOf(node, given)),
    run: (_, given, [out]) => [{ ...out!, data: given[0]!.data }],
    quant: SAME_AS_INPUT,
  });
}

/** 0 copies a dimension (unless allowzero), one -1 is worked out from the others. */
const reshape = reshaping('Reshape', [2, 2], (node, inputs) => {
  const from = inputs[0]!.shape;
  const wanted = constantNumbers(node, inputs, 1)!;
  const allowZero = intAttribute(node, 'allowzero', 0) !== 0;
  const fail = () => badShape(node, `[${from.join(', ')}] cannot be reshaped to [${wanted.join(', ')}]`);
  const shape = wanted.map((dim, i) => (dim === 0 && !allowZero ? (from[i] ?? fail()) : dim));
  const known = elementCount(shape.filter((dim) => dim !== -1));
  const free = shape.filter((dim) => dim === -1).length;
  const total = elementCount(from);
  if (free > 1 || shape.some((dim) => dim < -1) || (free === 1 && known === 0)) fail();
  const full = shape.map((dim) => (dim === -1 ? total / known : dim));
  if (elementCount(full) !== total || full.some((dim) => !Number.isInteger(dim))) fail();
  return full;
});

const flatten = reshaping('Flatten', [1, 1], (node, inputs) => {
  const { shape } = inputs[0]!;
  const attribute = intAttribute(node, 'axis', 1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  if (!(axis >= 0 && axis <= shape.length))
    badShape(node, `axis ${attribute} of a tensor with ${shape.length} dimensions`);
  return [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))];
});

/** Without axes all dimensions of size 1 go. */
const squeeze = reshaping('Squeeze', [1, 2], (node, inputs) => {
  const { shape } = inputs[0]!;
  const given = constantNumbers(node, inputs, 1);
  if (given === null) return shape.filter((dim) => dim !== 1);
  const axes = new Set(normaliseAxes(node, given, shape.length));
  for (const axis of axes)
    if (shape[axis] !== 1) badShape(node, `axis ${axis} of size ${shape[axis]} cannot be squeezed`);
  return shape.filter((_, axis) => !axes.has(axis));
});

const unsqueeze = reshaping('Unsqueeze', [2, 2], (node, inputs) => {
  const { shape } = inputs[0]!;
  const given = constantNumbers(node, inputs, 1)!;
  const rank = shape.length + given.length;
  const axes = new Set(normaliseAxes(node, given, rank));
  const rest = shape.values();
  return Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.next().value!));
});

export const reshapeOperators: readonly Operator[] = [reshape, flatten, squeeze, unsqueeze];
