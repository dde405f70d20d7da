/** Unary functions of one int8 as tables of 256 entries: activations, requantisation, arithmetic with scalars. */
import type { Node, Tensor } from '../../graph/types.ts';
import { operators } from '../../ops/index.ts';
import { clamp } from '../../program/kernels/common.ts';
import { type ActivationQuant, type LoweringContext, unsupported } from '../shared/context.ts';

/** Entries by the operator's float meaning: round_half_away(f(real) / scale) + zero point, saturated. */
export function functionTable(
  context: LoweringContext,
  node: Node,
  from: ActivationQuant,
  to: ActivationQuant,
): Int8Array {
  const operator = operators.get(node.op);
  if (operator === undefined) throw unsupported(node, `${node.op} has no int8 kernel`);
  const domain = Float32Array.from({ length: 256 }, (_, i) => from.scale * (i - 128 - from.zeroPoint));
  const inputs = node.inputs.map((name): Tensor | null => {
    if (name === '') return null;
    const constant = context.graph.constants.get(name);
    if (constant === undefined) return { dtype: 'float32', shape: [256], data: domain };
    return { ...constant, shape: constant.shape.length === 0 ? [] : [1] };
  });
  const values = operator.run(node, inputs)[0]!.data as Float32Array;
  return Int8Array.from(values, (real) => {
    const scaled = real / to.scale;
    const rounded = Math.sign(scaled) * Math.round(Math.abs(scaled));
    return clamp((Number.isNaN(rounded) ? 0 : rounded) + to.zeroPoint, -128, 127);
  });
}
