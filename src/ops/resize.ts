/**
 * Resize: nearest, linear and cubic interpolation over any axes (ONNX operator specification, Resize 19, without
 * antialiasing). Interpolation is separable, so each axis is resized by itself.
 */
import { elementCount } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { asNumbers, computeTensor, type NumberArray } from './arrays.ts';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from './attributes.ts';
import {
  badShape,
  constantNumbers,
  defineOperator,
  type Inputs,
  normaliseAxes,
  output,
  requireType,
  SAME_AS_INPUT,
  unsupported,
} from './define.ts';
import type { Operator } from './types.ts';

type Mode = 'nearest' | 'linear' | 'cubic';

/** How one axis is resized. `start` and `end` are the region of interest, for tf_crop_and_resize. */
type AxisResize = {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
  readonly start: number;
  readonly end: number;
};

function resizeMode(node: Node): Mode {
  const mode = stringAttribute(node, 'mode', 'nearest');
  if (mode === 'nearest' || mode === 'linear' || mode === 'cubic') return mode;
  return unsupported(node, `mode "${mode}" is not supported`);
}

/** The value of an optional list input; an empty list counts as absent. */
function listInput(node: Node, inputs: Inputs, index: number): readonly number[] | null {
  const values = constantNumbers(node, inputs, index);
  return values !== null && values.length > 0 ? values : null;
}

function axisResizes(node: Node, inputs: Inputs): readonly AxisResize[] {
  const { shape } = inputs[0]!;
  const axes = normaliseAxes(node, intsAttribute(node, 'axes', [...shape.keys()]), shape.length);
  const roi = listInput(node, inputs, 1);
  const scales = listInput(node, inputs, 2);
  const sizes = listInput(node, inputs, 3);
  const given = sizes ?? scales;
  if (given === null || given.length !== axes.length || (sizes !== null && scales !== null)) {
    badShape(node, `one of scales and sizes must be given, with ${axes.length} entries`);
  }
  if (given.some((value) => !(value > 0))) badShape(node, `scales or sizes [${given.join(', ')}]`);
  const crop = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize';
  if (crop && roi?.length !== 2 * axes.length)
    badShape(node, `a region of interest of ${2 * axes.length} numbers is needed`);
  const uniform = sizes === null ? null : uniformScale(node, sizes, axes, shape);
  const resizes = shape.map((size) => ({ from: size, to: size, scale: 1, start: 0, end: 1 }));
  axes.forEach((axis, i) => {
    const from = shape[axis]!;
    const [start, end] = crop ? [roi![i]!, roi![i + axes.length]!] : [0, 1];
    const scale = sizes === null ? scales![i]! : (uniform ?? sizes[i]! / from);
    const to =
      sizes === null
        ? Math.floor(from * (end - start) * scale)
        : uniform === null
          ? sizes[i]!
          : Math.floor(uniform * from + 0.5);
    resizes[axis] = { from, to, scale, start, end };
  });
  return resizes;
}

/** The one scale of all axes that keep_aspect_ratio_policy asks for; null for "stretch". */
function uniformScale(
  node: Node,
  sizes: readonly number[],
  axes: readonly number[],
  shape: readonly number[],
): number | null {
  const scales = sizes.map((size, i) => size / shape[axes[i]!]!);
  const policy = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch');
  if (policy === 'stretch') return null;
  if (policy === 'not_larger') return Math.min(...scales);
  if (policy === 'not_smaller') return Math.max(...scales);
  return unsupported(node, `keep_aspect_ratio_policy "${policy}" is not supported`);
}

