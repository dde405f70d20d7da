/** Questions that passes ask of a graph before they change it. */
import { consumers, outputValues, producers } from '../graph/rewrite.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../ops/attributes.ts';

export type GraphView = {
  readonly graph: Graph;
  readonly producers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly outputs: ReadonlySet<string>;
};

/** What questions about one node and its operands need. */
export type OperandView = Pick<GraphView, 'graph' | 'readers' | 'outputs'>;

export function viewGraph(graph: Graph): GraphView {
  return {
    graph,
    producers: producers(graph),
    readers: consumers(graph),
    outputs: outputValues(graph),
  };
}

export function shapeOf({ graph }: Pick<GraphView, 'graph'>, name: string): readonly number[] {
  return graph.values.get(name)!.shape;
}

export function quantOf({ graph }: GraphView, name: string): Quant | null {
  return graph.values.get(name)?.quant ?? null;
}

/** A float32 constant without quantisation. */
export function floatConstant({ graph }: Pick<GraphView, 'graph'>, name: string): Tensor | null {
  const tensor = graph.constants.get(name);
  return tensor?.dtype === 'float32' && graph.values.get(name)!.quant === null ? tensor : null;
}

/** The one element of an unquantised float32 constant; null for anything else. */
export function scalarConstant(view: GraphView, name: string): number | null {
  const tensor = floatConstant(view, name);
  return tensor?.data.length === 1 ? Number(tensor.data[0]) : null;
}

/** Elements of an integer constant (axes, pads, sizes); null if it is not a constant. */
export function intConstant({ graph }: GraphView, name: string): readonly number[] | null {
  const tensor = graph.constants.get(name);
  return tensor === undefined ? null : Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

/**
 * Whether the value may vanish between its producer and its one reader: read by one node, not a model output, and not
 * rounded to a grid of its own.
 */
export function isIntermediate(view: GraphView, name: string): boolean {
  return view.readers.get(name)?.length === 1 && !view.outputs.has(name) && quantOf(view, name) === null;
}

/** Whether the node has a second output that something reads (the mask of Dropout, the indices of MaxPool). */
export function hasExtraOutput(view: OperandView, node: Node): boolean {
  return node.outputs
    .slice(1)
    .some((name) => name !== '' && (view.readers.has(name) || view.outputs.has(name)));
}

/** Weights [out, in], nothing scaled or transposed: the form that `matmulToGemm` leaves. */
export function isNormalGemm(node: Node): boolean {
  return (
    node.op === 'Gemm' &&
    intAttribute(node, 'transA', 0) === 0 &&
    intAttribute(node, 'transB', 0) === 1 &&
    floatAttribute(node, 'alpha', 1) === 1 &&
    floatAttribute(node, 'beta', 1) === 1
  );
}

/** Whether a Conv or pool may read padding: surely not only where the amounts are given and 0. */
export function isPadded(node: Node): boolean {
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET');
  if (auto !== 'NOTSET') return auto !== 'VALID';
  return intsAttribute(node, 'pads', []).some((pad) => pad !== 0);
}

/** The permutation of a Transpose; reversed axes by default. */
export function permutationOf(view: GraphView, node: Node): readonly number[] {
  const rank = shapeOf(view, node.inputs[0]!).length;
  const reversed = Array.from({ length: rank }, (_, i) => rank - 1 - i);
  return intsAttribute(node, 'perm', reversed);
}
