/** Which activation goes into the clamp of the step that produces its input, and with which limits. */
import type { Node } from '../../graph/types.ts';
import { type Limits, limitCodes, limitsOf } from '../../passes/limits.ts';
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
  const activation = activationBehind(context, output);
  if (activation === null) {
    const [actMin, actMax] = codeRange(context);
    return { value: output, quant: activationQuant(context, output, node), actMin, actMax };
  }
  context.fused.add(activation.node);
  const [value] = activation.node.outputs as readonly [string];
  const quant = activationQuant(context, value, activation.node);
  const { min, max } = limitCodes(activation.limits, quant, codeRange(context));
  return { value, quant, actMin: min, actMax: max };
}

/** The lowest and the highest code of what a node computes with. */
export function codeRange({ storage }: LoweringContext): readonly [lowest: number, highest: number] {
  return storage === 'int16' ? [-32768, 32767] : [-128, 127];
}

/** The Relu or Clip with codes that alone reads a value without codes; null where there is none. */
export function activationBehind(
  { graph, quants, consumers, outputValues }: LoweringContext,
  output: string,
): { readonly node: Node; readonly limits: Limits } | null {
  const [node, ...others] = consumers.get(output) ?? [];
  if (quants.has(output) || outputValues.has(output) || node === undefined || others.length > 0) return null;
  const limits = limitsOf(graph, node);
  return limits !== null && quants.has(node.outputs[0]!) ? { node, limits } : null;
}
