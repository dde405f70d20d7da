import { float, makeNode } from '../graph/build.ts';
import { LINEAR_ATTENTION } from '../graph/own-operators.ts';
import { sameQuant, startEdit } from '../graph/rewrite.ts';
import { sameShape } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { stringAttribute } from '../ops/attributes.ts';
import {
  floatConstant,
  type GraphView,
  intConstant,
  permutationOf,
  quantOf,
  scalarConstant,
  shapeOf,
  viewGraph,
} from './match.ts';

/** What a divisor without an epsilon gets: below every sum of weights that is not 0. */
const EPSILON = 1e-15;

/**
 * Law: the rows of [v; 1] relu(k)^T relu(q), all but the last over the last (plus an epsilon), are tinyml::LinearAttention
 * of q, k and v, but for tokens whose weights are all 0: they are 0, and not 0 / 0, where there is no epsilon. No value inside
 * may be rounded.
 */
export function fuseLinearAttention(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const found = node.op === 'Div' ? matchOf(view, node) : null;
    if (found === null) continue;
    const { q, k, v, epsilon } = found;
    edit.replace(
      node,
      makeNode(LINEAR_ATTENTION, [q, k, v], node.outputs, { epsilon: float(epsilon) }, node.name),
    );
  }
  return edit.finish();
}

type Match = { readonly q: string; readonly k: string; readonly v: string; readonly epsilon: number };

function matchOf(view: GraphView, { inputs, outputs }: Node): Match | null {
  const [sums = '', divisor = ''] = inputs;
  const added = inner(view, divisor, 'Add');
  const epsilon = added === null ? EPSILON : scalarConstant(view, added.inputs[1] ?? '');
  const values = rowsOf(view, sums);
  const weights = rowsOf(view, added === null ? divisor : added.inputs[0]!);
  if (values === null || weights === null || values.of !== weights.of || epsilon === null || epsilon < 0)
    return null;
  const product = inner(view, values.of, 'MatMul');
  const state = product === null ? null : inner(view, product.inputs[0]!, 'MatMul');
  if (product === null || state === null) return null;
  const rows = shapeOf(view, values.of).at(-2)! - 1;
  const parts = values.start === 0 && values.rows === rows && weights.start === rows && weights.rows === 1;
  const v = withoutOnes(view, state.inputs[0]!);
  const turned = inner(view, state.inputs[1]!, 'Transpose');
  const q = inner(view, product.inputs[1]!, 'Relu')?.inputs[0];
  const k = turned === null ? undefined : inner(view, turned.inputs[0]!, 'Relu')?.inputs[0];
  if (!parts || v === null || turned === null || q === undefined || k === undefined) return null;
  const [shape, ofQ, ofK] = [v, q, k].map((name) => shapeOf(view, name)) as [Shape, Shape, Shape];
  const heads = (of: Shape): Shape => [...of.slice(0, -2), of.at(-1)!];
  const fits =
    sameShape(ofQ, ofK) &&
    sameShape(heads(shape), heads(ofQ)) &&
    sameShape(shape, shapeOf(view, outputs[0]!));
  return fits && swapsLast(view, turned) ? { q, k, v, epsilon } : null;
}

type Shape = readonly number[];

/** The node of the operator that computes the value, if it has no grid but that on which the elements lie already. */
function inner(view: GraphView, name: string, op: string): Node | null {
  const node = view.producers.get(name);
  if (node?.op !== op) return null;
  const quant = quantOf(view, name);
  const keeps = (op === 'Relu' || op === 'Transpose') && sameQuant(quant, quantOf(view, node.inputs[0]!));
  return quant === null || keeps ? node : null;
}

/** Neighbouring rows of a matrix: a Slice along the axis before the last. */
function rowsOf(
  view: GraphView,
  name: string,
): { readonly of: string; readonly start: number; readonly rows: number } | null {
  const slice = inner(view, name, 'Slice');
  if (slice === null) return null;
  const [of = ''] = slice.inputs;
  const [starts, , axes, steps] = [1, 2, 3, 4].map((i) => intConstant(view, slice.inputs[i] ?? ''));
  const [shape, part] = [shapeOf(view, of), shapeOf(view, name)];
  const axis = axes?.length === 1 ? axes[0]! : null;
  const rank = shape.length;
  if (axis === null || (axis !== -2 && axis !== rank - 2) || starts?.length !== 1) return null;
  if (steps != null && steps[0] !== 1) return null;
  const start = starts[0]! < 0 ? starts[0]! + shape[rank - 2]! : starts[0]!;
  return { of, start, rows: part[rank - 2]! };
}

/** v of v with one row of ones behind it: a Pad, or a Concat with a constant. */
function withoutOnes(view: GraphView, name: string): string | null {
  const rank = shapeOf(view, name).length;
  const pad = inner(view, name, 'Pad');
  if (pad !== null) {
    const pads = intConstant(view, pad.inputs[1] ?? '');
    const only = pads?.length === 2 * rank && pads.every((size, i) => size === (i === 2 * rank - 2 ? 1 : 0));
    const constant = stringAttribute(pad, 'mode', 'constant') === 'constant' && (pad.inputs[3] ?? '') === '';
    return only && constant && scalarConstant(view, pad.inputs[2] ?? '') === 1 ? pad.inputs[0]! : null;
  }
  const joined = inner(view, name, 'Concat');
  const [v = '', ones = ''] = joined?.inputs ?? [];
  const axis = joined?.attributes.axis;
  if (joined?.inputs.length !== 2 || axis?.kind !== 'int' || (axis.value !== -2 && axis.value !== rank - 2))
    return null;
  const row = floatConstant(view, ones);
  const isRow =
    row !== null && row.shape.at(-2) === 1 && (row.data as Float32Array).every((value) => value === 1);
  return isRow ? v : null;
}

function swapsLast(view: GraphView, node: Node): boolean {
  const permutation = permutationOf(view, node);
  const rank = permutation.length;
  return permutation.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i));
}
