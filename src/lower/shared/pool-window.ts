/** Windows of pools, and which reductions are pools. */
import type { Graph, Node } from '../../graph/types.ts';
import { intsAttribute } from '../../ops/attributes.ts';
import { type LoweringContext, shapeOf, unsupported } from './context.ts';
import { type Window, windowOf } from './window.ts';

/** Whether a reduction goes over exactly the axes after batch and channels. */
export function reducesSpatialAxes(graph: Graph, node: Node): boolean {
  const rank = graph.values.get(node.inputs[0]!)!.shape.length;
  const constant = graph.constants.get(node.inputs[1] ?? '');
  const axes = constant === undefined ? [] : Array.from(constant.data as BigInt64Array, Number);
  const wanted = new Set(axes.map((axis) => (axis < 0 ? axis + rank : axis)));
  return wanted.size === rank - 2 && [...wanted].every((axis) => axis >= 2);
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
