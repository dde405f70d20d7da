/** Pools of 16-bit codes: maxima, and averages as sums with weights of 1. */
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import {
  activationQuant,
  contiguousIn,
  defineValue,
  type LoweringContext,
  shapeOf,
} from '../shared/context.ts';
import { codeRange, targetOf } from '../shared/fused-activation.ts';
import { localWindow, spatialShape } from '../shared/pool-window.ts';
import { channelsLast } from '../shared/views.ts';
import { requantizingConstants } from '../shared/weights.ts';
import { averageWithoutKernel, geometry2d, globalWindow, type Window } from '../shared/window.ts';

/** The window of a pool, be it over all of the image. */
function windowFor(context: LoweringContext, node: Node): Window {
  return node.op === 'MaxPool' || node.op === 'AveragePool'
    ? localWindow(context, node)
    : globalWindow(spatialShape(context, node));
}

/** Codes keep their order under another scale, but not their numbers. */
export function takesMaximum(context: LoweringContext, node: Node): boolean {
  const [from, to] = [node.inputs[0]!, node.outputs[0]!].map((name) => activationQuant(context, name, node));
  return isImage(context, node) && (node.outputs[1] ?? '') === '' && from!.scale === to!.scale;
}

/** Windows that all have as many elements, as the padding is counted or there is none. */
export function takesAverage(context: LoweringContext, node: Node): boolean {
  if (!isImage(context, node)) return false;
  if (node.op !== 'AveragePool') return true;
  const { kernel, input, output, strides, padBegin } = localWindow(context, node);
  const inside = kernel.every(
    (size, axis) => padBegin[axis] === 0 && (output[axis]! - 1) * strides[axis]! + size <= input[axis]!,
  );
  return (
    averageWithoutKernel(context.graph, node) === null &&
    (inside || intAttribute(node, 'count_include_pad', 0) !== 0)
  );
}

function isImage(context: LoweringContext, node: Node): boolean {
  const { length } = shapeOf(context, node.inputs[0]!);
  return length === 3 || length === 4;
}

export function lowerMaximum(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const layout = channelsLast(shapeOf(context, x).length);
  const { inChannels: channels, ...geometry } = geometry2d(windowFor(context, node));
  const [actMin, actMax] = codeRange(context);
  context.steps.push({
    kernel: 'max_pool2d_s16',
    name: node.name,
    inputs: [contiguousIn(context, x, node, layout)],
    constants: [],
    outputs: [defineValue(context, value, activationQuant(context, value, node), layout)],
    params: { ...geometry, channels, actMin, actMax },
  });
}

export function lowerAverage(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const layout = channelsLast(shapeOf(context, x).length);
  const geometry = geometry2d(windowFor(context, node));
  const { kernelH, kernelW, inChannels } = geometry;
  const count = kernelH * kernelW;
  const target = targetOf(context, node);
  const inputs = [contiguousIn(context, x, node, layout)];
  const outputs = [defineValue(context, target.value, target.quant, layout)];
  const ones = {
    data: new Int8Array(count * inChannels).fill(1),
    shape: [kernelH, kernelW, inChannels],
    scale: new Float32Array(inChannels).fill(1 / count),
  };
  const bias = new Int32Array(inChannels);
  const input = activationQuant(context, x, node);
  context.steps.push({
    kernel: 'depthwise_conv2d_s16',
    name: node.name,
    inputs,
    constants: requantizingConstants(context, node, ones, bias, input, target.quant),
    outputs,
    params: { ...geometry, depthMultiplier: 1, actMin: target.actMin, actMax: target.actMax },
  });
}
