/** Sums and products with one constant per channel, as a depthwise convolution of one tap: rounded once. */
import type { Node } from '../../graph/types.ts';
import { channelAffine } from '../../passes/channel-affine.ts';
import {
  activationQuant,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  shapeOf,
  viewOfContext,
} from '../shared/context.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { channelsLast } from '../shared/views.ts';
import { requantizingConstants } from '../shared/weights.ts';
import { geometry2d, pointwise } from '../shared/window.ts';

/** The code of a factor: the bias is counted in steps of the input's scale / 64. */
const ONE = 64;
/** Biases stay below, far from overflow. */
const LARGEST_BIAS = 2 ** 30;

/** Lowers the node if it is an affine map per channel (axis 1); tells whether it is. */
export function lowerAffine(context: LoweringContext, node: Node): boolean {
  const affine = channelAffine(viewOfContext(context), node);
  if (affine === null || shapeOf(context, affine.x).length < 2) return false;
  const { x, scale, shift } = affine;
  const shape = shapeOf(context, x);
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const layout = channelsLast(shape.length);
  const source = contiguousIn(context, x, node, layout);
  const destination = defineValue(context, target.value, target.quant, layout);
  const channels = shape[1]!;
  const steps = Float32Array.from(scale, (factor, c) => {
    // Where the shift does not fit, the product is nothing beside it.
    const least = Math.abs(shift[c]!) / input.scale / LARGEST_BIAS;
    return Math.max(Math.abs(factor) / ONE, least) || 1;
  });
  const weights = {
    data: Int8Array.from(scale, (factor, c) => Math.round(factor / steps[c]!)),
    shape: [1, 1, channels],
    scale: steps,
  };
  const bias = Int32Array.from(shift, (value, c) => Math.round(value / input.scale / steps[c]!));
  context.steps.push({
    kernel: 'depthwise_conv2d_s8',
    name: node.name,
    inputs: [source],
    outputs: [destination],
    constants: requantizingConstants(context, node, weights, bias, input, target.quant),
    params: {
      ...geometry2d(pointwise(elements(shape) / channels, channels)),
      depthMultiplier: 1,
      inputOffset: -input.zeroPoint,
      outputOffset: target.quant.zeroPoint,
      actMin: target.actMin,
      actMax: target.actMax,
    },
  });
  return true;
}
