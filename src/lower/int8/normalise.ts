/** Normalisations by the statistics of each run: over axes, instances and groups (normalize_s8), over channels (lrn_s8). */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { LRN_TABLE, MOST_LRN_CHANNELS } from '../../program/kernels/lrn-s8.ts';
import { NORMALIZE_BITS } from '../../program/kernels/normalize-s8.ts';
import {
  activationQuant,
  addConstant,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { normalisationOf, scaledTo31Bits } from '../shared/normalisation.ts';
import { channelsLast } from '../shared/views.ts';

export function lowerNormalization(context: LoweringContext, node: Node): void {
  const { input, target, operands, params } = normalisationOf(context, node, NORMALIZE_BITS.variance);
  context.steps.push({
    kernel: 'normalize_s8',
    ...operands,
    params: { ...params, inputOffset: -input.zeroPoint, outputOffset: target.quant.zeroPoint },
  });
}

/** Local response normalisation: the power of the sum by a table of mantissas and one of exponents. */
export function lowerLrn(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const shape = shapeOf(context, x);
  const channels = shape[1]!;
  const [alpha, beta, bias] = [
    floatAttribute(node, 'alpha', 1e-4),
    floatAttribute(node, 'beta', 0.75),
    floatAttribute(node, 'bias', 1),
  ];
  const neighbours = intAttribute(node, 'size', 1) - 1;
  if (!(alpha >= 0 && beta >= 0 && bias >= 0 && alpha + bias > 0) || channels > MOST_LRN_CHANNELS) {
    throw unsupported(
      node,
      `LRN has an int8 kernel for alpha, beta and bias from 0 on and up to ${MOST_LRN_CHANNELS} channels only`,
      'train with BatchNormalization in its place',
    );
  }
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const layout = channelsLast(shape.length);
  const source = contiguousIn(context, x, node, layout);
  const destination = defineValue(context, target.value, target.quant, layout);
  // What is raised to a power, per unit of a squared code, as an integer at 2^scale; the bias stays below 2^62.
  const factor = (alpha / (neighbours + 1)) * input.scale ** 2;
  const scale = Math.floor(Math.min(30 - Math.log2(factor), 61 - Math.log2(bias)));
  const { mantissa, shift: biasShift } = scaledTo31Bits(bias * 2 ** scale);
  const powers = Array.from({ length: LRN_TABLE.exponents }, (_, exponent) =>
    // From 1 on nothing but the ends of the codes is left.
    quantizeMultiplier(
      Math.min(((2 ** (exponent - scale)) ** -beta * input.scale) / target.quant.scale / 2 ** 22, 0.999),
    ),
  );
  context.steps.push({
    kernel: 'lrn_s8',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(
        context,
        `${node.name}_mantissas`,
        Int32Array.from({ length: LRN_TABLE.mantissas }, (_, i) =>
          Math.round(2 ** 30 * (1 + i / 256) ** -beta),
        ),
      ),
      addConstant(
        context,
        `${node.name}_multiplier`,
        Int32Array.from(powers, ({ multiplier }) => multiplier),
      ),
      addConstant(
        context,
        `${node.name}_shift`,
        Int32Array.from(powers, ({ shift }) => shift),
      ),
    ],
    outputs: [destination],
    params: {
      positions: elements(shape) / channels,
      channels,
      before: Math.min(Math.floor(neighbours / 2), channels),
      after: Math.min(Math.ceil(neighbours / 2), channels),
      alpha: Math.round(factor * 2 ** scale),
      bias: mantissa,
      biasShift,
      inputOffset: -input.zeroPoint,
      outputOffset: target.quant.zeroPoint,
      actMin: target.actMin,
      actMax: target.actMax,
    },
  });
}
