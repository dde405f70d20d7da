/** Relu and Clip as limits: in real numbers, and in the codes of what they write. */
import type { Graph, Node } from '../graph/types.ts';

export type Limits = { readonly min: number; readonly max: number };

/**
 * Real limits of a Relu or of a Clip with constant bounds, min at most max; null for anything else. Where the bounds of a
 * Clip are the wrong way round, all is max (ONNX specification).
 */
export function limitsOf(
  { constants, values }: Pick<Graph, 'constants' | 'values'>,
  node: Node,
): Limits | null {
  if (node.op === 'Relu') return { min: 0, max: Number.POSITIVE_INFINITY };
  if (node.op !== 'Clip') return null;
  const bound = (index: number, absent: number): number | null => {
    const name = node.inputs[index] ?? '';
    if (name === '') return absent;
    const constant = constants.get(name);
    const isReal = constant !== undefined && values.get(name)?.quant === null;
    return isReal ? Number(constant.data[0]) : null;
  };
  const min = bound(1, Number.NEGATIVE_INFINITY);
  const max = bound(2, Number.POSITIVE_INFINITY);
  return min === null || max === null ? null : { min: Math.min(min, max), max };
}

/**
 * The codes at the limits, within [lowest, highest]: TFLite's activation range, the limits divided by the scale, rounded
 * half away from zero, plus the zero point.
 */
export function limitCodes(
  { min, max }: Limits,
  { scale, zeroPoint }: { readonly scale: number; readonly zeroPoint: number },
  [lowest, highest]: readonly [lowest: number, highest: number],
): Limits {
  const code = (real: number): number => zeroPoint + Math.sign(real) * Math.round(Math.abs(real) / scale);
  return {
    min: Number.isFinite(min) ? Math.min(highest, Math.max(lowest, code(min))) : lowest,
    max: Number.isFinite(max) ? Math.max(lowest, Math.min(highest, code(max))) : highest,
  };
}