/** Where output place `x` lies in the input. */
function transform(node: Node): (x: number, axis: AxisResize) => number {
  const mode = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel');
  switch (mode) {
    case 'half_pixel':
      return (x, { scale }) => (x + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric':
      return (x, { from, to, scale }) => {
        const adjustment = to / (scale * from);
        return (from / 2) * (1 - adjustment) + (x + 0.5) / scale - 0.5;
      };
    case 'pytorch_half_pixel':
      return (x, { to, scale }) => (to > 1 ? (x + 0.5) / scale - 0.5 : 0);
    case 'align_corners':
      return (x, { from, to }) => (to > 1 ? (x * (from - 1)) / (to - 1) : 0);
    case 'asymmetric':
      return (x, { scale }) => x / scale;
    // Of opset 11 only; later models do not have it.
    case 'tf_half_pixel_for_nn':
      return (x, { scale }) => (x + 0.5) / scale;
    case 'tf_crop_and_resize':
      return (x, { from, to, start, end }) =>
        to > 1
          ? start * (from - 1) + (x * (end - start) * (from - 1)) / (to - 1)
          : 0.5 * (start + end) * (from - 1);
    default:
      return unsupported(node, `coordinate_transformation_mode "${mode}" is not supported`);
  }
}

function nearest(node: Node): (x: number) => number {
  const mode = stringAttribute(node, 'nearest_mode', 'round_prefer_floor');
  switch (mode) {
    case 'round_prefer_floor':
      return (x) => Math.ceil(x - 0.5);
    case 'round_prefer_ceil':
      return (x) => Math.floor(x + 0.5);
    case 'floor':
      return Math.floor;
    case 'ceil':
      return Math.ceil;
    default:
      return unsupported(node, `nearest_mode "${mode}" is not supported`);
  }
}

/** What each output place reads: `count` input places and their weights, or (outside) the extrapolation value. */
export type Taps = {
  readonly count: number;
  readonly places: Int32Array;
  readonly weights: Float64Array;
  readonly outside: Uint8Array;
};

/** Weights of the neighbours of a place: the first neighbour, then the weight of each. */
function neighbours(node: Node): (x: number) => readonly [number, readonly number[]] {
  switch (resizeMode(node)) {
    case 'nearest': {
      const round = nearest(node);
      return (x) => [round(x), [1]];
    }
    case 'linear':
      return (x) => {
        const first = Math.floor(x);
        return [first, [1 - (x - first), x - first]];
      };
    case 'cubic': {
      const a = floatAttribute(node, 'cubic_coeff_a', -0.75);
      return (x) => {
        const first = Math.floor(x);
        return [first - 1, [-1, 0, 1, 2].map((tap) => cubicWeight(Math.abs(x - first - tap), a))];
      };
    }
  }
}

/** Keys' cubic convolution kernel at distance d (Keys, 1981). */
function cubicWeight(d: number, a: number): number {
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

function axisTaps(node: Node, axis: AxisResize): Taps {
  const toInput = transform(node);
  const weigh = neighbours(node);
  const excludeOutside = intAttribute(node, 'exclude_outside', 0) !== 0;
  const crop = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'tf_crop_and_resize';
  const last = axis.from - 1;
  const count = weigh(0)[1].length;
  const places = new Int32Array(axis.to * count);
  const weights = new Float64Array(axis.to * count);
  const outside = new Uint8Array(axis.to);
  for (let x = 0; x < axis.to; x++) {
    const at = toInput(x, axis);
    const [first, raw] = weigh(at);
    const isKept = (tap: number) => !excludeOutside || (first + tap >= 0 && first + tap <= last);
    const total = excludeOutside ? raw.reduce((sum, weight, tap) => sum + (isKept(tap) ? weight : 0), 0) : 1;
    raw.forEach((weight, tap) => {
      places[x * count + tap] = Math.min(Math.max(first + tap, 0), last);
      weights[x * count + tap] = isKept(tap) ? weight / total : 0;
    });
    if (crop && (at < 0 || at > last)) outside[x] = 1;
  }
  return { count, places, weights, outside };
}

/** Of every axis: what each output place reads; null where the axis stays as it is. */
export function resizeTaps(node: Node, inputs: Inputs): readonly (Taps | null)[] {
  return axisResizes(node, inputs).map((axis) => (staysWhole(axis) ? null : axisTaps(node, axis)));
}

function staysWhole({ from, to, scale, start, end }: AxisResize): boolean {
  return from === to && scale === 1 && start === 0 && end === 1;
}

/** Resizes one axis; `outer` and `inner` count the elements before and behind it. */
function resizeAxis(
  x: NumberArray,
  outer: number,
  inner: number,
  from: number,
  { count, places, weights }: Taps,
): Float64Array {
  const to = places.length / count;
  const out = new Float64Array(outer * to * inner);
  for (let o = 0; o < outer; o++) {
    for (let place = 0; place < to; place++) {
      const row = (o * to + place) * inner;
      for (let tap = place * count; tap < (place + 1) * count; tap++) {
        const weight = weights[tap]!;
        if (weight === 0) continue;
        const source = (o * from + places[tap]!) * inner;
        for (let i = 0; i < inner; i++) out[row + i]! += weight * x[source + i]!;
      }
    }
  }
  return out;
}

/** Puts the extrapolation value wherever an axis reads outside of the input. */
function fillOutside(
  data: Float64Array,
  shape: readonly number[],
  taps: readonly Taps[],
  value: number,
): void {
  for (const [axis, { outside }] of taps.entries()) {
    if (!outside.includes(1)) continue;
    const inner = elementCount(shape.slice(axis + 1));
    for (let i = 0; i < data.length; i++) {
      if (outside[Math.floor(i / inner) % shape[axis]!]) data[i] = value;
    }
  }
}

function resizeTensor(node: Node, input: Tensor, resizes: readonly AxisResize[]): NumberArray {
  const taps = resizes.map((axis) => axisTaps(node, axis));
  const shape = [...input.shape];
  let data = asNumbers(input.data);
  for (const [axis, resized] of resizes.entries()) {
    if (staysWhole(resized)) continue;
    const { from, to } = resized;
    const outer = elementCount(shape.slice(0, axis));
    data = resizeAxis(data, outer, elementCount(shape.slice(axis + 1)), from, taps[axis]!);
    shape[axis] = to;
  }
  const resized = Float64Array.from(data);
  fillOutside(resized, shape, taps, floatAttribute(node, 'extrapolation_value', 0));
  return resized;
}

const resize = defineOperator({
  name: 'Resize',
  inputs: [1, 4],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32', 'float64', 'int8', 'uint8', 'int32']);
    resizeMode(node);
    transform(node);
    nearest(node);
    if (intAttribute(node, 'antialias', 0) !== 0) unsupported(node, 'antialias is not supported');
    const { dtype, shape } = inputs[0]!;
    if (elementCount(shape) === 0) badShape(node, 'an empty tensor cannot be resized');
    return output(
      dtype,
      axisResizes(node, inputs).map(({ to }) => to),
    );
  },
  run: (node, inputs, [out]) => {
    const resized = resizeTensor(node, inputs[0]!, axisResizes(node, inputs));
    return [computeTensor(out!, (data) => data.set(resized))];
  },
  quant: SAME_AS_INPUT,
});

export const resizeOperators: readonly Operator[] = [resize];
