import { cutGraph, type Halves } from '../graph/cut.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';

/** A value where a network may be cut. */
export type Cut = {
  readonly value: string;
  /** [1, C, H, W] */
  readonly shape: readonly number[];
  /** The head as the device computes it, up to the codes of the value. */
  readonly head: Graph;
  /** The tail in float32, from the real values of it. */
  readonly tail: Graph;
};

/**
 * Values that are maps with int8 codes in the quantised graph and separate both graphs, in their order.
 * @param quantised made of `float`
 */
export function cutsOf(float: Graph, quantised: Graph): readonly Cut[] {
  return quantised.nodes.flatMap(({ outputs }) => outputs.flatMap((value) => cutAt(float, quantised, value)));
}

function cutAt(float: Graph, quantised: Graph, value: string): readonly Cut[] {
  const { shape, quant } = quantised.values.get(value)!;
  const isMap = shape.length === 4 && shape[0] === 1 && quant?.dtype === 'int8' && quant.axis === null;
  const head: Halves | null = isMap ? cutGraph(quantised, value) : null;
  const tail = head === null ? null : cutGraph(float, value);
  return head === null || tail === null ? [] : [{ value, shape, head: head.head, tail: tail.tail }];
}

/** What a map of the value takes in float32. */
export function floatBytesOf({ shape }: Pick<Cut, 'shape'>): number {
  return 4 * elementCount(shape);
}
