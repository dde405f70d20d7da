import { sameQuant, startEdit } from '../graph/rewrite.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { operators } from '../ops/index.ts';
import { type GraphView, permutationOf, viewGraph } from './match.ts';

const RESHAPES = new Set(['Flatten', 'Identity', 'Reshape', 'Squeeze', 'Unsqueeze']);

/**
 * Law: no value changes. A Transpose or Reshape of a quantised constant (weights stored in another order) is done on
 * its integers; the axis of its scales follows.
 */
export function foldQuantizedConstants(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  const folded = new Map<string, { readonly tensor: Tensor; readonly quant: Quant; readonly name: string }>();
  for (const node of graph.nodes) {
    const [input = '', ...rest] = node.inputs;
    const source = folded.get(input);
    const tensor = source?.tensor ?? graph.constants.get(input);
    const quant = source?.quant ?? graph.values.get(input)?.quant ?? null;
    const constant = rest.every((name) => name === '' || graph.constants.has(name));
    if (tensor === undefined || quant === null || !constant) continue;

    const [output = ''] = node.outputs;
    const value = graph.values.get(output)!;
    const moved = movedQuant(view, node, quant, tensor.shape, value.shape);
    if (moved === null || (value.quant !== null && !sameQuant(value.quant, moved))) continue;

    const operands = [tensor, ...rest.map((name) => graph.constants.get(name) ?? null)];
    const result = operators.get(node.op)!.run(node, operands)[0]!;
    const name = edit.addConstant(source?.name ?? input, result, moved);
    edit.replace(node);
    edit.redirect(output, name);
    folded.set(output, { tensor: result, quant: moved, name });
  }
  return edit.finish();
}

/** The quantisation after the node; null if it cannot be expressed or the node does not merely move elements. */
function movedQuant(
  view: GraphView,
  node: Node,
  quant: Quant,
  from: readonly number[],
  to: readonly number[],
): Quant | null {
  const { axis } = quant;
  if (node.op === 'Transpose') {
    return axis === null ? quant : { ...quant, axis: permutationOf(view, node).indexOf(axis) };
  }
  if (!RESHAPES.has(node.op)) return null;
  if (axis === null) return quant;
  const before = elementCount(from.slice(0, axis));
  const moved = to.findIndex((dim, i) => dim === from[axis] && elementCount(to.slice(0, i)) === before);
  return moved < 0 ? null : { ...quant, axis: moved };
}
