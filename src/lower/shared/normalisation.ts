/** What a normalisation becomes in integers, whatever bits its codes have. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
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
} from './context.ts';
import { targetOf } from './fused-activation.ts';
import { normalisedForm } from './normalised-form.ts';

/** Beta may be so many times as large as gamma before gamma loses bits. */
const BETA_ROOM = 2 ** 9;

/**
 * Operands and parameters of a kernel of normalisation.
 * @param varianceBits fraction bits of the variance of codes, and so of epsilon
 * @throws TinymlError E_OP for statistics that are read, or too many numbers; E_QUANT for scales too far apart
 */
export function normalisationOf(context: LoweringContext, node: Node, varianceBits: number) {
  if (node.outputs.slice(1).some((name) => name !== '' && isRead(context, name))) {
    throw unsupported(
      node,
      `${node.op} has no integer form for its statistics as outputs`,
      'leave its other outputs unread',
    );
  }
  const [x] = node.inputs as readonly [string];
  const form = normalisedForm(context, node);
  const { layout, positions, groups, channels, gamma, beta } = form;
  const count = positions * channels;
  if (count > MOST_NORMALIZED) {
    throw unsupported(
      node,
      `${node.op} over more than ${MOST_NORMALIZED} numbers has no integer kernel, and this one is over ${count}`,
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
  const epsilon = scaledTo31Bits(form.epsilon * (count / input.scale) ** 2 * 2 ** varianceBits);
  const codes = (values: Float32Array, bits: number): Int32Array =>
    Int32Array.from(values, (value) => Math.round((value / unit) * 2 ** bits));
  return {
    input,
    target,
    operands: {
      name: node.name,
      inputs: [source],
      constants: [
        addConstant(context, `${node.name}_gamma`, codes(gamma, NORMALIZE_BITS.gamma)),
        addConstant(context, `${node.name}_beta`, codes(beta, NORMALIZE_BITS.normalised)),
      ],
      outputs: [destination],
    },
    params: {
      batch: elements(shapeOf(context, x)) / (count * groups),
      positions,
      groups,
      channels,
      centred: form.centred ? 1 : 0,
      epsilon: epsilon.mantissa,
      epsilonShift: epsilon.shift,
      actMin: target.actMin,
      actMax: target.actMax,
      multiplier: fixed.multiplier,
      shift: fixed.shift,
    },
  };
}

/** A number from 0 on as mantissa * 2^shift, mantissa below 2^31 and shift up to 31; larger ones are the largest of these. */
export function scaledTo31Bits(value: number): { readonly mantissa: number; readonly shift: number } {
  const shift = Math.min(31, Math.max(0, Math.ceil(Math.log2(Math.max(value, 1))) - 30));
  return { mantissa: Math.min(Math.round(value / 2 ** shift), 2 ** 31 - 1), shift };
}

function isRead({ consumers, outputValues }: LoweringContext, name: string): boolean {
  return consumers.has(name) || outputValues.has(name);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
