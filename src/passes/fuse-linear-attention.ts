import { float, ints, makeNode } from '../graph/build.ts';
import { LINEAR_ATTENTION } from '../graph/own-operators.ts';
import { sameQuant, startEdit } from '../graph/rewrite.ts';
import { sameShape } from '../graph/tensor.ts';
import type { Graph, Node, Value } from '../graph/types.ts';
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
 * of q, k and v, but for tokens whose weights are all 0: they are 0, and not 0 / 0, where there is no epsilon. So are, turned, the
 * columns of relu(q) (relu(k)^T [v, 1]), where tokens are rows. No value inside may be rounded.
 */
export function fuseLinearAttention(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const found = node.op === 'Div' ? matchOf(view, node) : null;
    if (found === null) continue;
    const { q, k, v, epsilon, tokens } = found;
    const [output = ''] = node.outputs;
    const attention = (operands: readonly string[], result: string): Node =>
      makeNode(LINEAR_ATTENTION, operands, [result], { epsilon: float(epsilon) }, node.name);
    if (tokens === 'columns') {
      edit.replace(node, attention([q, k, v], output));
      continue;
    }
    const turned = (name: string): string => edit.addValue(`${output}_turned`, turnedValue(view, name));
    const perm = ints(swapped(shapeOf(view, output).length));
    const turn = (from: string, to: string): Node =>
      makeNode('Transpose', [from], [to], { perm }, `${to}_turn`);
    const operands = [q, k, v].map((from) => ({ from, to: turned(from) }));
    const result = turned(output);
    edit.replace(
      node,
      ...operands.map(({ from, to }) => turn(from, to)),
      attention(
        operands.map(({ to }) => to),
        result,
      ),
      turn(result, output),
    );
  }
  return edit.finish();
}

/** The value with its last two axes swapped. */
function turnedValue(view: GraphView, name: string): Omit<Value, 'name'> {
  const value = view.graph.values.get(name)!;
  return { ...value, shape: swapped(value.shape.length).map((axis) => value.shape[axis]!) };
}

/** The permutation that swaps the last two axes. */
function swapped(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
}

type Match = {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly epsilon: number;
  readonly tokens: Tokens;
};

/** Which axis of the matrices counts the tokens: the last, or the one before it. */
type Tokens = 'columns' | 'rows';

function matchOf(view: GraphView, node: Node): Match | null {
  return matchAlong(view, node, 'columns') ?? matchAlong(view, node, 'rows');
}

function matchAlong(view: GraphView, { inputs, outputs }: Node, tokens: Tokens): Match | null {
  const parting = tokens === 'columns' ? -2 : -1;
  const [sums = '', divisor = ''] = inputs;
  const added = inner(view, divisor, 'Add');
  const epsilon = added === null ? EPSILON : scalarConstant(view, added.inputs[1] ?? '');
  const values = partOf(view, sums, parting);
  const weights = partOf(view, added === null ? divisor : added.inputs[0]!, parting);
  if (values === null || weights === null || values.of !== weights.of || epsilon === null || epsilon < 0)
    return null;
  const product = inner(view, values.of, 'MatMul');
  const [ofState = '', ofQuery = ''] = ordered(product?.inputs ?? [], tokens);
  const state = inner(view, ofState, 'MatMul');
  if (product === null || state === null) return null;
  const size = shapeOf(view, values.of).at(parting)! - 1;
  const parts = values.start === 0 && values.size === size && weights.start === size && weights.size === 1;
  const [ofValues = '', ofKeys = ''] = ordered(state.inputs, tokens);
  const v = withoutOnes(view, ofValues, parting);
  const turned = inner(view, ofKeys, 'Transpose');
  const q = inner(view, ofQuery, 'Relu')?.inputs[0];
  const k = turned === null ? undefined : inner(view, turned.inputs[0]!, 'Relu')?.inputs[0];
  if (!parts || v === null || turned === null || q === undefined || k === undefined) return null;
  const [shape, ofQ, ofK] = [v, q, k].map((name) => shapeOf(view, name)) as [Shape, Shape, Shape];
  const others = (of: Shape): Shape => of.filter((_, axis) => axis !== of.length + parting);
  const fits =
    sameShape(ofQ, ofK) &&
    sameShape(others(shape), others(ofQ)) &&
    sameShape(shape, shapeOf(view, outputs[0]!));
  return fits && swapsLast(view, turned) ? { q, k, v, epsilon, tokens } : null;
}

/** Operands of a product as they stand where tokens are columns: turned products have them the other way round. */
function ordered(operands: readonly string[], tokens: Tokens): readonly string[] {
  return tokens === 'columns' ? operands : [...operands].reverse();
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

/** Neighbouring rows (-2) or columns (-1) of a matrix: a Slice along that axis. */
function partOf(
  view: GraphView,
  name: string,
  parting: -1 | -2,
): { readonly of: string; readonly start: number; readonly size: number } | null {
  const slice = inner(view, name, 'Slice');
  if (slice === null) return null;
  const [of = ''] = slice.inputs;
  const [starts, , axes, steps] = [1, 2, 3, 4].map((i) => intConstant(view, slice.inputs[i] ?? ''));
  const [shape, part] = [shapeOf(view, of), shapeOf(view, name)];
  const axis = axes?.length === 1 ? axes[0]! : null;
  if (axis === null || (axis !== parting && axis !== shape.length + parting) || starts?.length !== 1)
    return null;
  if (steps != null && steps[0] !== 1) return null;
  const start = starts[0]! < 0 ? starts[0]! + shape.at(parting)! : starts[0]!;
  return { of, start, size: part.at(parting)! };
}

/** v of v with one row (-2) or column (-1) of ones behind it: a Pad, or a Concat with a constant. */
function withoutOnes(view: GraphView, name: string, parting: -1 | -2): string | null {
  const rank = shapeOf(view, name).length;
  const pad = inner(view, name, 'Pad');
  if (pad !== null) {
    const pads = intConstant(view, pad.inputs[1] ?? '');
    const only =
      pads?.length === 2 * rank && pads.every((size, i) => size === (i === 2 * rank + parting ? 1 : 0));
    const constant = stringAttribute(pad, 'mode', 'constant') === 'constant' && (pad.inputs[3] ?? '') === '';
    return only && constant && scalarConstant(view, pad.inputs[2] ?? '') === 1 ? pad.inputs[0]! : null;
  }
  const joined = inner(view, name, 'Concat');
  const [v = '', ones = ''] = joined?.inputs ?? [];
  const axis = joined?.attributes.axis;
  if (
    joined?.inputs.length !== 2 ||
    axis?.kind !== 'int' ||
    (axis.value !== parting && axis.value !== rank + parting)
  )
    return null;
  const row = floatConstant(view, ones);
  const isRow =
    row !== null && row.shape.at(parting) === 1 && (row.data as Float32Array).every((value) => value === 1);
  return isRow ? v : null;
}

function swapsLast(view: GraphView, node: Node): boolean {
  const permutation = permutationOf(view, node);
  return sameShape(permutation, swapped(permutation.length));
}
