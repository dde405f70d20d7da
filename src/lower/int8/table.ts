/** Unary functions of one int8 as tables of 256 entries: activations, requantisation, arithmetic with scalars. */
import type { Node, Tensor } from '../../graph/types.ts';
import { quantizeMultiplier, requantize } from '../../numbers/fixed-point.ts';
import { operators } from '../../ops/index.ts';
import { clamp } from '../../program/kernels/common.ts';
import type { TensorId } from '../../program/types.ts';
import { type ActivationQuant, addConstant, type LoweringContext, unsupported } from '../shared/context.ts';

/** Entries by fixed-point requantisation, as TFLite rescales between two quantisations. */
export function requantizeTable(
  from: ActivationQuant,
  to: ActivationQuant,
  actMin = -128,
  actMax = 127,
): Int8Array {
  const { multiplier, shift } = quantizeMultiplier(from.scale / to.scale);
  return Int8Array.from({ length: 256 }, (_, i) =>
    clamp(requantize(i - 128 - from.zeroPoint, multiplier, shift) + to.zeroPoint, actMin, actMax),
  );
}

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

export function pushTable(
  context: LoweringContext,
  node: Node,
  source: TensorId,
  destination: TensorId,
  size: number,
  table: Int8Array,
): void {
  context.steps.push({
    kernel: 'lut_s8',
    name: node.name,
    inputs: [source],
    constants: [addConstant(context, `${node.name}_table`, table)],
    outputs: [destination],
    params: { size },
  });
}
