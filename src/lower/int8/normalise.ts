/** Normalisations by the statistics of each run: over axes, instances and groups (normalize_s8), over channels (lrn_s8). */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { LRN_TABLE, MOST_LRN_CHANNELS } from '../../program/kernels/lrn-s8.ts';
import { MOST_NORMALIZED, NORMALIZE_BITS } from '../../program/kernels/normalize-s8.ts';
import {
  activationQuant,
  addConstant,
  contiguousIn,
  defineValue,
  describe,
  elements,
  type LoweringContext,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { normalisedForm } from '../shared/normalised-form.ts';
import { channelsLast } from '../shared/views.ts';

/** Beta may be so many times as large as gamma before gamma loses bits. */
const BETA_ROOM = 2 ** 9;

export function lowerNormalization(context: LoweringContext, node: Node): void {
  if (node.outputs.slice(1).some((name) => name !== '' && isRead(context, name))) {
    throw unsupported(
      node,
      `${node.op} has no int8 form for its statistics as outputs`,
      'leave its other outputs unread',
    );
  }
  const [x] = node.inputs as readonly [string];
  const {
    layout,
    positions,
    groups,
    channels,
    centred,
    epsilon: least,
    gamma,
    beta,
  } = normalisedForm(context, node);
  const count = positions * channels;
  if (count > MOST_NORMALIZED) {
    throw unsupported(
      node,
      `${node.op} over more than ${MOST_NORMALIZED} numbers has no int8 kernel, and this one is over ${count}`,
      'normalise smaller parts (GroupNormalization with more groups), or make the image smaller before',
    );
  }
  const input = activationQuant(context, x, node);
  const target = targetOf(context, node);
  const source = contiguousIn(context, x, node, layout);
  const destination = defineValue(context, target.value, target.quant, layout);
  const unit = Math.max(largest(gamma), largest(beta) / BETA_ROOM) || 1;
  const fixed = quantizeMultiplier(unit / 2 ** NORMALIZE_BITS.normalised / target.quant.scale);
  if (fixed.shift > 0) {
    throw new TinymlError(
      'E_QUANT',
      `the scale of "${target.value}" is too small for what gamma makes of it`,
      {
        at: describe(node),
        hint: 'quantise the model again with data that reach all channels',
      },
    );
  }
  const epsilon = least * (count / input.scale) ** 2 * 2 ** NORMALIZE_BITS.variance;
  const { mantissa, shift: epsilonShift } = wide(epsilon);
  const codes = (values: Float32Array, bits: number): Int32Array =>
    Int32Array.from(values, (value) => Math.round((value / unit) * 2 ** bits));
  context.steps.push({
    kernel: 'normalize_s8',
    name: node.name,
    inputs: [source],
    constants: [
      addConstant(context, `${node.name}_gamma`, codes(gamma, NORMALIZE_BITS.gamma)),
      addConstant(context, `${node.name}_beta`, codes(beta, NORMALIZE_BITS.normalised)),
    ],
    outputs: [destination],
    params: {
      batch: elements(shapeOf(context, x)) / (count * groups),
      positions,
      groups,
      channels,
      centred: centred ? 1 : 0,
      epsilon: mantissa,
      epsilonShift,
      inputOffset: -input.zeroPoint,
      outputOffset: target.quant.zeroPoint,
      actMin: target.actMin,
      actMax: target.actMax,
      multiplier: fixed.multiplier,
      shift: fixed.shift,
    },
  });
}

/** A number from 0 on as mantissa * 2^shift, mantissa below 2^31 and shift up to 31; larger ones are the largest of these. */
function wide(value: number): { readonly mantissa: number; readonly shift: number } {
  const shift = Math.min(31, Math.max(0, Math.ceil(Math.log2(Math.max(value, 1))) - 30));
  return { mantissa: Math.min(Math.round(value / 2 ** shift), 2 ** 31 - 1), shift };
}

function isRead({ consumers, outputValues }: LoweringContext, name: string): boolean {
  return consumers.has(name) || outputValues.has(name);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
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
  const { mantissa, shift: biasShift } = wide(bias * 2 ** scale);
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
