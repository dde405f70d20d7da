/** Operators that move elements without computing with them: Transpose, Concat, Split, Slice, Pad, Tile ... */
import { allocate, elementCount } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { asElements, broadcastTo, rowMajorStrides, stridedCopy } from './arrays.ts';
import { intAttribute, intsAttribute, stringAttribute } from './attributes.ts';
import {
  badShape,
  broadcastShape,
  COMPUTED,
  commonType,
  constantNumbers,
  defineOperator,
  FLOAT,
  type Inputs,
  MANY,
  normaliseAxes,
  normaliseAxis,
  output,
  requireRank,
  requireType,
  SAME_AS_INPUT,
  unsupported,
} from './define.ts';
import type { Operator, OutputInfo } from './types.ts';

/** Axis i of the output is axis permutation[i] of the input; all axes reversed by default. */
function permutation(node: Node, rank: number): readonly number[] {
  const reversed = Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const perm = intsAttribute(node, 'perm', reversed);
  if (perm.length !== rank) badShape(node, `perm [${perm.join(', ')}] for a tensor with ${rank} dimensions`);
  return normaliseAxes(node, perm, rank);
}

const transpose = defineOperator({
  name: 'Transpose',
  inputs: [1, 1],
  infer: (node, inputs) => {
    const { dtype, shape } = inputs[0]!;
    return output(
      dtype,
      permutation(node, shape.length).map((axis) => shape[axis]!),
    );
  },
  run: (node, inputs, [out]) => {
    const { dtype, shape, data } = inputs[0]!;
    const strides = rowMajorStrides(shape);
    const permuted = permutation(node, shape.length).map((axis) => strides[axis]!);
    return [stridedCopy(dtype, data, out!.shape, permuted)];
  },
  quant: SAME_AS_INPUT,
});

/** int8: inputs of other scales than the output are requantised, so the output is a computed value. */
const concat = defineOperator({
  name: 'Concat',
  inputs: [1, MANY],
  infer: (node, inputs) => {
    const shapes = inputs.map((input) => input?.shape ?? badShape(node, 'an input is missing'));
    const [first] = shapes as [readonly number[], ...(readonly number[])[]];
    const axis = normaliseAxis(node, intAttribute(node, 'axis', 0), first.length);
    const agree = (shape: readonly number[]) =>
      shape.length === first.length && shape.every((dim, i) => i === axis || dim === first[i]);
    if (!shapes.every(agree)) {
      const list = shapes.map((shape) => `[${shape.join(', ')}]`).join(', ');
      badShape(node, `shapes ${list} cannot be joined along axis ${axis}`);
    }
    const joined = shapes.reduce((sum, shape) => sum + shape[axis]!, 0);
    return output(commonType(node, inputs), first.with(axis, joined));
  },
  run: (node, inputs, [out]) => {
    const axis = normaliseAxis(node, intAttribute(node, 'axis', 0), out!.shape.length);
    const data = asElements(allocate(out!.dtype, elementCount(out!.shape)));
    const outer = elementCount(out!.shape.slice(0, axis));
    let position = 0;
    for (let i = 0; i < outer; i++) {
      for (const input of inputs) {
        const length = input!.data.length / outer;
        data.set(asElements(input!.data).subarray(i * length, (i + 1) * length), position);
        position += length;
      }
    }
    return [{ ...out!, data }];
  },
  quant: COMPUTED,
});

/** Lengths of the parts of a Split: the second input, or equal parts of which the last may be smaller. */
function partLengths(node: Node, inputs: Inputs, total: number): readonly number[] {
  const stated = constantNumbers(node, inputs, 1);
  if (stated !== null) {
    if (stated.some((part) => part < 0) || stated.reduce((sum, part) => sum + part, 0) !== total) {
      badShape(node, `parts [${stated.join(', ')}] of an axis of size ${total}`);
    }
    return stated;
  }
  const count = intAttribute(node, 'num_outputs', node.outputs.length);
  if (!(count >= 1 && count <= 2 ** 16)) badShape(node, `a split into ${count} parts`);
  const length = Math.ceil(total / count);
  return Array.from({ length: count }, (_, i) => Math.max(Math.min(length, total - i * length), 0));
}

