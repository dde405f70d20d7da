/** Operators that make tensors from shapes and bounds: Shape, Size, ConstantOfShape, Range, EyeLike, OneHot. */
import { allocate, elementCount, int64Tensor } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import { asElements, asNumbers, computeTensor } from './arrays.ts';
import { intAttribute, tensorAttribute } from './attributes.ts';
import { dataType } from './cast.ts';
import {
  badShape,
  commonType,
  constantNumbers,
  defineOperator,
  FLOAT,
  type Inputs,
  normaliseAxis,
  output,
  requireRank,
} from './define.ts';
import type { Operator } from './types.ts';

/** The dimensions from `start` to before `end`, both clamped to the rank. */
function dimensions(node: Node, inputs: Inputs): readonly number[] {
  const { shape } = inputs[0]!;
  const start = intAttribute(node, 'start', 0);
  const end = intAttribute(node, 'end', shape.length);
  const clamp = (axis: number) => Math.min(Math.max(axis < 0 ? axis + shape.length : axis, 0), shape.length);
  return shape.slice(clamp(start), clamp(end));
}

const shape = defineOperator({
  name: 'Shape',
  inputs: [1, 1],
  infer: (node, inputs) => output('int64', [dimensions(node, inputs).length]),
  run: (node, inputs) => [int64Tensor(dimensions(node, inputs))],
  quant: FLOAT,
});

const size = defineOperator({
  name: 'Size',
  inputs: [1, 1],
  infer: () => output('int64', []),
  run: (_, inputs, [out]) => [{ ...out!, data: BigInt64Array.of(BigInt(elementCount(inputs[0]!.shape))) }],
  quant: FLOAT,
});

const constantOfShape = defineOperator({
  name: 'ConstantOfShape',
  inputs: [1, 1],
  infer: (node, inputs) =>
    output(tensorAttribute(node, 'value')?.dtype ?? 'float32', constantNumbers(node, inputs, 0)!),
  run: (node, _, [out]) => {
    const data = allocate(out!.dtype, elementCount(out!.shape));
    const value = tensorAttribute(node, 'value');
    if (value !== null) asElements(data).fill(asElements(value.data)[0]!);
    return [{ ...out!, data }];
  },
  quant: FLOAT,
});

/** start, start + delta, ... before limit. */
const range = defineOperator({
  name: 'Range',
  inputs: [3, 3],
  infer: (node, inputs) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => constantNumbers(node, inputs, index)![0]!);
    if (delta === 0) badShape(node, 'a delta of 0');
    return output(commonType(node, inputs), [Math.max(Math.ceil((limit! - start!) / delta!), 0)]);
  },
  run: (_, inputs, [out]) => {
    const [start, , delta] = inputs.map((input) => asNumbers(input!.data)[0]!);
    return [
      computeTensor(out!, (data) => {
        for (let i = 0; i < data.length; i++) data[i] = start! + i * delta!;
      }),
    ];
  },
  quant: FLOAT,
});

const eyeLike = defineOperator({
  name: 'EyeLike',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireRank(node, inputs, 0, 2);
    const stated = intAttribute(node, 'dtype', 0);
    return output(stated === 0 ? inputs[0]!.dtype : dataType(node, stated), inputs[0]!.shape);
  },
  run: (node, _, [out]) => {
    const [rows, columns] = out!.shape as [number, number];
    const diagonal = intAttribute(node, 'k', 0);
    return [
      computeTensor(out!, (data) => {
        for (let row = Math.max(0, -diagonal); row < rows && row + diagonal < columns; row++) {
          data[row * columns + row + diagonal] = 1;
        }
      }),
    ];
  },
  quant: FLOAT,
});

/** Where the new axis of a OneHot lies. */
function oneHotAxis(node: Node, inputs: Inputs): number {
  return normaliseAxis(node, intAttribute(node, 'axis', -1), inputs[0]!.shape.length + 1);
}

const oneHot = defineOperator({
  name: 'OneHot',
  inputs: [3, 3],
  infer: (node, inputs) => {
    const depth = Math.trunc(constantNumbers(node, inputs, 1)![0]!);
    if (elementCount(inputs[2]!.shape) !== 2) badShape(node, 'the off and on values are not two numbers');
    const axis = oneHotAxis(node, inputs);
    return output(inputs[2]!.dtype, inputs[0]!.shape.toSpliced(axis, 0, depth));
  },
  run: (node, inputs, [out]) => {
    const axis = oneHotAxis(node, inputs);
    const depth = out!.shape[axis]!;
    const inner = elementCount(out!.shape.slice(axis + 1));
    const [off, on] = asElements(inputs[2]!.data);
    const data = allocate(out!.dtype, elementCount(out!.shape));
    const to = asElements(data).fill(off!);
    asNumbers(inputs[0]!.data).forEach((index, i) => {
      const at = index < 0 ? index + depth : index;
      if (at < 0 || at >= depth) return;
      to[(Math.floor(i / inner) * depth + Math.trunc(at)) * inner + (i % inner)] = on!;
    });
    return [{ ...out!, data }];
  },
  quant: FLOAT,
});

export const generatorOperators: readonly Operator[] = [shape, size, constantOfShape, range, eyeLike, oneHot];
