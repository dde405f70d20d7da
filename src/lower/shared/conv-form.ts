/** Convolutions over one or two spatial axes as the kernels see them: over two. */
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import type { Conv2dGeometry } from '../../program/kernels/common.ts';
import { type LoweringContext, shapeOf } from './context.ts';
import { geometry2d, transposedWindow, windowOf } from './window.ts';

/** A Conv over one or two spatial axes as the kernels see it: two axes, and whether every channel is convolved alone. */
export function convForm(
  context: LoweringContext,
  node: Node,
  weightShape: readonly number[],
): {
  readonly oihw: readonly [number, number, number, number];
  readonly geometry: Conv2dGeometry;
  readonly groups: number;
  readonly depthwise: boolean;
} {
  const [outChannels, groupIn, ...kernel] = weightShape as [number, number, ...number[]];
  const [kernelH, kernelW] = kernel.length === 1 ? [1, kernel[0]!] : [kernel[0]!, kernel[1]!];
  const groups = intAttribute(node, 'group', 1);
  const inShape = shapeOf(context, node.inputs[0]!);
  return {
    oihw: [outChannels, groupIn, kernelH, kernelW],
    geometry: geometry2d(windowOf(node, kernel, inShape, shapeOf(context, node.outputs[0]!))),
    groups,
    depthwise: groups === inShape[1] && groupIn === 1 && groups > 1,
  };
}

/** A ConvTranspose of one group over one or two spatial axes as the kernels see it: two axes. */
export function convTransposeForm(
  context: LoweringContext,
  node: Node,
  weightShape: readonly number[],
): { readonly iohw: readonly [number, number, number, number]; readonly geometry: Conv2dGeometry } {
  const [inChannels, outChannels, ...kernel] = weightShape as [number, number, ...number[]];
  const [kernelH, kernelW] = kernel.length === 1 ? [1, kernel[0]!] : [kernel[0]!, kernel[1]!];
  // The padding of a transposed convolution is that of the convolution it transposes: the roles of in and out change.
  const mirrored = transposedWindow(context.graph, node);
  return {
    iohw: [inChannels, outChannels, kernelH, kernelW],
    geometry: geometry2d({
      ...mirrored,
      input: mirrored.output,
      output: mirrored.input,
      channels: inChannels,
    }),
  };
}
