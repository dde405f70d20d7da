/** Axes that reductions go over: a mean over all spatial ones is a pool. */
import type { Graph, Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';

/** Whether a reduction goes over exactly the axes after batch and channels. */
export function reducesSpatialAxes(graph: Graph, node: Node): boolean {
  const rank = graph.values.get(node.inputs[0]!)!.shape.length;
  const axes = reducedAxes(graph, node);
  return axes !== null && axes.length === rank - 2 && axes.every((axis) => axis >= 2);
}

/** The axes of a reduction, in order; null where they are computed at run time. No axes are all of them, or none. */
export function reducedAxes(graph: Graph, node: Node): readonly number[] | null {
  const rank = graph.values.get(node.inputs[0]!)!.shape.length;
  const name = node.inputs[1] ?? '';
  const constant = graph.constants.get(name);
  if (name !== '' && constant === undefined) return null;
  const given = constant === undefined ? [] : Array.from(constant.data as BigInt64Array, Number);
  if (given.length === 0) {
    const none = intAttribute(node, 'noop_with_empty_axes', 0) !== 0;
    return none ? [] : Array.from({ length: rank }, (_, axis) => axis);
  }
  const axes = new Set(given.map((axis) => (axis < 0 ? axis + rank : axis)));
  return [...axes].sort((a, b) => a - b);
}
