/** Operators that read or write at places given by an index tensor. Negative indices count from the end. */
import { allocate, elementCount, sameShape } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { asElements, asNumbers, type NumberArray, rowMajorStrides } from './arrays.ts';
import { intAttribute, stringAttribute } from './attributes.ts';
import {
  badShape,
  COMPUTED,
  commonType,
  defineOperator,
  type Inputs,
  normaliseAxis,
  output,
  requireRank,
  requireType,
  SAME_AS_INPUT,
  unsupported,
} from './define.ts';
import type { Operator } from './types.ts';

function axisOf(node: Node, inputs: Inputs): number {
  return normaliseAxis(node, intAttribute(node, 'axis', 0), inputs[0]!.shape.length);
}

/** @throws TinymlError E_SHAPE for an index outside [-size, size). */
function place(node: Node, index: number, size: number): number {
  const positive = index < 0 ? index + size : index;
  if (positive >= 0 && positive < size) return positive;
  return badShape(
    node,
    `index ${index} of an axis of size ${size}`,
    'the model indexes outside of its tensor',
  );
}

const gather = defineOperator({
  name: 'Gather',
  inputs: [2, 2],
  infer: (node, inputs) => {
    requireType(node, inputs, 1, ['int32', 'int64']);
    const { dtype, shape } = inputs[0]!;
    const axis = axisOf(node, inputs);
    const { data } = inputs[1]!;
    if (data !== null) for (const index of asNumbers(data)) place(node, index, shape[axis]!);
    return output(dtype, [...shape.slice(0, axis), ...inputs[1]!.shape, ...shape.slice(axis + 1)]);
  },
  run: (node, inputs, [out]) => {
    const { shape, data } = inputs[0]!;
    const axis = axisOf(node, inputs);
    const size = shape[axis]!;
    const inner = elementCount(shape.slice(axis + 1));
    const outer = elementCount(shape.slice(0, axis));
    const indices = asNumbers(inputs[1]!.data).map((index) => place(node, index, size));
    const result = allocate(out!.dtype, elementCount(out!.shape));
    const [from, to] = [asElements(data), asElements(result)];
    let position = 0;
    for (let o = 0; o < outer; o++) {
      for (const index of indices) {
        const start = (o * size + index) * inner;
        to.set(from.subarray(start, start + inner), position);
        position += inner;
      }
    }
    return [{ ...out!, data: result }];
  },
  quant: SAME_AS_INPUT,
});

/** Offset in a tensor of `shape` of each element of an index tensor, with the index taking the place of `axis`. */
export function elementOffsets(
  node: Node,
  shape: readonly number[],
  indices: Tensor,
  axis: number,
): Float64Array {
  const strides = rowMajorStrides(shape);
  const steps = rowMajorStrides(indices.shape);
  const numbers = asNumbers(indices.data);
  return Float64Array.from(numbers, (index, i) =>
    steps.reduce((offset, step, a) => {
      const at = a === axis ? place(node, index, shape[axis]!) : Math.floor(i / step) % indices.shape[a]!;
      return offset + at * strides[a]!;
    }, 0),
  );
}

function checkElementIndices(node: Node, inputs: Inputs): void {
  requireType(node, inputs, 1, ['int32', 'int64']);
  requireRank(node, inputs, 1, inputs[0]!.shape.length);
  const axis = axisOf(node, inputs);
  const { shape } = inputs[0]!;
  if (inputs[1]!.shape.some((dim, a) => a !== axis && dim > shape[a]!)) {
    badShape(
      node,
      `indices of shape [${inputs[1]!.shape.join(', ')}] for data of shape [${shape.join(', ')}]`,
    );
  }
}

const gatherElements = defineOperator({
  name: 'GatherElements',
  inputs: [2, 2],
  infer: (node, inputs) => {
    checkElementIndices(node, inputs);
    return output(inputs[0]!.dtype, inputs[1]!.shape);
  },
  run: (node, inputs, [out]) => {
    const offsets = elementOffsets(node, inputs[0]!.shape, inputs[1]!, axisOf(node, inputs));
    const data = allocate(out!.dtype, offsets.length);
    const [from, to] = [asElements(inputs[0]!.data), asElements(data)];
    for (let i = 0; i < offsets.length; i++) to[i] = from[offsets[i]!]!;
    return [{ ...out!, data }];
  },
  quant: SAME_AS_INPUT,
});

/** How a Scatter joins an update with what is there. */
function reduction(node: Node): ((old: number, update: number) => number) | null {
  const name = stringAttribute(node, 'reduction', 'none');
  switch (name) {
    case 'none':
      return null;
    case 'add':
      return (old, update) => old + update;
    case 'mul':
      return (old, update) => old * update;
    case 'max':
      return Math.max;
    case 'min':
      return Math.min;
    default:
      return unsupported(node, `reduction "${name}" is not supported`);
  }
}

function checkUpdates(node: Node, inputs: Inputs): void {
  commonType(node, [inputs[0]!, inputs[2]!]);
  if (reduction(node) !== null)
    requireType(node, inputs, 0, ['float32', 'float64', 'int32', 'uint8', 'int8']);
}

