/** Conv and ConvTranspose over any number of spatial axes, with groups, dilations and asymmetric padding. */
import { elementCount } from '../graph/tensor.ts';
import type { Node, Tensor, TypedArray } from '../graph/types.ts';
import { asNumbers, forEachRow, rowMajorStrides } from './arrays.ts';
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
import { COLUMNS, multiplyPanel, type PackedRows, packRows, ROWS } from './matrix.ts';
import { createScratch, type Prepared, type Scratch } from './prepare.ts';
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

/** Weights as the loops read them: interleaved by four per group, or plain rows where a group has few filters. */
type ConvWeights =
  | { readonly kind: 'packed'; readonly groups: readonly PackedRows[] }
  | { readonly kind: 'plain'; readonly rows: Float32Array };

function layOutWeights({ filters, groups }: ConvGeometry, data: TypedArray): ConvWeights {
  const numbers = asNumbers(data);
  const groupFilters = filters / groups;
  if (groupFilters < ROWS && groups > 1) return { kind: 'plain', rows: Float32Array.from(numbers) };
  const depth = filters === 0 ? 0 : numbers.length / filters;
  return {
    kind: 'packed',
    groups: Array.from({ length: groups }, (_, group) =>
      packRows(numbers, group * groupFilters * depth, groupFilters, depth, depth, 1),
    ),
  };
}

/**
 * One Conv. Each image is padded once, then a table of offsets turns every window into a column (im2col), four
 * windows at a time.
 */
type ConvKernel = (
  x: Float32Array,
  weights: ConvWeights,
  bias: Float64Array,
  out: Float32Array | Float64Array,
) => void;

function convKernel(node: Node, geometry: ConvGeometry, scratch: Scratch): ConvKernel {
  const { batch, channels, filters, groups, window } = geometry;
  const starts = windowStarts(window);
  const plane = elementCount(window.padded);
  const offsets = channelOffsets(windowTaps(window), channels / groups, plane);
  const inputLength = channels * elementCount(window.input);
  const padding = isPadded(window) ? planePadding(window) : null;
  const scratchLength = padding ? paddedLength(node, window, channels) : 0;
  const groupPlanes = (channels / groups) * plane;
  const groupFilters = filters / groups;
  const tile = new Float64Array(ROWS * COLUMNS);

  return (x, weights, bias, out) => {
    const panel = scratch.float64(offsets.length * COLUMNS);
    const padded = padding ? scratch.float32(scratchLength) : x;
    const destination = { data: out, rowStride: starts.length, columnStride: 1 };
    for (let image = 0; image < batch; image++) {
      if (padding) padPlanes(x, image * inputLength, channels, padding, 0, padded);
      const imageStart = padding ? 0 : image * inputLength;
      const outStart = image * filters * starts.length;
      if (weights.kind === 'plain') {
        for (let filter = 0; filter < filters; filter++) {
          const from = imageStart + Math.floor(filter / groupFilters) * groupPlanes;
          const to = outStart + filter * starts.length;
          const firstWeight = filter * offsets.length;
          convolveFilter(padded, from, weights.rows, firstWeight, offsets, starts, bias[filter]!, out, to);
        }
      } else {
        weights.groups.forEach((rows, group) => {
          const from = imageStart + group * groupPlanes;
          const filter = group * groupFilters;
          const to = outStart + filter * starts.length;
          for (let first = 0; first < starts.length; first += COLUMNS) {
            const columns = Math.min(COLUMNS, starts.length - first);
            gatherColumns(padded, from, offsets, starts, first, columns, panel);
            multiplyPanel(rows, panel, columns, bias, filter, destination, to + first, tile);
          }
        });
      }
    }
  };
}

/** Offsets of the elements of a window over `channels` planes, from the first element of the window. */
function channelOffsets(taps: Int32Array, channels: number, plane: number): Int32Array {
  return Int32Array.from(
    { length: channels * taps.length },
    (_, k) => Math.floor(k / taps.length) * plane + taps[k % taps.length]!,
  );
}

/**
 * Lays `columns` windows side by side: [depth][4], or [depth] if there is one. Element k of a window lies at
 * from + offsets[k] + its start.
 */
function gatherColumns(
  x: Float32Array,
  from: number,
  offsets: Int32Array,
  starts: Int32Array,
  first: number,
  columns: number,
  panel: Float64Array,
): void {
  const depth = offsets.length;
  const s0 = from + starts[first]!;
  if (columns === 1) {
    for (let k = 0; k < depth; k++) panel[k] = x[s0 + offsets[k]!]!;
    return;
  }
  const last = first + columns - 1;
  const s1 = from + starts[Math.min(first + 1, last)]!;
  const s2 = from + starts[Math.min(first + 2, last)]!;
  const s3 = from + starts[last]!;
  for (let k = 0, to = 0; k < depth; k++, to += 4) {
    const at = offsets[k]!;
    panel[to] = x[s0 + at]!;
    panel[to + 1] = x[s1 + at]!;
    panel[to + 2] = x[s2 + at]!;
    panel[to + 3] = x[s3 + at]!;
  }
}

