/** Which activation goes into the clamp of the step that produces its input, and with which limits. */
import type { Node } from '../../graph/types.ts';
import { limitCodes, limitsOf } from '../../passes/limits.ts';
import { type ActivationQuant, activationQuant, type LoweringContext } from '../shared/context.ts';

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
    const limits = limitsOf(context.graph, reader);
    const [activated] = reader.outputs as readonly [string];
    if (limits !== null && context.quants.has(activated)) {
      context.fused.add(reader);
      const quant = activationQuant(context, activated, reader);
      const { min, max } = limitCodes(limits, quant, [-128, 127]);
      return { value: activated, quant, actMin: min, actMax: max };
    }
  }
  return { value: output, quant: activationQuant(context, output, node), actMin: -128, actMax: 127 };
}
