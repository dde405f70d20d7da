/** Operators that TensorRT computes in int8 from Q/DQ pairs on their operands, and those that codes pass through. */
import { SILU } from '../../../graph/own-operators.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { stringAttribute } from '../../../ops/attributes.ts';
import { addsOnlyZeros, isMover, movedInputs, movedOutputs } from '../../../passes/movers.ts';
import { channelAxis, FUSED_ACTIVATIONS, isLinear } from '../release/linear-layers.ts';

/** The constant operand of a layer. `axis` counts its output channels, which have a scale each; null for one scale of all. */
export type WeightOperand = { readonly input: number; readonly axis: number | null };

/** A Conv, ConvTranspose, Gemm or MatMul by what its operands are. */
type LinearOperands = {
  /** Positions of the operands that are computed at run time. */
  readonly activations: readonly number[];
  /** Null where both are. */
  readonly weights: WeightOperand | null;
};

/**
 * The operands of a node that multiplies and adds. Its bias is not among them: it stays float32 (rule R5). Channel axes
 * are those of rule R9.
 * @returns null for other nodes, for products without a computed operand, and for weights that are computed
 */
export function linearOperands({ values, constants }: Graph, node: Node): LinearOperands | null {
  if (!isLinear(node)) return null;
  const isFloat = (name: string): boolean => values.get(name)?.dtype === 'float32';
  const [a = '', b = ''] = node.inputs;
  if (!isFloat(a) || !isFloat(b)) return null;
  const [constantA, constantB] = [constants.has(a), constants.has(b)];
  if (constantA && constantB) return null;
  if (constantB)
    return { activations: [0], weights: { input: 1, axis: channelAxis(node, values.get(b)!.shape.length) } };
  if (node.op === 'Conv' || node.op === 'ConvTranspose') return null;
  return constantA
    ? { activations: [1], weights: { input: 0, axis: null } }
    : { activations: [0, 1], weights: null };
}

/** What codes pass through unchanged: the elements that go in, and the values that hold them afterwards. */
type Carried = { readonly from: readonly string[]; readonly to: readonly string[] };

/** Rule P1. Null where the node computes new elements. */
export function carried(graph: Graph, node: Node): Carried | null {
  const isReal = (name: string): boolean => graph.values.get(name)?.dtype === 'float32';
  const nearest = node.op === 'Resize' && stringAttribute(node, 'mode', 'nearest') === 'nearest';
  if (!nearest && !(isMover(node) && addsOnlyZeros(graph, node))) return null;
  const [from, to] = nearest
    ? [node.inputs.slice(0, 1), node.outputs]
    : [movedInputs(node), movedOutputs(node)];
  return from.every(isReal) && to.every(isReal) ? { from, to } : null;
}

/** Averages have an int8 form where codes come in (P2). */
export const AVERAGES: ReadonlySet<string> = new Set(['AveragePool', 'GlobalAveragePool']);

/** Elementwise operators of one operand that are computed with the layer before them. */
export const ACTIVATIONS: ReadonlySet<string> = new Set([...FUSED_ACTIVATIONS, SILU]);

/** Whether a node is computed with a layer in int8 before it, or moves what that gives. */
export function passesCodes(
  graph: Graph,
  makers: ReadonlyMap<string, Node>,
  node: Node,
  coded: ReadonlySet<string>,
): boolean {
  const [x = '', y = ''] = node.inputs;
  if (ACTIVATIONS.has(node.op)) return coded.has(x);
  const gated = node.op === 'Mul' && (isGateOf(makers.get(y), x) || isGateOf(makers.get(x), y));
  if (gated) return coded.has(x) && coded.has(y);
  return carried(graph, node)?.from.every((name) => coded.has(name)) ?? false;
}

/** SiLU and HardSwish, where they are written as x times its gate. */
function isGateOf(maker: Node | undefined, x: string): boolean {
  return maker !== undefined && ACTIVATIONS.has(maker.op) && maker.inputs[0] === x;
}
