/** Constants where kernels take activations. */
import type { Node, Tensor } from '../../graph/types.ts';
import { asFloat32 } from '../../ops/arrays.ts';
import { dequantizeTensor } from '../../ops/quant.ts';
import { clamp } from '../../program/kernels/common.ts';
import { type ActivationQuant, addConstant, type LoweringContext } from './context.ts';
import { plainLayout, type View, wholeView } from './views.ts';

/** A constant as real numbers, whether the model holds it in float or as codes; null for what is no constant. */
export function realConstant({ graph }: Pick<LoweringContext, 'graph'>, name: string): Tensor | null {
  const constant = graph.constants.get(name);
  if (constant === undefined) return null;
  const quant = graph.values.get(name)?.quant ?? null;
  return quant === null
    ? { ...constant, dtype: 'float32', data: asFloat32(constant.data) }
    : dequantizeTensor(constant, quant);
}

/** Codes of real numbers in a quantisation that is given, saturated; infinite numbers are the outermost codes. */
export function codesIn(values: ArrayLike<number>, { scale, zeroPoint }: ActivationQuant): Int8Array {
  return Int8Array.from(values, (value) => clamp(Math.round(value / scale) + zeroPoint, -128, 127));
}

/** Codes in flash, row-major. */
export function constantView(
  context: LoweringContext,
  node: Node,
  codes: Int8Array | Int16Array,
  shape: readonly number[],
): View {
  const tensor = addConstant(context, `${node.name}_operand`, codes, shape);
  return wholeView(tensor, shape, plainLayout(shape.length));
}
