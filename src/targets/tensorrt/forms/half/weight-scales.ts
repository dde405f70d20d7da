/** Scales of weights that float16 has. */
import { startEdit } from '../../../../graph/rewrite.ts';
import { elementCount } from '../../../../graph/tensor.ts';
import type { Graph, Tensor } from '../../../../graph/types.ts';
import { roundToHalf } from '../../../../numbers/half.ts';
import { roundHalfToEven } from '../../../../numbers/rounding.ts';
import { intAttribute } from '../../../../ops/attributes.ts';
import { hasHalfNear } from './types.ts';

/** Distance of neighbours among the smallest float16. */
const HALF_STEP = 2 ** -24;

/**
 * Law: constants behind a DequantizeLinear stay what they are within half a code, with scales that have a float16 near them. A scale
 * that has none (of a channel with next to no weights) becomes the next larger float16, and its codes are rounded again.
 */
export function halfWeightScales(graph: Graph): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [codes = '', scale = '', zero = ''] = node.inputs;
    const [weights, scales] = [graph.constants.get(codes), graph.constants.get(scale)];
    if (node.op !== 'DequantizeLinear' || weights?.dtype !== 'int8' || scales === undefined) continue;
    const from = scales.data as Float32Array;
    if (from.every(hasHalfNear)) continue;
    const to = from.map((one) => (hasHalfNear(one) ? one : nextHalf(one)));
    const axis = intAttribute(node, 'axis', 1);
    const first = axis < 0 ? axis + weights.shape.length : axis;
    const inner = elementCount(weights.shape.slice(first + 1));
    const again = rescaled(weights, inner, (i) => from[i % from.length]! / to[i % to.length]!);
    const inputs = [edit.addConstant(codes, again), edit.addConstant(scale, { ...scales, data: to })];
    edit.replace(node, { ...node, inputs: zero === '' ? inputs : [...inputs, zero] });
  }
  return edit.finish();
}

/** The smallest float16 that is not less, for numbers below the normal ones. */
function nextHalf(value: number): number {
  const near = roundToHalf(value);
  return near < value ? near + HALF_STEP : near;
}

/** Codes times the ratio of their group; groups of `inner` neighbours follow each other. */
function rescaled(weights: Tensor, inner: number, ratioOf: (group: number) => number): Tensor {
  const codes = weights.data as Int8Array;
  const data = codes.map((code, i) => roundHalfToEven(code * ratioOf(Math.floor(i / inner))));
  return { ...weights, data };
}
