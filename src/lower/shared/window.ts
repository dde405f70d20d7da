/** Geometry of sliding windows: kernel, strides, dilations and the padding at the begin of each axis. */
import type { Graph, Node } from '../../graph/types.ts';
import { intAttribute, intsAttribute, stringAttribute } from '../../ops/attributes.ts';
import { convTransposeWindow } from '../../ops/conv.ts';
import { reachesBeyondPadding, slidingWindow } from '../../ops/window.ts';
import type { Conv2dGeometry } from '../../program/kernels/common.ts';

/** One entry per spatial axis. */
export type Window = {
  readonly batch: number;
  readonly channels: number;
  readonly input: readonly number[];
  readonly output: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padBegin: readonly number[];
};

/** Shapes are ONNX shapes: N, C, then the spatial axes. */
export function windowOf(
  node: Node,
  kernel: readonly number[],
  inShape: readonly number[],
  outShape: readonly number[],
): Window {
  const rank = kernel.length;
  const ones = new Array<number>(rank).fill(1);
  const strides = intsAttribute(node, 'strides', ones);
  const dilations = intsAttribute(node, 'dilations', ones);
  const input = inShape.slice(2);
  const output = outShape.slice(2);
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const padBegin = kernel.map((size, axis) => {
    if (autoPad === 'NOTSET') return intsAttribute(node, 'pads', new Array<number>(2 * rank).fill(0))[axis]!;
    if (autoPad === 'VALID') return 0;
    const reach = (output[axis]! - 1) * strides[axis]! + (size - 1) * dilations[axis]! + 1;
    const total = Math.max(reach - input[axis]!, 0);
    return autoPad === 'SAME_LOWER' ? Math.ceil(total / 2) : Math.floor(total / 2);
  });
  return { batch: inShape[0]!, channels: inShape[1]!, input, output, kernel, strides, dilations, padBegin };
}

/** The window of the convolution that a ConvTranspose transposes: its input is the output of the node. */
export function transposedWindow(graph: Graph, node: Node): Window {
  const inputs = node.inputs.map((name) =>
    name === ''
      ? null
      : { dtype: graph.values.get(name)!.dtype, shape: graph.values.get(name)!.shape, data: null },
  );
  const [batch = 1, channels = 1] = graph.values.get(node.outputs[0]!)!.shape;
  return { batch, channels, ...convTransposeWindow(node, inputs) };
}

/** What of an AveragePool the kernels of averages, in integers and in float, cannot express; null where they can. */
export function averageWithoutKernel(graph: Graph, node: Node): string | null {
  const input = graph.values.get(node.inputs[0]!)!.shape.slice(2);
  const ceil = intAttribute(node, 'ceil_mode', 0) !== 0;
  const window = slidingWindow(node, input, intsAttribute(node, 'kernel_shape', []), ceil);
  if (window.dilations.some((dilation) => dilation !== 1)) return 'AveragePool with dilations';
  if (intAttribute(node, 'count_include_pad', 0) !== 0) {
    return reachesBeyondPadding(window) ? 'AveragePool of windows beyond the padding that it counts' : null;
  }
  return seesInput(window) ? null : 'AveragePool with windows that lie wholly in the padding';
}

/** Whether every window has an element of the input. */
function seesInput({
  input,
  output,
  kernel,
  strides,
  padBegin,
}: Pick<Window, 'input' | 'output' | 'kernel' | 'strides' | 'padBegin'>): boolean {
  return input.every((size, axis) => {
    const lastStart = (output[axis]! - 1) * strides[axis]! - padBegin[axis]!;
    return padBegin[axis]! < kernel[axis]! && lastStart < size;
  });
}

/** A window over the whole spatial extent. */
export function globalWindow(inShape: readonly number[]): Window {
  const input = inShape.slice(2);
  const ones = input.map(() => 1);
  return {
    batch: inShape[0]!,
    channels: inShape[1]!,
    input,
    output: ones,
    kernel: input,
    strides: ones,
    dilations: ones,
    padBegin: input.map(() => 0),
  };
}

/** As the kernels take it: one spatial axis becomes a row of height 1. */
export function geometry2d(window: Window): Conv2dGeometry {
  const pair = (values: readonly number[], absent: number): readonly [number, number] =>
    values.length === 1 ? [absent, values[0]!] : [values[0]!, values[1]!];
  const [inH, inW] = pair(window.input, 1);
  const [outH, outW] = pair(window.output, 1);
  const [kernelH, kernelW] = pair(window.kernel, 1);
  const [strideH, strideW] = pair(window.strides, 1);
  const [dilationH, dilationW] = pair(window.dilations, 1);
  const [padTop, padLeft] = pair(window.padBegin, 0);
  return {
    batch: window.batch,
    inH,
    inW,
    inChannels: window.channels,
    outH,
    outW,
    kernelH,
    kernelW,
    strideH,
    strideW,
    dilationH,
    dilationW,
    padTop,
    padLeft,
  };
}

/** What the engine lets a window walk along one axis. */
export const MAX_EXTENT = 2 ** 20;

/** A window of one position over rows of channels: along one axis where it can be so long, else as a batch. */
export function pointwise(rows: number, channels: number): Window {
  const [batch, width] = rows <= MAX_EXTENT ? [1, rows] : [rows, 1];
  const row = { input: [width], output: [width], kernel: [1], strides: [1], dilations: [1], padBegin: [0] };
  return { batch, channels, ...row };
}
