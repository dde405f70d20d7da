/** How the weights of a Conv, ConvTranspose or Gemm lie, and the loops over them. */
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import type { LinearNode } from './scheme.ts';

/** A float view of the weights: element (o, i, k) couples output channel o with the i-th input channel of its group. */
export type WeightLayout = {
  readonly data: Float32Array;
  readonly outChannels: number;
  /** Input channels per group. */
  readonly inChannels: number;
  readonly groups: number;
  /** Kernel elements per pair of channels. */
  readonly taps: number;
  readonly outStride: number;
  readonly inStride: number;
  /** Of how many kernel elements an output element sees one: the strides of a ConvTranspose, else 1. */
  readonly dilution: number;
};

export function weightLayout(graph: Graph, linear: LinearNode): WeightLayout {
  const { shape, data } = graph.constants.get(linear.weights)!;
  const [first = 1, second = 1, ...kernel] = shape;
  const taps = elementCount(kernel);
  const transposed = linear.axis === 1;
  return {
    data: data as Float32Array,
    outChannels: transposed ? second : first,
    inChannels: transposed ? first : second,
    groups: intAttribute(linear.node, 'group', 1),
    taps,
    outStride: transposed ? taps : second * taps,
    inStride: transposed ? second * taps : taps,
    dilution: transposed ? elementCount(intsAttribute(linear.node, 'strides', [])) : 1,
  };
}

/** A view of the matrices of a recurrent node: [directions, rows, columns]. */
export function matrixLayout(shape: readonly number[], data: Float32Array): WeightLayout {
  const [, rows = 1, columns = 1] = shape;
  return {
    data,
    outChannels: rows,
    inChannels: columns,
    groups: 1,
    taps: 1,
    outStride: columns,
    inStride: 1,
    dilution: 1,
  };
}

/** Calls `visit` for every pair of channels with the position of its first kernel element. */
export function forEachChannelPair(
  layout: WeightLayout,
  visit: (outChannel: number, inChannel: number, start: number) => void,
): void {
  const { outChannels, inChannels, groups, outStride, inStride } = layout;
  for (let o = 0; o < outChannels; o++) {
    const firstInput = Math.floor((o * groups) / outChannels) * inChannels;
    for (let i = 0; i < inChannels; i++) visit(o, firstInput + i, o * outStride + i * inStride);
  }
}

/** Largest magnitude of the weights of every output channel. */
export function outputMagnitudes(layout: WeightLayout): Float64Array {
  const { data, outChannels, outStride } = layout;
  const magnitudes = new Float64Array(outChannels);
  for (let start = 0, o = 0; start < data.length; start += outStride, o = (o + 1) % outChannels) {
    magnitudes[o] = Math.max(magnitudes[o]!, largestMagnitude(data, start, start + outStride));
  }
  return magnitudes;
}

/** Largest magnitude of the weights that read every input channel. */
export function inputMagnitudes(layout: WeightLayout): Float64Array {
  const magnitudes = new Float64Array(layout.inChannels * layout.groups);
  forEachChannelPair(layout, (_, i, start) => {
    magnitudes[i] = Math.max(magnitudes[i]!, largestMagnitude(layout.data, start, start + layout.taps));
  });
  return magnitudes;
}

function largestMagnitude(data: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const magnitude = Math.abs(data[i]!);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}
