/** Pools: MaxPool, AveragePool and their global forms, over any number of spatial axes. */
import { allocate, elementCount } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { asElements, type NumberArray } from './arrays.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import {
  badShape,
  defineOperator,
  type Inputs,
  output,
  requireRank,
  requireType,
  SAME_AS_INPUT,
} from './define.ts';
import type { Operator, OutputInfo } from './types.ts';
import {
  isPadded,
  paddedLength,
  padPlanes,
  planePadding,
  slidingWindow,
  type Window,
  windowStarts,
  windowTaps,
} from './window.ts';

function poolWindow(node: Node, inputs: Inputs): Window {
  requireRank(node, inputs, 0, 3, Infinity);
  const kernel = intsAttribute(node, 'kernel_shape', []);
  return slidingWindow(node, inputs[0]!.shape.slice(2), kernel, intAttribute(node, 'ceil_mode', 0) !== 0);
}

const pooledShape = (shape: readonly number[], window: Window) => [...shape.slice(0, 2), ...window.output];

/** What a pool loses against: the least value of the type. */
const LEAST = { float32: -Infinity, float64: -Infinity, int8: -128, uint8: 0 } as const;

const maxPool = defineOperator({
  name: 'MaxPool',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32', 'float64', 'int8', 'uint8']);
    const { dtype, shape } = inputs[0]!;
    const pooled = pooledShape(shape, poolWindow(node, inputs));
    const indices: OutputInfo = { dtype: 'int64', shape: pooled };
    return node.outputs[1] ? [{ dtype, shape: pooled }, indices] : [{ dtype, shape: pooled }];
  },
  run: (node, inputs, [out, indices]) => {
    const x = inputs[0]!;
    const window = poolWindow(node, inputs);
    const best = bestPositions(node, x, window);
    const data = allocate(out!.dtype, best.length);
    const [from, to] = [asElements(x.data), asElements(data)];
    const least = LEAST[x.dtype as keyof typeof LEAST];
    for (let i = 0; i < best.length; i++) to[i] = best[i]! < 0 ? least : from[best[i]!]!;
    const pooled: Tensor = { ...out!, data };
    if (indices === undefined) return [pooled];
    const columnMajor = intAttribute(node, 'storage_order', 0) === 1;
    const place = columnMajor ? columnMajorIndex(x.shape) : (position: number) => position;
    return [pooled, { ...indices, data: BigInt64Array.from(best, (position) => BigInt(place(position))) }];
  },
  quant: SAME_AS_INPUT,
});

/** Position in x of the largest element of every window (the first of equals); -1 where a window sees only padding. */
function bestPositions(node: Node, x: Tensor, window: Window): Float64Array {
  const planes = elementCount(x.shape.slice(0, 2));
  const size = elementCount(window.input);
  const starts = windowStarts(window);
  const taps = windowTaps(window);
  const padding = planePadding(window);
  const length = paddedLength(node, window, 1);
  const best = new Float64Array(planes * starts.length);
  const values = asElements(allocate(x.dtype, length));
  // Where each padded element comes from: its place in the plane, or -1 in the padding.
  const places = new Int32Array(length);
  padPlanes(
    Int32Array.from({ length: size }, (_, i) => i),
    0,
    1,
    padding,
    -1,
    places,
  );
  for (let plane = 0; plane < planes; plane++) {
    padPlanes(asElements(x.data), plane * size, 1, padding, 0, values);
    for (let position = 0; position < starts.length; position++) {
      let largest = 0;
      let at = -1;
      for (let tap = 0; tap < taps.length; tap++) {
        const from = starts[position]! + taps[tap]!;
        if (places[from]! < 0) continue;
        const value = values[from]!;
        if (at < 0 || value > largest || Number.isNaN(value)) {
          largest = value;
          at = places[from]!;
        }
      }
      best[plane * starts.length + position] = at < 0 ? -1 : plane * size + at;
    }
  }
  return best;
}

/** ONNX storage_order 1: indices count the last two axes column by column. */
function columnMajorIndex(shape: readonly number[]): (position: number) => number {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return (position) => {
    const within = position % (rows * columns);
    return position - within + (within % columns) * rows + Math.floor(within / columns);
  };
}

