/** The parameters of a unit as training holds them: in the order of memory, batch norms of frozen weights folded in. */
import type { Graph, Tensor } from '../../graph/types.ts';
import { permute } from '../../lower/shared/permute.ts';
import { isFunction, type LinearParameters, type Norm, type Unit, type WeightForm } from './network.ts';
import type { Trained } from './trained.ts';

/** Weights OHWI and biases of a layer, with the batch norm behind it folded in where its weights are not trained. */
type LayerParameters = {
  readonly rows: number;
  readonly columns: number;
  readonly weights: Float32Array;
  /** Null where there is none, and none was folded in. */
  readonly bias: Float32Array | null;
  /** The batch norm that stays a norm: it follows the statistics of each batch. */
  readonly norm: Norm | null;
};

/** Output channels that a layer has, wherever the axis lies. */
export function outChannelsOf({ source }: Unit): number {
  if (isFunction(source)) return 0;
  switch (source.kind) {
    case 'conv':
      return source.params.outChannels;
    case 'convTranspose':
      return source.params.inChannels;
    case 'add':
    case 'affine':
    case 'averagePool':
    case 'maxPool':
    case 'value':
    case 'move':
    case 'recurrent':
    case 'taps':
    case 'channels':
    case 'patchStatistics':
    case 'patchMask':
    case 'patchMix':
      return 0;
  }
}

export function layerParameters(
  graph: Graph,
  unit: Unit,
  linear: LinearParameters,
  trained: Trained,
): LayerParameters {
  const { form } = linear;
  const weights = permute(dataOf(graph, linear.weights), form.shape, form.permutation).slice();
  const bias = linear.bias === '' ? null : dataOf(graph, linear.bias).slice();
  const rows = form.shape[0];
  const shape = { rows, columns: weights.length / rows };
  if (unit.norm === null || trained.weights > 0) return { ...shape, weights, bias, norm: unit.norm };
  const { scale, shift } = normAffine(graph, unit.norm);
  const channelOf = channelOfElement(unit, form);
  return {
    ...shape,
    weights: weights.map((weight, i) => weight * scale[channelOf(i)]!),
    bias: shift.map((value, c) => (bias?.[c] ?? 0) * scale[c]! + value),
    norm: null,
  };
}

/** What a batch norm with its running statistics does to each channel: y = scale * x + shift. */
export function normAffine(
  graph: Graph,
  { gamma, beta, mean, variance, epsilon }: Norm,
): { readonly scale: Float32Array; readonly shift: Float32Array } {
  const [g, b, m, v] = [gamma, beta, mean, variance].map((name) => dataOf(graph, name)) as [
    ...[Float32Array, Float32Array],
    ...[Float32Array, Float32Array],
  ];
  const scale = g.map((value, c) => value / Math.sqrt(v[c]! + epsilon));
  return { scale, shift: b.map((value, c) => value - m[c]! * scale[c]!) };
}

/** The output channel of an element of the weights in memory. */
function channelOfElement({ source }: Unit, { shape }: WeightForm): (index: number) => number {
  const [first, second, h, w] = shape;
  const columns = second * h * w;
  return source.kind === 'convTranspose'
    ? (index) => index % second
    : (index) => Math.floor(index / columns) % first;
}

/** Weights from memory back to the order of ONNX. */
export function toOnnxOrder(data: Float32Array, { shape, permutation }: WeightForm): Float32Array {
  const memoryShape = permutation.map((axis) => shape[axis]!);
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis as never));
  return permute(data, memoryShape, inverse);
}

export function dataOf(graph: Graph, name: string): Float32Array {
  return (graph.constants.get(name) as Tensor).data as Float32Array;
}