const split = defineOperator({
  name: 'Split',
  inputs: [1, 2],
  infer: (node, inputs) => {
    const { dtype, shape } = inputs[0]!;
    const axis = normaliseAxis(node, intAttribute(node, 'axis', 0), shape.length);
    return partLengths(node, inputs, shape[axis]!).map((part) => ({ dtype, shape: shape.with(axis, part) }));
  },
  run: (node, inputs, outputs) => {
    const { shape, data } = inputs[0]!;
    const axis = normaliseAxis(node, intAttribute(node, 'axis', 0), shape.length);
    const strides = rowMajorStrides(shape);
    let start = 0;
    return outputs.map((out) => {
      const part = stridedCopy(out.dtype, data, out.shape, strides, start * strides[axis]!);
      start += out.shape[axis]!;
      return part;
    });
  },
  quant: SAME_AS_INPUT,
});

/** Where a Slice reads along each axis: `count` elements from `start`, `step` apart. */
type Range = { readonly start: number; readonly step: number; readonly count: number };

function sliceRanges(node: Node, inputs: Inputs): readonly Range[] {
  const { shape } = inputs[0]!;
  const starts = constantNumbers(node, inputs, 1)!;
  const ends = constantNumbers(node, inputs, 2)!;
  const axes = normaliseAxes(node, constantNumbers(node, inputs, 3) ?? [...starts.keys()], shape.length);
  const steps = constantNumbers(node, inputs, 4) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length)) {
    badShape(node, 'starts, ends, axes and steps are of different lengths');
  }
  if (steps.includes(0)) badShape(node, 'a step of 0');
  const ranges: Range[] = shape.map((count) => ({ start: 0, step: 1, count }));
  for (const [i, axis] of axes.entries()) {
    const size = shape[axis]!;
    const step = steps[i]!;
    const place = (at: number, low: number, high: number) =>
      Math.min(Math.max(at < 0 ? at + size : at, low), high);
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const start = place(starts[i]!, Math.max(low, 0), high);
    const end = place(ends[i]!, low, high);
    ranges[axis] = { start, step, count: Math.max(Math.ceil((end - start) / step), 0) };
  }
  return ranges;
}

const slice = defineOperator({
  name: 'Slice',
  inputs: [3, 5],
  infer: (node, inputs) =>
    output(
      inputs[0]!.dtype,
      sliceRanges(node, inputs).map(({ count }) => count),
    ),
  run: (node, inputs, [out]) => {
    const { shape, data } = inputs[0]!;
    const strides = rowMajorStrides(shape);
    const ranges = sliceRanges(node, inputs);
    const start = ranges.reduce((sum, range, axis) => sum + range.start * strides[axis]!, 0);
    const steps = ranges.map(({ step }, axis) => step * strides[axis]!);
    return [stridedCopy(out!.dtype, data, out!.shape, steps, start)];
  },
  quant: SAME_AS_INPUT,
});

/** Elements added (or, negative, removed) at the begin and end of each axis. */
function padAmounts(node: Node, inputs: Inputs): readonly (readonly [number, number])[] {
  const { shape } = inputs[0]!;
  const pads = constantNumbers(node, inputs, 1)!;
  const axes = normaliseAxes(node, constantNumbers(node, inputs, 3) ?? [...shape.keys()], shape.length);
  if (pads.length !== 2 * axes.length) badShape(node, `${pads.length} pads for ${axes.length} axes`);
  const amounts = shape.map(() => [0, 0] as readonly [number, number]);
  axes.forEach((axis, i) => {
    amounts[axis] = [pads[i]!, pads[i + axes.length]!];
  });
  return amounts;
}

type PadMode = 'constant' | 'edge' | 'reflect' | 'wrap';

function padMode(node: Node): PadMode {
  const mode = stringAttribute(node, 'mode', 'constant');
  if (mode === 'constant' || mode === 'edge' || mode === 'reflect' || mode === 'wrap') return mode;
  return unsupported(node, `mode "${mode}" is not supported`);
}

/** For each place of a padded axis the place it is read from; -1 for the constant. */
function padSources(mode: PadMode, begin: number, size: number, padded: number): Int32Array {
  return Int32Array.from({ length: padded }, (_, i) => {
    const at = i - begin;
    if (at >= 0 && at < size) return at;
    switch (mode) {
      case 'constant':
        return -1;
      case 'edge':
        return at < 0 ? 0 : size - 1;
      case 'wrap':
        return ((at % size) + size) % size;
      case 'reflect': {
        const period = Math.max(2 * (size - 1), 1);
        const within = ((at % period) + period) % period;
        return Math.min(within, period - within);
      }
    }
  });
}

