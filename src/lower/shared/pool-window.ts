/** Windows of pools, and which reductions are pools. */
import type { Graph, Node } from '../../graph/types.ts';
import { intAttribute, intsAttribute } from '../../ops/attributes.ts';
import { type LoweringContext, shapeOf, unsupported } from './context.ts';
import { type Window, windowOf } from './window.ts';

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

export function spatialShape(context: LoweringContext, node: Node): readonly number[] {
  const shape = shapeOf(context, node.inputs[0]!);
  if (shape.length < 3 || shape.length > 4) {
    throw unsupported(node, `${node.op} on ${shape.length - 2} spatial axes has no int8 kernel`);
  }
  return shape;
}

export function localWindow(context: LoweringContext, node: Node): Window {
  const shape = spatialShape(context, node);
  return windowOf(node, intsAttribute(node, 'kernel_shape', []), shape, shapeOf(context, node.outputs[0]!));
}