const averagePool = defineOperator({
  name: 'AveragePool',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32', 'float64']);
    return output(inputs[0]!.dtype, pooledShape(inputs[0]!.shape, poolWindow(node, inputs)));
  },
  run: (node, inputs, [out]) => {
    const x = inputs[0]!;
    const window = poolWindow(node, inputs);
    const planes = elementCount(x.shape.slice(0, 2));
    const size = elementCount(window.input);
    const starts = windowStarts(window);
    const taps = windowTaps(window);
    const counts = windowCounts(window, intAttribute(node, 'count_include_pad', 0) !== 0);
    const padding = isPadded(window) ? planePadding(window) : null;
    const source = asElements(x.data);
    const values = padding ? asElements(allocate(x.dtype, paddedLength(node, window, 1))) : source;
    const data = asElements(allocate(out!.dtype, elementCount(out!.shape)));
    for (let plane = 0; plane < planes; plane++) {
      if (padding) padPlanes(source, plane * size, 1, padding, 0, values);
      const start = padding ? 0 : plane * size;
      averagePlane(values, start, starts, taps, counts, data, plane * starts.length);
    }
    return [{ ...out!, data }];
  },
  quant: SAME_AS_INPUT,
});

function averagePlane(
  values: NumberArray,
  start: number,
  starts: Int32Array,
  taps: Int32Array,
  counts: Float64Array,
  out: NumberArray,
  to: number,
): void {
  for (let position = 0; position < starts.length; position++) {
    const from = start + starts[position]!;
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap++) sum += values[from + taps[tap]!]!;
    out[to + position] = sum / counts[position]!;
  }
}

/** How many elements the average of each window is over: those of the input, or those of the input and its padding. */
function windowCounts(window: Window, includePadding: boolean): Float64Array {
  const { input, output: outShape, kernel, strides, dilations, padBegin, padEnd } = window;
  let counts = Float64Array.of(1);
  for (const [axis, size] of input.entries()) {
    const begin = includePadding ? 0 : padBegin[axis]!;
    const end = padBegin[axis]! + size + (includePadding ? padEnd[axis]! : 0);
    const along = Float64Array.from({ length: outShape[axis]! }, (_, out) => {
      let count = 0;
      for (let tap = 0; tap < kernel[axis]!; tap++) {
        const at = out * strides[axis]! + tap * dilations[axis]!;
        if (at >= begin && at < end) count++;
      }
      return count;
    });
    const outer = counts;
    counts = new Float64Array(outer.length * along.length);
    outer.forEach((a, i) => {
      along.forEach((b, j) => {
        counts[i * along.length + j] = a * b;
      });
    });
  }
  return counts;
}

/** A pool over all spatial axes, which become 1. */
function globalPool(name: string, reduce: (values: NumberArray, from: number, to: number) => number) {
  return defineOperator({
    name,
    inputs: [1, 1],
    infer: (node, inputs) => {
      requireType(node, inputs, 0, ['float32', 'float64']);
      requireRank(node, inputs, 0, 2, Infinity);
      const { dtype, shape } = inputs[0]!;
      if (elementCount(shape.slice(2)) === 0) badShape(node, 'there is nothing to pool');
      return output(
        dtype,
        shape.map((dim, axis) => (axis < 2 ? dim : 1)),
      );
    },
    run: (_, inputs, [out]) => {
      const x = inputs[0]!;
      const size = elementCount(x.shape.slice(2));
      const data = asElements(allocate(out!.dtype, elementCount(out!.shape)));
      for (let plane = 0; plane < data.length; plane++) {
        data[plane] = reduce(asElements(x.data), plane * size, (plane + 1) * size);
      }
      return [{ ...out!, data }];
    },
    quant: SAME_AS_INPUT,
  });
}

const globalAveragePool = globalPool('GlobalAveragePool', (values, from, to) => {
  let sum = 0;
  for (let i = from; i < to; i++) sum += values[i]!;
  return sum / (to - from);
});

const globalMaxPool = globalPool('GlobalMaxPool', (values, from, to) => {
  let largest = values[from]!;
  for (let i = from + 1; i < to; i++) largest = Math.max(largest, values[i]!);
  return largest;
});

export const poolOperators: readonly Operator[] = [maxPool, averagePool, globalAveragePool, globalMaxPool];
