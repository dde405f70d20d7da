/** Conv, ConvTranspose and Gemm of 16-bit activations and 8-bit weights. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import type { TensorId } from '../../program/types.ts';
import {
  activationQuant,
  contiguous,
  defineValue,
  describe,
  type LoweringContext,
  shapeOf,
  viewOf,
} from '../shared/context.ts';
import { convForm, convTransposeForm } from '../shared/conv-form.ts';
import { type Target, targetOf } from '../shared/fused-activation.ts';
import { permute, reorderColumns } from '../shared/permute.ts';
import { quantizedBias, quantizedWeights, requantizingConstants } from '../shared/weights.ts';

type Weights = ReturnType<typeof quantizedWeights>;

/** Sums of 64 bits are shifted left by at most so much. */
export const MOST_SHIFT = 7;

/** Weights, bias, multipliers and shifts. @param data in the order of the kernel, with its shape */
function constantsOf(
  context: LoweringContext,
  node: Node,
  weights: Weights,
  data: Int8Array,
  shape: readonly number[],
  target: Target,
): readonly TensorId[] {
  const input = activationQuant(context, node.inputs[0]!, node);
  const bias = quantizedBias(context, node, node.inputs[2] ?? '', input.scale, weights.scale);
  const constants = requantizingConstants(
    context,
    node,
    { ...weights, data, shape },
    bias,
    input,
    target.quant,
  );
  const { storage } = context.tensors[constants[3]!]!;
  if (storage.kind === 'constant' && storage.data.some((shift) => shift > MOST_SHIFT)) {
    throw new TinymlError('E_QUANT', 'the output scale is too small for those of input and weights', {
      at: describe(node),
      hint: 'quantise the model again: the scales of neighbouring tensors are too far apart',
    });
  }
  return constants;
}

export function lowerConv(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const weights = quantizedWeights(context, node, w, 0);
  const target = targetOf(context, node);
  const { oihw, geometry, groups, depthwise } = convForm(context, node, weights.shape);
  const [outChannels, groupIn, kernelH, kernelW] = oihw;
  const data = permute(weights.data, oihw, depthwise ? [1, 2, 3, 0] : [0, 2, 3, 1]);
  const shape = depthwise ? [kernelH, kernelW, outChannels] : [outChannels, kernelH, kernelW, groupIn];
  const inputs = [contiguous(context, x, node)];
  const outputs = [defineValue(context, target.value, target.quant)];
  const constants = constantsOf(context, node, weights, data, shape, target);
  const { actMin, actMax } = target;
  const operands = { name: node.name, inputs, constants, outputs };
  context.steps.push(
    depthwise
      ? {
          kernel: 'depthwise_conv2d_s16',
          ...operands,
          params: { ...geometry, depthMultiplier: outChannels / groups, actMin, actMax },
        }
      : { kernel: 'conv2d_s16', ...operands, params: { ...geometry, outChannels, groups, actMin, actMax } },
  );
}

/** One group, on one or two axes. */
export function takesConvTranspose(context: LoweringContext, node: Node): boolean {
  const { length } = shapeOf(context, node.inputs[0]!);
  return (length === 3 || length === 4) && intAttribute(node, 'group', 1) === 1;
}

export function lowerConvTranspose(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const weights = quantizedWeights(context, node, w, 1);
  const target = targetOf(context, node);
  const { iohw, geometry } = convTransposeForm(context, node, weights.shape);
  const [inChannels, outChannels, kernelH, kernelW] = iohw;
  const data = permute(weights.data, iohw, [1, 2, 3, 0]);
  const shape = [outChannels, kernelH, kernelW, inChannels];
  const { actMin, actMax } = target;
  context.steps.push({
    kernel: 'conv_transpose2d_s16',
    name: node.name,
    inputs: [contiguous(context, x, node)],
    outputs: [defineValue(context, target.value, target.quant)],
    constants: constantsOf(context, node, weights, data, shape, target),
    params: { ...geometry, outChannels, actMin, actMax },
  });
}

export function lowerGemm(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const weights = quantizedWeights(context, node, w, 0);
  const target = targetOf(context, node);
  const [rows] = shapeOf(context, x) as readonly [number];
  const [outFeatures, inFeatures] = weights.shape as [number, number];
  const order = context.featureOrders.get(x);
  const source = order === undefined ? contiguous(context, x, node) : viewOf(context, x, node).tensor;
  const data = order === undefined ? weights.data : reorderColumns(weights.data, outFeatures, order);
  const destination = defineValue(context, target.value, target.quant);
  const { actMin, actMax } = target;
  context.steps.push({
    kernel: 'fully_connected_s16',
    name: node.name,
    inputs: [source],
    constants: constantsOf(context, node, weights, data, weights.shape, target),
    outputs: [destination],
    params: { rows, inFeatures, outFeatures, actMin, actMax },
  });
}