/** One output plane of a convolution with few filters per group (depthwise: one), four windows at a time. */
function convolveFilter(
  x: Float32Array,
  from: number,
  weights: Float32Array,
  firstWeight: number,
  offsets: Int32Array,
  starts: Int32Array,
  bias: number,
  out: Float32Array | Float64Array,
  to: number,
): void {
  const depth = offsets.length;
  const last = starts.length - 1;
  for (let first = 0; first <= last; first += 4) {
    const s0 = from + starts[first]!;
    const s1 = from + starts[Math.min(first + 1, last)]!;
    const s2 = from + starts[Math.min(first + 2, last)]!;
    const s3 = from + starts[Math.min(first + 3, last)]!;
    let sum0 = bias;
    let sum1 = bias;
    let sum2 = bias;
    let sum3 = bias;
    for (let k = 0; k < depth; k++) {
      const weight = weights[firstWeight + k]!;
      const at = offsets[k]!;
      sum0 += weight * x[s0 + at]!;
      sum1 += weight * x[s1 + at]!;
      sum2 += weight * x[s2 + at]!;
      sum3 += weight * x[s3 + at]!;
    }
    const position = to + first;
    out[position] = sum0;
    if (first < last) out[position + 1] = sum1;
    if (first + 1 < last) out[position + 2] = sum2;
    if (first + 2 < last) out[position + 3] = sum3;
  }
}

/** A Conv ready to run; constant weights and bias are laid out once. float32 in and out, summed in float64. */
export function prepareConv(node: Node, inputs: Inputs, scratch: Scratch): Prepared {
  const [x, weights, bias] = [inputs[0]!, inputs[1]!, inputs[2] ?? null];
  const geometry = convGeometry(node, x, weights, bias);
  const shape = outputShape(geometry);
  checkSize(node, shape);
  const kernel = convKernel(node, geometry, scratch);
  const fixedWeights = weights.data && layOutWeights(geometry, weights.data);
  const fixedBias = bias?.data && Float64Array.from(asNumbers(bias.data));
  return (tensors) => {
    const data = new Float32Array(elementCount(shape));
    kernel(
      tensors[0]!.data as Float32Array,
      fixedWeights ?? layOutWeights(geometry, tensors[1]!.data),
      fixedBias ??
        (tensors[2] ? Float64Array.from(asNumbers(tensors[2].data)) : new Float64Array(geometry.filters)),
      data,
    );
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
  convKernel(node, geometry, createScratch())(
    Float32Array.from(asNumbers(x.data)),
    layOutWeights(geometry, weights.data),
    bias ? Float64Array.from(asNumbers(bias.data)) : new Float64Array(geometry.filters),
    out,
  );
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
  run: (node, inputs) => prepareConv(node, inputs, createScratch())(inputs),
  macs: (_, inputs, [out]) => convMacs(inputs[1]!, out!.shape),
  quant: COMPUTED,
});

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

/**
 * A ConvTranspose ready to run: every input position times the weights, added into the padded output, which is
 * then cropped. float32 in and out, summed in float64.
 */
export function prepareConvTranspose(node: Node, inputs: Inputs, scratch: Scratch): Prepared {
  const geometry = transposeGeometry(node, inputs);
  const { batch, channels, filters, groups, window } = geometry;
  const shape = transposeShape(geometry);
  checkSize(node, shape);
  const starts = windowStarts(window);
  const taps = windowTaps(window);
  const plane = elementCount(window.padded);
  const paddedFilters = paddedLength(node, window, filters);
  const depth = channels / groups;
  const groupFilters = filters / groups;
  const rows = groupFilters * taps.length;
  const tile = new Float64Array(ROWS * COLUMNS);
  const noBias = new Float64Array(rows);
  const positions = Int32Array.from(starts.keys());
  const channelStarts = channelOffsets(Int32Array.of(0), depth, starts.length);
  const layOut = (data: TypedArray) =>
    Array.from({ length: groups }, (_, group) =>
      packRows(asNumbers(data), group * depth * rows, rows, depth, 1, rows),
    );
  const fixed = inputs[1]!.data && layOut(inputs[1]!.data);

  return (tensors) => {
    const x = tensors[0]!.data as Float32Array;
    const weights = fixed ?? layOut(tensors[1]!.data);
    const bias = tensors[2] ? asNumbers(tensors[2].data) : null;
    const data = new Float32Array(elementCount(shape));
    const sums = new Float64Array(paddedFilters);
    const products = { data: new Float64Array(rows * COLUMNS), rowStride: COLUMNS, columnStride: 1 };
    const panel = scratch.float64(depth * COLUMNS);
    for (let image = 0; image < batch; image++) {
      for (let filter = 0; filter < filters; filter++) {
        sums.fill(bias?.[filter] ?? 0, filter * plane, (filter + 1) * plane);
      }
      for (let group = 0; group < groups; group++) {
        const from = (image * channels + group * depth) * starts.length;
        for (let first = 0; first < starts.length; first += COLUMNS) {
          const columns = Math.min(COLUMNS, starts.length - first);
          gatherColumns(x, from, channelStarts, positions, first, columns, panel);
          multiplyPanel(weights[group]!, panel, columns, noBias, 0, products, 0, tile);
          for (let row = 0; row < rows; row++) {
            const filter = group * groupFilters + Math.floor(row / taps.length);
            const at = filter * plane + taps[row % taps.length]!;
            for (let column = 0; column < columns; column++) {
              sums[at + starts[first + column]!]! += products.data[row * COLUMNS + column]!;
            }
          }
        }
      }
      cropPlanes(sums, window, filters, data, image * filters * elementCount(window.input));
    }
    return [{ dtype: 'float32', shape, data }];
  };
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
  run: (node, inputs) => prepareConvTranspose(node, inputs, createScratch())(inputs),
  macs: (_, inputs) => elementCount(inputs[0]!.shape) * elementCount(inputs[1]!.shape.slice(1)),
  quant: COMPUTED,
});

export const convOperators: readonly Operator[] = [conv, convTranspose];
