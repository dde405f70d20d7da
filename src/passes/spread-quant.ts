import { consumers, outputValues, sameQuant, startEdit } from '../graph/rewrite.ts';
import type { Graph, Node, Quant } from '../graph/types.ts';
import { addsOnlyZeros, isMover, movedInputs, movedOutputs } from './movers.ts';

/**
 * Law: no value changes. Gives a quantisation to values that a mover or a Relu ties to a quantised one:
 * forward because the elements lie on the grid already, backward because rounding before moving is rounding after.
 */
export function spreadQuant(graph: Graph): Graph {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const quants = new Map<string, Quant>();
  for (const { name, quant } of graph.values.values()) if (quant !== null) quants.set(name, quant);
  const known = quants.size;

  for (const node of [...graph.nodes].reverse()) spreadBackward(graph, node, quants, readers, outputs);
  for (const node of graph.nodes) spreadForward(graph, node, quants);
  if (quants.size === known) return graph;

  const edit = startEdit(graph);
  for (const [name, quant] of quants) {
    const value = graph.values.get(name)!;
    if (value.quant === null) edit.setValue({ ...value, quant });
  }
  return edit.finish();
}

function spreadBackward(
  graph: Graph,
  node: Node,
  quants: Map<string, Quant>,
  readers: ReadonlyMap<string, readonly Node[]>,
  outputs: ReadonlySet<string>,
): void {
  if (!isMover(node) || !addsOnlyZeros(graph, node)) return;
  const quant = commonQuant(movedOutputs(node), quants);
  if (quant === null) return;
  for (const input of movedInputs(node)) {
    const onlyMoved = readers.get(input)!.length === 1 && !outputs.has(input);
    if (onlyMoved && !quants.has(input) && isRealVariable(graph, input)) quants.set(input, quant);
  }
}

function spreadForward(graph: Graph, node: Node, quants: Map<string, Quant>): void {
  // The grid holds 0 exactly, so Relu stays on it.
  if (node.op !== 'Relu' && !(isMover(node) && addsOnlyZeros(graph, node))) return;
  const quant = commonQuant(movedInputs(node), quants);
  if (quant === null) return;
  for (const output of movedOutputs(node)) {
    if (!quants.has(output) && isRealVariable(graph, output)) quants.set(output, quant);
  }
}

/** The one per-tensor quantisation that all the values have; null if there is none. */
function commonQuant(names: readonly string[], quants: ReadonlyMap<string, Quant>): Quant | null {
  const [first, ...rest] = names.map((name) => quants.get(name));
  if (first === undefined || first.axis !== null) return null;
  return rest.every((quant) => quant !== undefined && sameQuant(first, quant)) ? first : null;
}

function isRealVariable(graph: Graph, name: string): boolean {
  return graph.values.get(name)!.dtype === 'float32' && !graph.constants.has(name);
}
