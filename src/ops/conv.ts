/** Conv and ConvTranspose over any number of spatial axes, with groups, dilations and asymmetric padding. */
import { elementCount } from '../graph/tensor.ts';
import type { Node, Tensor, TypedArray } from '../graph/types.ts';
import { asFloat32, asNumbers, forEachRow, rowMajorStrides } from './arrays.ts';
import { intAttribute, intsAttribute } from './attributes.ts';
import {
  badShape,
  COMPUTED,
  checkSize,
  defineOperator,
  type Inputs,
  output,
  requireRank,
  requireType,
} from './define.ts';
import { createTools, type Prepared, type Tools } from './prepare.ts';
import { denseRows, makeProduct, type Product } from './products.ts';
import type { InputInfo, Operator } from './types.ts';
import {
  checkWindow,
  isPadded,
  paddedLength,
  padPlanes,
  planePadding,
  slidingWindow,
  splitPadding,
  type Window,
  windowAttributes,
  windowStarts,
  windowTaps,
} from './window.ts';

/** A convolution in numbers. */
type ConvGeometry = {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly groups: number;
  readonly window: Window;
};

/** Conv: x [batch, channels, ...input], weights [filters, channels / groups, ...kernel]. @throws TinymlError E_SHAPE */
function convGeometry(node: Node, x: InputInfo, weights: InputInfo, bias: InputInfo | null): ConvGeometry {
  const [batch, channels, ...input] = x.shape;
  const [filters, groupChannels, ...kernel] = weights.shape;
  const groups = intAttribute(node, 'group', 1);
  if (batch === undefined || channels === undefined || input.length === 0) {
    badShape(
      node,
      `an input of shape [${x.shape.join(', ')}]; a batch, channels and spatial axes are needed`,
    );
  }
  if (filters === undefined || groupChannels === undefined)
    badShape(node, 'the weights have less than 3 axes');
  if (!(groups >= 1) || channels !== groupChannels * groups || filters % groups !== 0) {
    badShape(
      node,
      `${channels} channels in ${groups} groups do not fit weights of shape [${weights.shape.join(', ')}]`,
    );
  }
  checkKernelShape(node, kernel);
  checkBias(node, bias, filters);
  return { batch, channels, filters, groups, window: slidingWindow(node, input, kernel) };
}

function checkKernelShape(node: Node, kernel: readonly number[]): void {
  const stated = intsAttribute(node, 'kernel_shape', kernel);
  if (stated.join() !== kernel.join()) {
    badShape(node, `kernel_shape [${stated.join(', ')}] for weights with a kernel of [${kernel.join(', ')}]`);
  }
}

function checkBias(node: Node, bias: InputInfo | null, filters: number): void {
  if (bias !== null && (bias.shape.length !== 1 || bias.shape[0] !== filters)) {
    badShape(node, `a bias of shape [${bias.shape.join(', ')}] for ${filters} output channels`);
  }
}

const outputShape = ({ batch, filters, window }: ConvGeometry) => [batch, filters, ...window.output];

/** A Conv whose weights may change: `product` lays them out, `apply` runs the result over a batch of images. */
type ConvKernel = {
  readonly product: (weights: TypedArray, bias: TypedArray | null) => Product;
  readonly apply: (product: Product, x: Float32Array, out: Float32Array | Float64Array) => void;
};

/** Each image is padded once; then a table of offsets turns every window into a column (im2col). */
function convKernel(node: Node, geometry: ConvGeometry, tools: Tools): ConvKernel {
  const { batch, channels, filters, groups, window } = geometry;
  const starts = windowStarts(window);
  const plane = elementCount(window.padded);
  const offsets = channelOffsets(windowTaps(window), channels / groups, plane);
  const inputLength = channels * elementCount(window.input);
  const outLength = filters * starts.length;
  const padding = isPadded(window) ? planePadding(window) : null;
  const scratchLength = padding ? paddedLength(node, window, channels) : 0;

  const product: ConvKernel['product'] = (weights, bias) =>
    makeProduct({
      groups,
      rows: filters / groups,
      weights: asFloat32(weights),
      bias: bias ? Float64Array.from(asNumbers(bias)) : new Float64Array(filters),
      offsets,
      starts,
      groupStride: (channels / groups) * plane,
      rowStride: starts.length,
      columnStride: 1,
    });
  const apply: ConvKernel['apply'] = (product, x, out) => {
    const padded = padding ? tools.float32(scratchLength) : x;
    for (let image = 0; image < batch; image++) {
      if (padding) padPlanes(x, image * inputLength, channels, padding, 0, padded);
      product(padded, padding ? 0 : image * inputLength, out, image * outLength);
    }
  };
  return { product, apply };
}

/** Offsets of the elements of a window over `channels` planes, from the first element of the window. */
function channelOffsets(taps: Int32Array, channels: number, plane: number): Int32Array {
  return Int32Array.from(
    { length: channels * taps.length },
    (_, k) => Math.floor(k / taps.length) * plane + taps[k % taps.length]!,
  );
}

