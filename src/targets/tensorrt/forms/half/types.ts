/** Which of float16 and float32 each node computes in, where types alone say so. */
import type { Graph, Node, Tensor } from '../../../../graph/types.ts';
import { HALF_MAX, HALF_ZERO, roundToHalf } from '../../../../numbers/half.ts';
import { describeNode } from '../../../../ops/define.ts';
import type { LayerPrecision } from '../../release/model.ts';

export type FloatType = 'float16' | 'float32';

/** Sums of squares and of many terms, and functions that turn small into large: their operands leave the range of float16 early. */
const WIDE_RANGE: ReadonlySet<string> = new Set([
  ...['LayerNormalization', 'InstanceNormalization', 'GroupNormalization', 'RMSNormalization', 'LRN'],
  ...['ReduceL2', 'ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceProd', 'CumSum'],
  ...['Exp', 'Log', 'Pow', 'Reciprocal'],
]);

/** Their outputs have a type of their own. */
const OWN_TYPE: ReadonlySet<string> = new Set(['ConstantOfShape', 'Range', 'EyeLike']);

type NodeTypes = {
  /** By name of the node; nodes that compute no floats are not in it. */
  readonly types: ReadonlyMap<string, FloatType>;
  /** What was kept in float32, and what float16 loses, one sentence each. */
  readonly notes: readonly string[];
};

/**
 * float16 unless the layer is asked for in FP32, its operator sums too much for it, or a constant of it does not fit.
 * @param layers asked for; others may be left out
 */
export function nodeTypes(graph: Graph, layers: readonly LayerPrecision[]): NodeTypes {
  const wanted = new Set(layers.flatMap(({ node, precision }) => (precision === 'fp32' ? [node] : [])));
  const types = new Map<string, FloatType>();
  const notes: string[] = [];
  const scales = dequantizerScales(graph);
  for (const node of graph.nodes) {
    if (isQdq(node)) continue;
    const reason = wideReason(node, graph, scales);
    const wide =
      isAmong(wanted, node.name) || WIDE_RANGE.has(node.op) || OWN_TYPE.has(node.op) || reason !== null;
    types.set(node.name, wide ? 'float32' : 'float16');
    if (reason !== null) notes.push(`${describeNode(node)} stays in float32: ${reason}`);
    else if (!wide) notes.push(...lossNotes(node, graph));
  }
  return { types, notes };
}

/** Whether the name is that of a layer or of a part that was written in its place: `<layer>/part`, `<layer>_Sigmoid`. */
function isAmong(layers: ReadonlySet<string>, name: string): boolean {
  const ends = [...name.matchAll(/\/|_Sigmoid$/g)].map(({ index }) => index);
  return layers.has(name) || ends.some((end) => layers.has(name.slice(0, end)));
}

export const isQdq = ({ op }: Node): boolean => op === 'QuantizeLinear' || op === 'DequantizeLinear';

/** A scale whose float16 is further off than this is no scale of the codes any more. */
const SCALE_ERROR = 2 ** -9;

/** Whether a scale can be a float16. */
export function hasHalfNear(scale: number): boolean {
  return Math.abs(roundToHalf(scale) - scale) <= SCALE_ERROR * scale;
}

/** Why the constants of a node, or the scales of what it reads, do not fit float16; null where they do. */
function wideReason(node: Node, graph: Graph, scales: ReadonlyMap<string, Float32Array>): string | null {
  for (const name of node.inputs) {
    const tensor = floatConstant(graph, name);
    // Limits of a Clip beyond float16 are none.
    const largest = tensor === null || node.op === 'Clip' ? 0 : largestFinite(tensor);
    if (largest > HALF_MAX) return `"${name}" holds ${largest}, float16 ends at ${HALF_MAX}`;
    if (tensor !== null && isLost(tensor)) return `"${name}" is 0 in float16`;
    const bad = scales.get(name)?.find((scale) => !hasHalfNear(scale));
    if (bad !== undefined) return `the scale ${bad} of "${name}" has no float16 near it`;
  }
  return null;
}

function lossNotes(node: Node, graph: Graph): readonly string[] {
  return node.inputs.flatMap((name) => {
    const data = floatConstant(graph, name)?.data;
    if (data === undefined) return [];
    let lost = 0;
    for (const value of data as Float32Array) if (value !== 0 && Math.abs(value) <= HALF_ZERO) lost++;
    return lost === 0
      ? []
      : [`${describeNode(node)}: ${lost} of ${data.length} numbers of "${name}" are 0 in float16`];
  });
}

function floatConstant(graph: Graph, name: string): Tensor | null {
  const tensor = graph.constants.get(name);
  return tensor?.dtype === 'float32' ? tensor : null;
}

/** Whether nothing is left of a constant that is not 0: an epsilon. */
function isLost({ data }: Tensor): boolean {
  const numbers = data as Float32Array;
  return numbers.some((value) => value !== 0) && numbers.every((value) => Math.abs(value) <= HALF_ZERO);
}

/** Limits may be infinite: they are so in float16 too. */
function largestFinite({ data }: Tensor): number {
  let largest = 0;
  for (const value of data as Float32Array) {
    if (Number.isFinite(value)) largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** By what a DequantizeLinear gives, its scales. */
function dequantizerScales(graph: Graph): ReadonlyMap<string, Float32Array> {
  const dequantizers = graph.nodes.filter(({ op }) => op === 'DequantizeLinear');
  return new Map(
    dequantizers.flatMap(({ inputs, outputs }) => {
      const tensor = floatConstant(graph, inputs[1]!);
      return tensor === null ? [] : [[outputs[0]!, tensor.data as Float32Array] as const];
    }),
  );
}
