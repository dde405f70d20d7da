/** Conv, ConvTranspose: weights to OHWI or depthwise order, geometry, fused activation. */
import type { Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import {
  activationQuant,
  addConstant,
  contiguous,
  defineValue,
  type LoweringContext,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { convForm, convTransposeForm } from '../shared/conv-form.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { permute } from '../shared/permute.ts';
import { quantizedBias, quantizedWeights, requantizingConstants } from '../shared/weights.ts';
import { packLayer } from './four-bits.ts';

export function lowerConv(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const inShape = shapeOf(context, x);
  if (inShape.length < 3 || inShape.length > 4) {
    throw unsupported(
      node,
      `Conv on ${inShape.length - 2} spatial axes has no int8 kernel`,
      'use convolutions on one or two axes: the third can be channels, or a loop of the application',
    );
  }
  const weights = quantizedWeights(context, node, w, 0);
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const bias = quantizedBias(context, node, node.inputs[2] ?? '', input.scale, weights.scale);
  const source = contiguous(context, x, node);
  const destination = defineValue(context, target.value, target.quant);
  const { oihw, geometry, groups, depthwise } = convForm(context, node, weights.shape);
  const [outChannels, groupIn, kernelH, kernelW] = oihw;
  const clamps = {
    inputOffset: -input.zeroPoint,
    outputOffset: target.quant.zeroPoint,
    actMin: target.actMin,
    actMax: target.actMax,
  };
  const operands = { name: node.name, inputs: [source], outputs: [destination] };
  if (depthwise) {
    const packed = {
      ...weights,
      data: permute(weights.data, oihw, [1, 2, 3, 0]),
      shape: [kernelH, kernelW, outChannels],
    };
    context.steps.push({
      kernel: 'depthwise_conv2d_s8',
      ...operands,
      constants: requantizingConstants(context, node, packed, bias, input, target.quant),
      params: { ...geometry, depthMultiplier: outChannels / groups, ...clamps },
    });
    return;
  }
  const packed = {
    ...weights,
    data: permute(weights.data, oihw, [0, 2, 3, 1]),
    shape: [outChannels, kernelH, kernelW, groupIn],
  };
  const form = packLayer(packed.data, weights.fourBits, {
    ...{ channels: outChannels / groups, taps: kernelH * kernelW, inputs: groupIn },
    positions: geometry.batch * geometry.outH * geometry.outW,
  });
  if (form !== null) {
    const { rowSize } = form.rows;
    const halves = { ...weights, data: form.packed.weights, shape: [outChannels, rowSize / 2] };
    const [codes, ...others] = requantizingConstants(context, node, halves, bias, input, target.quant);
    const factors = addConstant(context, `${node.name}_factors`, form.packed.factors);
    context.steps.push({
      kernel: 'conv2d_s4',
      ...operands,
      constants: [codes!, factors, ...others],
      params: { ...geometry, outChannels, groups, ...clamps, ...form.rows },
    });
    return;
  }
  context.steps.push({
    kernel: 'conv2d_s8',
    ...operands,
    constants: requantizingConstants(context, node, packed, bias, input, target.quant),
    params: { ...geometry, outChannels, groups, ...clamps },
  });
}

export function lowerConvTranspose(context: LoweringContext, node: Node): void {
  const [x, w] = node.inputs as readonly [string, string];
  const inShape = shapeOf(context, x);
  if (inShape.length < 3 || inShape.length > 4) {
    throw unsupported(
      node,
      `ConvTranspose on ${inShape.length - 2} spatial axes has no int8 kernel`,
      'use transposed convolutions on one or two axes',
    );
  }
  if (intAttribute(node, 'group', 1) !== 1) {
    throw unsupported(
      node,
      'ConvTranspose with several groups has no int8 kernel',
      'write it as Split, one ConvTranspose for each group, Concat',
    );
  }
  const weights = quantizedWeights(context, node, w, 1);
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const bias = quantizedBias(context, node, node.inputs[2] ?? '', input.scale, weights.scale);
  const source = contiguous(context, x, node);
  const destination = defineValue(context, target.value, target.quant);
  const { iohw, geometry } = convTransposeForm(context, node, weights.shape);
  const [inChannels, outChannels, kernelH, kernelW] = iohw;
  const packed = {
    ...weights,
    data: permute(weights.data, iohw, [1, 2, 3, 0]),
    shape: [outChannels, kernelH, kernelW, inChannels],
  };
  context.steps.push({
    kernel: 'conv_transpose2d_s8',
    name: node.name,
    inputs: [source],
    outputs: [destination],
    constants: requantizingConstants(context, node, packed, bias, input, target.quant),
    params: {
      ...geometry,
      outChannels,
      inputOffset: -input.zeroPoint,
      outputOffset: target.quant.zeroPoint,
      actMin: target.actMin,
      actMax: target.actMax,
    },
  });
}