/** For each axis of a Pad that repeats elements: the places that the padded axis reads. */
export function padPlaces(node: Node, inputs: Inputs): readonly Int32Array[] {
  const { shape } = inputs[0]!;
  const mode = padMode(node);
  return padAmounts(node, inputs).map(([begin, end], axis) =>
    padSources(mode, begin, shape[axis]!, begin + shape[axis]! + end),
  );
}

const pad = defineOperator({
  name: 'Pad',
  inputs: [2, 4],
  infer: (node, inputs) => {
    const { dtype, shape } = inputs[0]!;
    const mode = padMode(node);
    if (inputs[2]) {
      commonType(node, [inputs[0]!, inputs[2]]);
      if (elementCount(inputs[2].shape) !== 1) badShape(node, 'the value to pad with is not one number');
    }
    const padded = padAmounts(node, inputs).map(([begin, end], axis) => begin + shape[axis]! + end);
    if (mode !== 'constant' && elementCount(shape) === 0) badShape(node, `mode "${mode}" on an empty tensor`);
    return output(dtype, padded);
  },
  run: (node, inputs, [out]) => {
    const { dtype, shape, data } = inputs[0]!;
    const strides = rowMajorStrides(shape);
    const sources = padPlaces(node, inputs);
    const padded = allocate(dtype, elementCount(out!.shape));
    if (inputs[2]) asElements(padded).fill(asElements(inputs[2].data)[0]!);
    const [from, to] = [asElements(data), asElements(padded)];
    const along = sources.at(-1) ?? Int32Array.of(0);
    let position = 0;
    forEachIndex(out!.shape.slice(0, -1), (index) => {
      let start = 0;
      let inside = true;
      for (let axis = 0; axis < index.length; axis++) {
        const source = sources[axis]![index[axis]!]!;
        inside &&= source >= 0;
        start += source * strides[axis]!;
      }
      for (let i = 0; i < along.length; i++, position++) {
        if (inside && along[i]! >= 0) to[position] = from[start + along[i]!]!;
      }
    });
    return [{ ...out!, data: padded }];
  },
  quant: SAME_AS_INPUT,
});

/** Calls `visit` with every index of a tensor of `shape`, in row-major order. The index is changed in place. */
function forEachIndex(shape: readonly number[], visit: (index: readonly number[]) => void): void {
  const total = elementCount(shape);
  const index = shape.map(() => 0);
  for (let i = 0; i < total; i++) {
    visit(index);
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}

const expand = defineOperator({
  name: 'Expand',
  inputs: [2, 2],
  infer: (node, inputs) => {
    const { dtype, shape } = inputs[0]!;
    return output(dtype, broadcastShape(node, [shape, constantNumbers(node, inputs, 1)!]));
  },
  run: (_, inputs, [out]) => [broadcastTo(inputs[0]!, out!.shape)],
  quant: SAME_AS_INPUT,
});

const tile = defineOperator({
  name: 'Tile',
  inputs: [2, 2],
  infer: (node, inputs) => {
    const { dtype, shape } = inputs[0]!;
    const repeats = constantNumbers(node, inputs, 1)!;
    if (repeats.length !== shape.length || repeats.some((repeat) => repeat < 0)) {
      badShape(node, `repeats [${repeats.join(', ')}] for ${shape.length} axes`);
    }
    return output(
      dtype,
      shape.map((dim, axis) => dim * repeats[axis]!),
    );
  },
  run: (_, inputs, [out]) => {
    const { dtype, shape, data } = inputs[0]!;
    const repeats = shape.map((dim, axis) => (dim === 0 ? 0 : out!.shape[axis]! / dim));
    // Every axis as a pair [repeat, dim], of which the repeat does not move.
    const strides = rowMajorStrides(shape).flatMap((stride) => [0, stride]);
    const pairs = shape.flatMap((dim, axis) => [repeats[axis]!, dim]);
    return [{ ...stridedCopy(dtype, data, pairs, strides), shape: out!.shape }];
  },
  quant: SAME_AS_INPUT,
});

const where = defineOperator({
  name: 'Where',
  inputs: [3, 3],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['bool']);
    const shapes = inputs.map((input) => input!.shape);
    return output(commonType(node, inputs.slice(1)), broadcastShape(node, shapes));
  },
  run: (_, inputs, [out]) => {
    const [condition, yes, no] = inputs.map((input) => asElements(broadcastTo(input!, out!.shape).data));
    const data = asElements(allocate(out!.dtype, elementCount(out!.shape)));
    for (let i = 0; i < data.length; i++) data[i] = condition![i] ? yes![i]! : no![i]!;
    return [{ ...out!, data }];
  },
  quant: FLOAT,
});

