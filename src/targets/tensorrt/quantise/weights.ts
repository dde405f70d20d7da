/** Scales of constant operands. */
import { elementCount } from '../../../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../../../graph/types.ts';
import { weightScales } from '../../../quantize/affine.ts';
import type { Learned } from './learned.ts';
import type { Int8Layer } from './placement.ts';

/**
 * Symmetric int8 for the constant operand of every layer that has one: as it was learned, else largest magnitude / 127,
 * per output channel.
 */
export function weightQuants(
  graph: Graph,
  layers: readonly Int8Layer[],
  { weights: learned }: Pick<Learned, 'weights'>,
): ReadonlyMap<Node, Quant> {
  return new Map(
    layers.flatMap(({ node, weights }): readonly (readonly [Node, Quant])[] => {
      if (weights === null) return [];
      const { axis } = weights;
      const name = node.inputs[weights.input]!;
      const known = learned.get(name);
      if (known !== undefined && known.axis === axis && known.zeroPoint.every((point) => point === 0)) {
        return [[node, known]];
      }
      const magnitudes = channelMagnitudes(graph.constants.get(name)!, axis);
      const needs = Array.from(magnitudes, (weightMax) => ({ weightMax, biasMax: 0 }));
      const scale = weightScales(needs, 1);
      return [[node, { dtype: 'int8', scale, zeroPoint: new Int32Array(scale.length), axis }]];
    }),
  );
}

/** Largest magnitude per index of an axis, or of all elements. */
export function channelMagnitudes({ shape, data }: Tensor, axis: number | null): Float64Array {
  const magnitudes = new Float64Array(axis === null ? 1 : shape[axis]!);
  const inner = axis === null ? data.length : elementCount(shape.slice(axis + 1));
  for (let start = 0, channel = 0; start < data.length; start += inner) {
    for (let i = start; i < start + inner; i++) {
      const magnitude = Math.abs(Number(data[i]));
      if (magnitude > magnitudes[channel]!) magnitudes[channel] = magnitude;
    }
    channel = channel + 1 === magnitudes.length ? 0 : channel + 1;
  }
  return magnitudes;
}
