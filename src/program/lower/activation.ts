/** Which activation goes into the clamp of the step that produces its input, and with which limits. */
import type { Node } from '../../graph/types.ts';
import { type ActivationQuant, activationQuant, type LoweringContext } from './context.ts';

/** Where a step writes: the value, its quantisation and the clamp of its fused activation. */
export type Target = {
  readonly value: string;
  readonly quant: ActivationQuant;
  readonly actMin: number;
  readonly actMax: number;
};

/**
 * The value that a computing node really produces: its own output, or that of the Relu or Clip that alone reads an
 * output without quantisation of its own. Marks that activation as fused.
 */
export function targetOf(context: LoweringContext, node: Node): Target {
  const [output] = node.outputs as readonly [string];
  if (context.quants.has(output)) {
    return { value: output, quant: activationQuant(context, output, node), actMin: -128, actMax: 127 };
  }
  const readers = context.consumers.get(output) ?? [];
  const [reader] = readers;
  if (reader !== undefined && readers.length === 1 && !context.outputValues.has(output)) {
    const bounds = clampBounds(context, reader);
    const [activated] = reader.outputs as readonly [string];
    if (bounds !== null && context.quants.has(activated)) {
      context.fused.add(reader);
      const quant = activationQuant(context, activated, reader);
      return { value: activated, quant, ...clampCodes(bounds, quant) };
    }
  }
  return { value: output, quant: activationQuant(context, output, node), actMin: -128, actMax: 127 };
}

/** Real bounds of a Relu or of a Clip with constant bounds; null for anything else. */
function clampBounds(context: LoweringContext, node: Node): { min: number; max: number } | null {
  if (node.op === 'Relu') return { min: 0, max: Number.POSITIVE_INFINITY };
  if (node.op !== 'Clip') return null;
  const bound = (index: number, absent: number): number | null => {
    const name = node.inputs[index] ?? '';
    if (name === '') return absent;
    const constant = context.graph.constants.get(name);
    return constant === undefined ? null : Number(constant.data[0]);
  };
  const min = bound(1, Number.NEGATIVE_INFINITY);
  const max = bound(2, Number.POSITIVE_INFINITY);
  return min === null || max === null ? null : { min, max };
}

/** TFLite's activation range: bounds divided by the scale, rounded half away from zero, plus the zero point. */
function clampCodes(
  { min, max }: { min: number; max: number },
  { scale, zeroPoint }: ActivationQuant,
): { actMin: number; actMax: number } {
  const code = (real: number): number => zeroPoint + Math.sign(real) * Math.round(Math.abs(real) / scale);
  return {
    actMin: Number.isFinite(min) ? Math.min(127, Math.max(-128, code(min))) : -128,
    actMax: Number.isFinite(max) ? Math.max(-128, Math.min(127, code(max))) : 127,
  };
}
