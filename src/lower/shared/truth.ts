/** Truth values: codes 0 and 1. */
import type { Node } from '../../graph/types.ts';
import { constantView } from './constant-codes.ts';
import { type ActivationQuant, type LoweringContext, TRUTH, viewOf } from './context.ts';
import type { View } from './views.ts';

/** A truth value: as a comparison left it, or a constant. */
export function truthOperand(
  context: LoweringContext,
  node: Node,
  name: string,
): { readonly view: View; readonly quant: ActivationQuant } {
  const constant = context.graph.constants.get(name);
  const view =
    constant === undefined
      ? viewOf(context, name, node)
      : constantView(context, node, Int8Array.from(constant.data as Uint8Array), constant.shape);
  return { view, quant: TRUTH };
}
