/**
 * Where Q/DQ pairs stand: a function of the structure alone. Pairs stand at the inputs of the layers that are computed in
 * int8 and nowhere else, so a layer and its activation stay together, no output of the model has one, and what is
 * read in float is read unrounded.
 */

import { consumers, outputValues, producers } from '../../../graph/rewrite.ts';
import { sameShape } from '../../../graph/tensor.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { AVERAGES, linearOperands, passesCodes, type WeightOperand } from './operands.ts';

/** A node that TensorRT computes from codes. */
export type Int8Layer = {
  readonly node: Node;
  /** Positions of the inputs that are read through a pair. */
  readonly activations: readonly number[];
  readonly weights: WeightOperand | null;
};

export type Placement = {
  /** In order. */
  readonly layers: readonly Int8Layer[];
  /** Values that a layer in int8 can write as codes: its output, or what is computed with it or moves it. */
  readonly coded: ReadonlySet<string>;
};

/**
 * The layers in int8 with their pairs: Conv, ConvTranspose, Gemm and MatMul on both operands (W1); a residual
 * Add on the branch that skips (A1); averages on their input (P2), where it comes in codes anyway.
 * @param left nodes to be left in float
 */
export function placePairs(graph: Graph, left: ReadonlySet<Node>): Placement {
  const view: PlacementView = {
    graph,
    makers: producers(graph),
    readers: consumers(graph),
    outputs: outputValues(graph),
  };
  const layers = new Map<Node, Int8Layer>();
  const coded = new Set<string>();
  for (const node of graph.nodes) {
    const layer = left.has(node) ? null : layerOf(view, node, layers, coded);
    if (layer !== null) layers.set(node, layer);
    const passes = !left.has(node) && passesCodes(graph, view.makers, node, coded);
    if (layer !== null || passes) for (const name of node.outputs) coded.add(name);
  }
  return { layers: [...layers.values()], coded };
}

type PlacementView = {
  readonly graph: Graph;
  readonly makers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly outputs: ReadonlySet<string>;
};

function layerOf(
  view: PlacementView,
  node: Node,
  layers: ReadonlyMap<Node, Int8Layer>,
  coded: ReadonlySet<string>,
): Int8Layer | null {
  const operands = linearOperands(view.graph, node);
  if (operands !== null) return { node, ...operands };
  if (AVERAGES.has(node.op))
    return coded.has(node.inputs[0]!) ? { node, activations: [0], weights: null } : null;
  if (node.op !== 'Add') return null;
  const activations = residualInputs(view, node, layers, coded);
  return activations.length === 0 ? null : { node, activations, weights: null };
}

/**
 * Which inputs of an Add are read through a pair. A Conv that only the Add reads is computed together with it: it stays
 * bare, and the other input gets the pair (A1). Where a Conv ends at both, the one on the longer path from their
 * common ancestor stays bare. Where neither input is a Conv's own output (an activation stands between), the Add is a
 * step of its own: it reads codes where both inputs come in such.
 */
function residualInputs(
  view: PlacementView,
  node: Node,
  layers: ReadonlyMap<Node, Int8Layer>,
  coded: ReadonlySet<string>,
): readonly number[] {
  const { graph, makers, readers, outputs } = view;
  const [a = '', b = ''] = node.inputs;
  const [left, right] = [graph.values.get(a)!, graph.values.get(b)!];
  const constant = graph.constants.has(a) || graph.constants.has(b);
  if (constant || a === b || left.dtype !== 'float32' || !sameShape(left.shape, right.shape)) return [];
  const endsInConv = (name: string): boolean => {
    const maker = makers.get(name);
    const isConv =
      maker !== undefined && layers.has(maker) && (maker.op === 'Conv' || maker.op === 'ConvTranspose');
    return isConv && readers.get(name)!.length === 1 && !outputs.has(name);
  };
  const [convA, convB] = [endsInConv(a), endsInConv(b)];
  if (convA && convB) return [isFartherFromAncestor(view, a, b) ? 1 : 0];
  if (convA) return [1];
  if (convB) return [0];
  const isProduct = [a, b].some((name) => PRODUCTS.has(makers.get(name)?.op ?? ''));
  return !isProduct && coded.has(a) && coded.has(b) ? [0, 1] : [];
}

const PRODUCTS = new Set(['Gemm', 'MatMul']);

/** Whether the path from the nearest common ancestor to `a` is the longer one; of equal ones that to `a`. */
function isFartherFromAncestor({ makers }: PlacementView, a: string, b: string): boolean {
  const [fromA, fromB] = [distances(makers, a), distances(makers, b)];
  let nearest = Number.POSITIVE_INFINITY;
  let farther = true;
  for (const [name, distance] of fromA) {
    const other = fromB.get(name);
    if (other === undefined || distance + other >= nearest) continue;
    nearest = distance + other;
    farther = distance >= other;
  }
  return farther;
}

/** Values that a value is computed from, with the fewest nodes between them; itself at 0. */
function distances(makers: ReadonlyMap<string, Node>, from: string): ReadonlyMap<string, number> {
  const found = new Map([[from, 0]]);
  for (const [name, distance] of found) {
    for (const input of makers.get(name)?.inputs ?? []) {
      if (input !== '' && !found.has(input)) found.set(input, distance + 1);
    }
  }
  return found;
}
