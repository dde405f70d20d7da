/** Normalisations of 16-bit codes. */
import type { Node } from '../../graph/types.ts';
import type { LoweringContext } from '../shared/context.ts';
import { normalisationOf } from '../shared/normalisation.ts';

export function lowerNormalization(context: LoweringContext, node: Node): void {
  const { operands, params } = normalisationOf(context, node, 0);
  context.steps.push({ kernel: 'normalize_s16', ...operands, params });
}