/** A Conv ready to run; constant weights and bias are laid out once. float32 in and out, summed in float64. */
export function prepareConv(node: Node, inputs: Inputs, tools: Tools): Prepared {
  const [x, weights, bias] = [inputs[0]!, inputs[1]!, inputs[2] ?? null];
  const geometry = convGeometry(node, x, weights, bias);
  const shape = outputShape(geometry);
  checkSize(node, shape);
  const kernel = convKernel(node, geometry, tools);
  const constant = weights.data !== null && (bias === null || bias.data !== null);
  const fixed = constant ? kernel.product(weights.data, bias?.data ?? null) : null;
  return (tensors) => {
    const data = new Float32Array(elementCount(shape));
    const product = fixed ?? kernel.product(tensors[1]!.data, tensors[2]?.data ?? null);
    kernel.apply(product, tensors[0]!.data as Float32Array, data);
    return [{ dtype: 'float32', shape, data }];
  };
}

/**
 * Exact convolution of integers of less than 2^24 (zero points already taken off), as float64 numbers: QLinearConv
 * and ConvInteger.
 */
export function convolveIntegers(node: Node, x: Tensor, weights: Tensor, bias: Tensor | null): Float64Array {
  const geometry = convGeometry(node, x, weights, bias);
  const out = new Float64Array(elementCount(outputShape(geometry)));
  const { product, apply } = convKernel(node, geometry, createTools());
  apply(product(weights.data, bias?.data ?? null), asFloat32(x.data), out);
  return out;
}

/** Shape of the output of a convolution. */
export function convShape(
  node: Node,
  x: InputInfo,
  weights: InputInfo,
  bias: InputInfo | null,
): readonly number[] {
  return outputShape(convGeometry(node, x, weights, bias));
}

/** Multiply-accumulates of a convolution, padding included. */
export function convMacs(weights: InputInfo, outShape: readonly number[]): number {
  return elementCount(weights.shape.slice(1)) * elementCount(outShape);
}

const conv = defineOperator({
  name: 'Conv',
  inputs: [2, 3],
  infer: (node, inputs) => {
    for (const index of [0, 1, 2]) requireType(node, inputs, index, ['float32']);
    return output('float32', convShape(node, inputs[0]!, inputs[1]!, inputs[2] ?? null));
  },
  run: (node, inputs) => prepareConv(node, inputs, createTools())(inputs),
  macs: (_, inputs, [out]) => convMacs(inputs[1]!, out!.shape),
  quant: COMPUTED,
});

/** The window of the convolution whose gradient a ConvTranspose is: its input is the output here. */
export function convTransposeWindow(node: Node, inputs: Inputs): Window {
  return transposeGeometry(node, inputs).window;
}

/**
 * ConvTranspose: x [batch, channels, ...in], weights [channels, filters / groups, ...kernel]. The window is that of
 * the convolution whose gradient this is: its input is the output here.
 */
function transposeGeometry(node: Node, inputs: Inputs): ConvGeometry {
  const [x, weights, bias] = [inputs[0]!, inputs[1]!, inputs[2] ?? null];
  requireRank(node, inputs, 0, 3, Infinity);
  requireRank(node, inputs, 1, x.shape.length);
  const [batch, channels, ...input] = x.shape as readonly [number, number, ...number[]];
  const [rows, groupFilters, ...kernel] = weights.shape as readonly [number, number, ...number[]];
  const groups = intAttribute(node, 'group', 1);
  if (!(groups >= 1) || rows !== channels || channels % groups !== 0) {
    badShape(
      node,
      `${channels} channels in ${groups} groups for weights of shape [${weights.shape.join(', ')}]`,
    );
  }
  checkKernelShape(node, kernel);
  checkBias(node, bias, groupFilters * groups);
  const rank = input.length;
  const { strides, dilations, pads, autoPad } = windowAttributes(node, rank);
  const extra = intsAttribute(node, 'output_padding', new Array<number>(rank).fill(0));
  const stated = intsAttribute(node, 'output_shape', []);
  if (extra.length !== rank || extra.some((pad) => !(pad >= 0)))
    badShape(node, `output_padding [${extra.join(', ')}]`);
  if (stated.length !== 0 && stated.length !== rank) badShape(node, `output_shape [${stated.join(', ')}]`);
  const axes = input.map((size, i) => {
    const full = strides[i]! * (size - 1) + extra[i]! + (kernel[i]! - 1) * dilations[i]! + 1;
    const same = autoPad === 'SAME_UPPER' || autoPad === 'SAME_LOWER';
    const wanted = stated[i] ?? (same ? size * strides[i]! : undefined);
    if (wanted === undefined) {
      const [begin, end] = autoPad === 'VALID' ? [0, 0] : [pads[i]!, pads[i + rank]!];
      return { out: full - begin - end, begin, end, full };
    }
    const [begin, end] = splitPadding(Math.max(full - wanted, 0), same ? autoPad : 'SAME_LOWER');
    return { out: wanted, begin, end, full: Math.max(full, begin + wanted) };
  });
  if (axes.some(({ out }) => !(out >= 1))) badShape(node, 'the padding removes the whole output');
  const window = {
    input: axes.map(({ out }) => out),
    output: input,
    kernel,
    strides,
    dilations,
    padBegin: axes.map(({ begin }) => begin),
    padEnd: axes.map(({ end }) => end),
    padded: axes.map(({ full }) => full),
  };
  checkWindow(node, window);
  return { batch, channels, filters: groupFilters * groups, groups, window };
}