/** Reads the input as `parts` (a finer shape of the same elements), permutes those and joins them to the output. */
function regroup(
  input: Tensor,
  out: OutputInfo,
  parts: readonly number[],
  order: readonly number[],
): readonly Tensor[] {
  const strides = rowMajorStrides(parts);
  const moved = stridedCopy(
    input.dtype,
    input.data,
    order.map((axis) => parts[axis]!),
    order.map((axis) => strides[axis]!),
  );
  return [{ ...moved, shape: out.shape }];
}

function blockSize(node: Node): number {
  const block = intAttribute(node, 'blocksize', 0);
  if (!(block >= 1 && block < 2 ** 15)) badShape(node, `blocksize ${block}`);
  return block;
}

/** Whether channels are ordered depth, column, row instead of column, row, depth. @throws TinymlError E_OP */
function isDepthFirst(node: Node): boolean {
  const mode = stringAttribute(node, 'mode', 'DCR');
  if (mode !== 'DCR' && mode !== 'CRD') unsupported(node, `mode "${mode}" is not supported`);
  return mode === 'DCR';
}

type Image = readonly [number, number, number, number];

const depthToSpace = defineOperator({
  name: 'DepthToSpace',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireRank(node, inputs, 0, 4);
    const block = blockSize(node);
    const [batch, channels, height, width] = inputs[0]!.shape as Image;
    if (channels % block ** 2 !== 0) badShape(node, `${channels} channels in blocks of ${block} x ${block}`);
    isDepthFirst(node);
    return output(inputs[0]!.dtype, [batch, channels / block ** 2, height * block, width * block]);
  },
  run: (node, inputs, [out]) => {
    const block = blockSize(node);
    const [batch, channels, height, width] = inputs[0]!.shape as Image;
    const depth = channels / block ** 2;
    return isDepthFirst(node)
      ? regroup(inputs[0]!, out!, [batch, block, block, depth, height, width], [0, 3, 4, 1, 5, 2])
      : regroup(inputs[0]!, out!, [batch, depth, block, block, height, width], [0, 1, 4, 2, 5, 3]);
  },
  quant: SAME_AS_INPUT,
});

const spaceToDepth = defineOperator({
  name: 'SpaceToDepth',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireRank(node, inputs, 0, 4);
    const block = blockSize(node);
    isDepthFirst(node);
    const [batch, channels, height, width] = inputs[0]!.shape as Image;
    if (height % block !== 0 || width % block !== 0)
      badShape(node, `${height} x ${width} in blocks of ${block}`);
    return output(inputs[0]!.dtype, [batch, channels * block ** 2, height / block, width / block]);
  },
  run: (node, inputs, [out]) => {
    const block = blockSize(node);
    const [batch, channels, height, width] = inputs[0]!.shape as Image;
    const parts = [batch, channels, height / block, block, width / block, block];
    return regroup(inputs[0]!, out!, parts, isDepthFirst(node) ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]);
  },
  quant: SAME_AS_INPUT,
});

/** 1 keeps the lower triangle, 0 (upper = 1) the upper one; k moves the diagonal. */
const trilu = defineOperator({
  name: 'Trilu',
  inputs: [1, 2],
  infer: (node, inputs) => {
    requireRank(node, inputs, 0, 2, Infinity);
    return output(inputs[0]!.dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const upper = intAttribute(node, 'upper', 1) !== 0;
    const diagonal = Number(inputs[1]?.data[0] ?? 0);
    const [rows, columns] = out!.shape.slice(-2) as [number, number];
    const from = asElements(inputs[0]!.data);
    const data = allocate(out!.dtype, from.length);
    const to = asElements(data);
    for (let start = 0, row = 0; start < to.length; start += columns, row = (row + 1) % rows) {
      const edge = Math.min(Math.max(row + diagonal + (upper ? 0 : 1), 0), columns);
      const [first, last] = upper ? [edge, columns] : [0, edge];
      to.set(from.subarray(start + first, start + last), start + first);
    }
    return [{ ...out!, data }];
  },
  quant: SAME_AS_INPUT,
});

export const movementOperators: readonly Operator[] = [
  transpose,
  concat,
  split,
  slice,
  pad,
  expand,
  tile,
  where,
  depthToSpace,
  spaceToDepth,
  trilu,
];
