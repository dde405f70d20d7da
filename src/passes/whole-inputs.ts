/** Inputs of bytes that a model only casts to real numbers: pixels as a camera gives them. */
import { consumers, outputValues, startEdit } from '../graph/rewrite.ts';
import type { Graph, Node, Port } from '../graph/types.ts';
import { isMover, movedInputs, movedOutputs } from './movers.ts';

/**
 * Law: no output changes for numbers that the input type holds. An int8 or uint8 input that is only moved and cast to float32
 * takes float32, and the casts are gone; `Port.holds` says which numbers it is given.
 */
export function realInputs(graph: Graph): Graph {
  return graph.inputs.reduce(realInput, graph);
}

function realInput(graph: Graph, port: Port): Graph {
  const { dtype } = graph.values.get(port.value)!;
  if (dtype !== 'int8' && dtype !== 'uint8') return graph;
  const reach = reachOf(graph, port.value);
  if (reach === null) return graph;
  const edit = startEdit({
    ...graph,
    inputs: graph.inputs.map((other) =>
      other === port ? { ...port, dtype: 'float32', holds: dtype } : other,
    ),
  });
  for (const name of reach.values) edit.setValue({ ...graph.values.get(name)!, dtype: 'float32' });
  for (const cast of reach.casts) {
    edit.replace(cast);
    edit.redirect(cast.outputs[0]!, cast.inputs[0]!);
  }
  return edit.finish();
}

/** What is moved of an input, and the casts of it; null where something else is done with it, or nothing. */
function reachOf(
  graph: Graph,
  input: string,
): { readonly values: readonly string[]; readonly casts: readonly Node[] } | null {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const values = [input];
  const casts: Node[] = [];
  for (const name of values) {
    if (outputs.has(name)) return null;
    for (const reader of readers.get(name) ?? []) {
      const [result = ''] = reader.outputs;
      if (reader.op === 'Cast' && graph.values.get(result)!.dtype === 'float32') {
        if (outputs.has(result)) return null;
        casts.push(reader);
      } else if (isMover(reader) && reader.op !== 'Concat' && movedInputs(reader).includes(name)) {
        for (const output of movedOutputs(reader)) if (!values.includes(output)) values.push(output);
      } else return null;
    }
  }
  return casts.length > 0 ? { values, casts } : null;
}
