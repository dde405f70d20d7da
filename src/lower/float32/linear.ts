/** Conv, ConvTranspose and Gemm: which have a kernel, and their steps. */
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { floatConstant, isNormalGemm, type OperandView } from '../../passes/match.ts';
import type { TensorId } from '../../program/types.ts';
import {
  addConstant,
  contiguous,
  defineValue,
  type LoweringContext,
  shapeOf,
  viewOf,
} from '../shared/context.ts';
import { convForm, convTransposeForm } from '../shared/conv-form.ts';
import { permute, reorderColumns } from '../shared/permute.ts';
import { MAX_EXTENT, transposedWindow } from '../shared/window.ts';
import { targetOf } from './activation.ts';
import { isImage, isWindow, optionalConstant } from './operands.ts';

/** Whether weights and bias are constants, with a bias per size of that axis of the weights. */
function hasLinearConstants({ graph }: OperandView, node: Node, outAxis = 0): boolean {
  const weights = floatConstant({ graph }, node.inputs[1]!);
  const bias = optionalConstant(graph, node.inputs[2] ?? '');
  if (weights === null || bias === null) return false;
  return bias === undefined || bias.data.length === weights.shape[outAxis];
}

export function hasConvKernel(view: OperandView, node: Node): boolean {
  return isImage(view, node) && isWindow(view, node) && hasLinearConstants(view, node);
}

/** One group; the padding is what the sizes of its input and output leave. */
export function hasConvTransposeKernel(view: OperandView, node: Node): boolean {
  if (!isImage(view, node) || !hasLinearConstants(view, node, 1)) return false;
  if (intAttribute(node, 'group', 1) !== 1) return false;
  const { kernel, input, strides, dilations, padBegin } = transposedWindow(view.graph, node);
  return [...kernel, ...input, ...strides, ...dilations, ...padBegin].every((size) => size <= MAX_EXTENT);
}

export function hasDenseKernel(view: OperandView, node: Node): boolean {
  return isNormalGemm(node) && hasLinearConstants(view, node);
}

function biasOf(context: LoweringContext, node: Node, length: number): TensorId {
  const bias = context.graph.constants.get(node.inputs[2] ?? '');
  const values = bias === undefined ? new Float32Array(length) : (bias.data as Float32Array);
  return addConstant(context, `${node.name}_bias`, values);
}

export function lowerConv(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const { shape, data } = context.graph.constants.get(w)!;
  const { oihw, geometry, groups, depthwise: alone } = convForm(context, node, shape);
  const [outChannels, groupIn, kernelH, kernelW] = oihw;
  // Several outputs of a channel are a group: vectors go across output channels there.
  const depthwise = alone && outChannels === groups;
  const target = targetOf(context, node);
  const source = contiguous(context, x, node);
  const destination = defineValue(context, target.value, null);
  const weights = permute(data as Float32Array, oihw, depthwise ? [1, 2, 3, 0] : [0, 2, 3, 1]);
  const order = depthwise ? [1, kernelH, kernelW, outChannels] : [outChannels, kernelH, kernelW, groupIn];
  const operands = {
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_weights`, weights, order),
      biasOf(context, node, outChannels),
      target.bounds,
    ],
    outputs: [destination],
  };
  context.steps.push(
    depthwise
      ? {
          kernel: 'depthwise_conv2d_f32',
          ...operands,
          params: { ...geometry, depthMultiplier: 1 },
        }
      : { kernel: 'conv2d_f32', ...operands, params: { ...geometry, outChannels, groups } },
  );
}

export function lowerConvTranspose(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const { shape, data } = context.graph.constants.get(w)!;
  const { iohw, geometry } = convTransposeForm(context, node, shape);
  const [inChannels, outChannels, kernelH, kernelW] = iohw;
  const target = targetOf(context, node);
  const source = contiguous(context, x, node);
  const destination = defineValue(context, target.value, null);
  const weights = permute(data as Float32Array, iohw, [1, 2, 3, 0]);
  context.steps.push({
    kernel: 'conv_transpose2d_f32',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_weights`, weights, [outChannels, kernelH, kernelW, inChannels]),
      biasOf(context, node, outChannels),
      target.bounds,
    ],
    outputs: [destination],
    params: { ...geometry, outChannels },
  });
}

export function lowerGemm(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const { shape, data } = context.graph.constants.get(w)!;
  const [outFeatures, inFeatures] = shape as readonly [number, number];
  const [rows] = shapeOf(context, x) as readonly [number];
  const order = context.featureOrders.get(x);
  const target = targetOf(context, node);
  const source = order === undefined ? contiguous(context, x, node) : viewOf(context, x, node).tensor;
  const destination = defineValue(context, target.value, null);
  const given = data as Float32Array;
  const weights = order === undefined ? given : reorderColumns(given, outFeatures, order);
  context.steps.push({
    kernel: 'fully_connected_f32',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_weights`, weights, shape),
      biasOf(context, node, outFeatures),
      target.bounds,
    ],
    outputs: [destination],
    params: { rows, inFeatures, outFeatures },
  });
}
