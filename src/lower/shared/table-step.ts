/** Steps that look codes up in a table of 256 entries. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier, requantize } from '../../numbers/fixed-point.ts';
import { clamp } from '../../program/kernels/common.ts';
import type { TensorId } from '../../program/types.ts';
import { type ActivationQuant, addConstant, type LoweringContext } from './context.ts';

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
