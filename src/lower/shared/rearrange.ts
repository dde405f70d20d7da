/** Operators that copy elements to other places: DepthToSpace, SpaceToDepth, Tile, Expand. */
import type { Node } from '../../graph/types.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import {
  addCopy,
  defineValue,
  type LoweringContext,
  layoutOf,
  operandQuant,
  shapeOf,
  viewOf,
} from './context.ts';
import { bindView, rescaled } from './movement.ts';
import { broadcastView, splitAxes, transposeView, type View, wholeView } from './views.ts';

/** Blocks of channels become blocks of pixels. */
export function lowerDepthToSpace(context: LoweringContext, node: Node): void {
  rearrange(context, node, depthToSpace(node, shapeOf(context, node.inputs[0]!)));
}

export function depthToSpace(node: Node, shape: readonly number[]): Regrouping {
  const [batch, channels, height, width] = shape as Image;
  const block = intAttribute(node, 'blocksize', 1);
  const depth = channels / block ** 2;
  const depthFirst = stringAttribute(node, 'mode', 'DCR') === 'DCR';
  const parts = depthFirst ? [block, block, depth] : [depth, block, block];
  return {
    from: [[batch], parts, [height], [width]],
    order: depthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3],
    to: [[batch], [depth], [height, block], [width, block]],
  };
}

/** Blocks of pixels become blocks of channels. */
export function lowerSpaceToDepth(context: LoweringContext, node: Node): void {
  rearrange(context, node, spaceToDepth(node, shapeOf(context, node.inputs[0]!)));
}

export function spaceToDepth(node: Node, shape: readonly number[]): Regrouping {
  const [batch, channels, height, width] = shape as Image;
  const block = intAttribute(node, 'blocksize', 1);
  const depthFirst = stringAttribute(node, 'mode', 'DCR') === 'DCR';
  const to = depthFirst ? [block, block, channels] : [channels, block, block];
  return {
    from: [[batch], [channels], [height / block, block], [width / block, block]],
    order: depthFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4],
    to: [[batch], to, [height / block], [width / block]],
  };
}

type Image = readonly [number, number, number, number];

/** Axes of the input in parts, the order of these parts in the output, and the parts that make the axes of the output. */
type Regrouping = {
  readonly from: readonly (readonly number[])[];
  readonly order: readonly number[];
  readonly to: readonly (readonly number[])[];
};

function rearrange(context: LoweringContext, node: Node, { from, order, to }: Regrouping): void {
  const { source, target } = sourceAndTarget(context, node);
  addCopy(context, node, transposeView(splitAxes(source, from), order), splitAxes(target, to));
}

/** The input in the quantisation of the output, and the output. */
function sourceAndTarget(
  context: LoweringContext,
  node: Node,
): { readonly source: View; readonly target: View } {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const quant = operandQuant(context, value, node);
  const source = rescaled(context, node, x, viewOf(context, x, node), quant);
  const destination = defineValue(context, value, quant);
  return { source, target: wholeView(destination, shapeOf(context, value), layoutOf(context, value)) };
}

/** Copies side by side: each axis is read again and again. */
export function lowerTile(context: LoweringContext, node: Node): void {
  const { source, target } = sourceAndTarget(context, node);
  const parts = target.shape.map((size, axis) => [size / source.shape[axis]!, source.shape[axis]!]);
  const again: View = {
    ...source,
    shape: parts.flat(),
    strides: source.strides.flatMap((stride) => [0, stride]),
  };
  addCopy(context, node, again, splitAxes(target, parts));
}

/** A view: bytes are copied where a kernel needs them side by side. */
export function lowerExpand(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  bindView(context, node, x, value, broadcastView(viewOf(context, x, node), shapeOf(context, value)));
}