const scatterElements = defineOperator({
  name: 'ScatterElements',
  inputs: [3, 3],
  infer: (node, inputs) => {
    checkElementIndices(node, inputs);
    checkUpdates(node, inputs);
    if (!sameShape(inputs[1]!.shape, inputs[2]!.shape)) badShape(node, 'indices and updates differ in shape');
    return output(inputs[0]!.dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const offsets = elementOffsets(node, inputs[0]!.shape, inputs[1]!, axisOf(node, inputs));
    const data = asElements(inputs[0]!.data).slice();
    scatter(data, offsets, 1, asElements(inputs[2]!.data), reduction(node));
    return [{ ...out!, data }];
  },
  quant: COMPUTED,
});

/** Writes runs of `length` updates to their offsets. */
function scatter(
  data: NumberArray,
  offsets: Float64Array,
  length: number,
  updates: NumberArray,
  join: ((old: number, update: number) => number) | null,
): void {
  let position = 0;
  for (const offset of offsets) {
    for (let i = 0; i < length; i++, position++) {
      const update = updates[position]!;
      data[offset + i] = join === null ? update : join(data[offset + i]!, update);
    }
  }
}

/** Offsets that index tuples (the last axis of the index tensor) point to, in the axes from `batch` on. */
export function tupleOffsets(
  node: Node,
  shape: readonly number[],
  indices: Tensor,
  batch: number,
): Float64Array {
  const depth = indices.shape.at(-1)!;
  const numbers = asNumbers(indices.data);
  const strides = rowMajorStrides(shape);
  const tuples = elementCount(indices.shape.slice(0, -1));
  const perBatch = tuples / elementCount(shape.slice(0, batch));
  const batchSize = elementCount(shape.slice(batch));
  return Float64Array.from({ length: tuples }, (_, tuple) => {
    let offset = batch === 0 ? 0 : Math.floor(tuple / perBatch) * batchSize;
    for (let i = 0; i < depth; i++) {
      offset += place(node, numbers[tuple * depth + i]!, shape[batch + i]!) * strides[batch + i]!;
    }
    return offset;
  });
}

const gatherNd = defineOperator({
  name: 'GatherND',
  inputs: [2, 2],
  infer: (node, inputs) => {
    requireType(node, inputs, 1, ['int32', 'int64']);
    requireRank(node, inputs, 1, 1, Infinity);
    const [{ dtype, shape }, { shape: indices }] = [inputs[0]!, inputs[1]!];
    const batch = intAttribute(node, 'batch_dims', 0);
    const depth = indices.at(-1)!;
    const fits =
      batch >= 0 &&
      batch < Math.min(shape.length, indices.length) &&
      batch + depth <= shape.length &&
      sameShape(shape.slice(0, batch), indices.slice(0, batch));
    if (!fits)
      badShape(node, `indices of shape [${indices.join(', ')}] for data of shape [${shape.join(', ')}]`);
    return output(dtype, [...indices.slice(0, -1), ...shape.slice(batch + depth)]);
  },
  run: (node, inputs, [out]) => {
    const { shape, data } = inputs[0]!;
    const batch = intAttribute(node, 'batch_dims', 0);
    const length = elementCount(shape.slice(batch + inputs[1]!.shape.at(-1)!));
    const result = allocate(out!.dtype, elementCount(out!.shape));
    const [from, to] = [asElements(data), asElements(result)];
    tupleOffsets(node, shape, inputs[1]!, batch).forEach((offset, i) => {
      to.set(from.subarray(offset, offset + length), i * length);
    });
    return [{ ...out!, data: result }];
  },
  quant: SAME_AS_INPUT,
});

const scatterNd = defineOperator({
  name: 'ScatterND',
  inputs: [3, 3],
  infer: (node, inputs) => {
    requireType(node, inputs, 1, ['int32', 'int64']);
    requireRank(node, inputs, 1, 1, Infinity);
    checkUpdates(node, inputs);
    const [{ dtype, shape }, { shape: indices }, updates] = [inputs[0]!, inputs[1]!, inputs[2]!];
    const depth = indices.at(-1)!;
    if (depth > shape.length || !sameShape(updates.shape, [...indices.slice(0, -1), ...shape.slice(depth)])) {
      badShape(node, `updates of shape [${updates.shape.join(', ')}] for indices [${indices.join(', ')}]`);
    }
    return output(dtype, shape);
  },
  run: (node, inputs, [out]) => {
    const { shape, data } = inputs[0]!;
    const length = elementCount(shape.slice(inputs[1]!.shape.at(-1)!));
    const result = asElements(data).slice();
    const offsets = tupleOffsets(node, shape, inputs[1]!, 0);
    scatter(result, offsets, length, asElements(inputs[2]!.data), reduction(node));
    return [{ ...out!, data: result }];
  },
  quant: COMPUTED,
});

export const indexingOperators: readonly Operator[] = [
  gather,
  gatherElements,
  gatherNd,
  scatterElements,
  scatterNd,
];
