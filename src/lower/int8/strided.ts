/** Operands of kernels that broadcast: how each lies, and what its codes mean. */
import type { Node } from '../../graph/types.ts';
import { constantView } from '../shared/constant-codes.ts';
import { type ActivationQuant, activationQuant, type LoweringContext, viewOf } from '../shared/context.ts';
import type { View } from '../shared/views.ts';
import { recodedConstant } from './constant-operand.ts';

/** Where the codes of an operand lie, in its own shape, and what they mean. */
export type StridedOperand = { readonly view: View; readonly quant: ActivationQuant };

/**
 * An activation where it lies, or a constant in flash at a scale of its own.
 * @param meaning what of a constant counts
 * @throws TinymlError E_OP if a number of a constant that counts is not finite; E_QUANT as `activationQuant`
 */
export function stridedOperand(
  context: LoweringContext,
  node: Node,
  name: string,
  meaning: (value: number) => number = (value) => value,
): StridedOperand {
  const constant = context.graph.constants.get(name);
  if (constant === undefined) {
    return { view: viewOf(context, name, node), quant: activationQuant(context, name, node) };
  }
  const { codes, quant } = recodedConstant(context, node, name, meaning);
  return { view: constantView(context, node, codes, constant.shape), quant };
}

/** All real numbers that codes of a quantisation stand for, by code. */
export function realsOf({ scale, zeroPoint }: ActivationQuant): Float64Array {
  return Float64Array.from({ length: 256 }, (_, i) => scale * (i - 128 - zeroPoint));
}
