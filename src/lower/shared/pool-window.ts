/** Windows of pools. */
import type { Node } from '../../graph/types.ts';
import { intsAttribute } from '../../ops/attributes.ts';
import { type LoweringContext, shapeOf, unsupported } from './context.ts';
import { type Window, windowOf } from './window.ts';

export function spatialShape(context: LoweringContext, node: Node): readonly number[] {
  const shape = shapeOf(context, node.inputs[0]!);
  if (shape.length < 3 || shape.length > 4) {
    throw unsupported(
      node,
      `${node.op} on ${shape.length - 2} spatial axes has no int8 kernel`,
      'pool over one or two axes at a time',
    );
  }
  return shape;
}

export function localWindow(context: LoweringContext, node: Node): Window {
  const shape = spatialShape(context, node);
  return windowOf(node, intsAttribute(node, 'kernel_shape', []), shape, shapeOf(context, node.outputs[0]!));
}