const transposeShape = ({ batch, filters, window }: ConvGeometry) => [batch, filters, ...window.input];

/** Input positions of a ConvTranspose that are multiplied at a time: bounds the memory of their products. */
const CHUNK = 64;

/**
 * A ConvTranspose ready to run: every input position times the weights, added into the padded output, which is
 * then cropped. float32 in and out, summed in float64.
 */
export function prepareConvTranspose(node: Node, inputs: Inputs): Prepared {
  const geometry = transposeGeometry(node, inputs);
  const { batch, channels, filters, groups, window } = geometry;
  const shape = transposeShape(geometry);
  checkSize(node, shape);
  const starts = windowStarts(window);
  const taps = windowTaps(window);
  const plane = elementCount(window.padded);
  const paddedFilters = paddedLength(node, window, filters);
  const depth = channels / groups;
  const rows = (filters / groups) * taps.length;
  const positions = Int32Array.from(starts.keys());
  /** Weights times `columns` input positions: [filters * taps][columns]. */
  const productOf = (data: TypedArray, columns: number): Product =>
    makeProduct({
      groups,
      rows,
      weights: denseGroups(asNumbers(data), groups, rows, depth),
      bias: new Float64Array(groups * rows),
      offsets: channelOffsets(Int32Array.of(0), depth, starts.length),
      starts: positions.subarray(0, columns),
      groupStride: depth * starts.length,
      rowStride: columns,
      columnStride: 1,
    });
  /** For whole chunks, and for what is left of the positions. */
  const widths = [...new Set([Math.min(CHUNK, starts.length), starts.length % CHUNK])].filter((w) => w > 0);
  const layOut = (data: TypedArray) => new Map(widths.map((width) => [width, productOf(data, width)]));
  const fixed = inputs[1]!.data && layOut(inputs[1]!.data);

  return (tensors) => {
    const x = tensors[0]!.data as Float32Array;
    const multiply = fixed ?? layOut(tensors[1]!.data);
    const bias = tensors[2] ? asNumbers(tensors[2].data) : null;
    const data = new Float32Array(elementCount(shape));
    const sums = new Float64Array(paddedFilters);
    const products = new Float64Array(groups * rows * CHUNK);
    for (let image = 0; image < batch; image++) {
      for (let filter = 0; filter < filters; filter++) {
        sums.fill(bias?.[filter] ?? 0, filter * plane, (filter + 1) * plane);
      }
      for (let first = 0; first < starts.length; first += CHUNK) {
        const columns = Math.min(CHUNK, starts.length - first);
        multiply.get(columns)!(x, image * channels * starts.length + first, products, 0);
        for (let row = 0; row < groups * rows; row++) {
          const at = Math.floor(row / taps.length) * plane + taps[row % taps.length]!;
          for (let column = 0; column < columns; column++) {
            sums[at + starts[first + column]!]! += products[row * columns + column]!;
          }
        }
      }
      cropPlanes(sums, window, filters, data, image * filters * elementCount(window.input));
    }
    return [{ dtype: 'float32', shape, data }];
  };
}

/** Weights [groups][depth][rows] as [groups][rows][depth]. */
function denseGroups(weights: ArrayLike<number>, groups: number, rows: number, depth: number): Float32Array {
  const dense = new Float32Array(groups * rows * depth);
  for (let group = 0; group < groups; group++) {
    const first = group * rows * depth;
    dense.set(denseRows(weights, first, rows, depth, 1, rows), first);
  }
  return dense;
}

/** Copies the part of padded planes that the padding leaves. */
function cropPlanes(
  sums: Float64Array,
  { input, padded, padBegin }: Window,
  planes: number,
  out: Float32Array,
  outStart: number,
): void {
  const strides = rowMajorStrides(padded);
  const first = padBegin.reduce((sum, pad, axis) => sum + pad * strides[axis]!, 0);
  const length = input.at(-1)!;
  let position = outStart;
  forEachRow([planes, ...input], [elementCount(padded), ...strides], first, (offset) => {
    out.set(sums.subarray(offset, offset + length), position);
    position += length;
  });
}

const convTranspose = defineOperator({
  name: 'ConvTranspose',
  inputs: [2, 3],
  infer: (node, inputs) => {
    for (const index of [0, 1, 2]) requireType(node, inputs, index, ['float32']);
    return output('float32', transposeShape(transposeGeometry(node, inputs)));
  },
  run: (node, inputs) => prepareConvTranspose(node, inputs)(inputs),
  macs: (_, inputs) => elementCount(inputs[0]!.shape) * elementCount(inputs[1]!.shape.slice(1)),
  quant: COMPUTED,
});

export const convOperators: readonly Operator[] = [conv, convTranspose];
