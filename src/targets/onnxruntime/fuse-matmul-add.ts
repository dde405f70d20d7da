import { makeNode } from '../../graph/build.ts';
import { consumers, outputValues, startEdit } from '../../graph/rewrite.ts';
import type { Graph, Node } from '../../graph/types.ts';

/**
 * Law: no value changes. A MatMul of matrices and the Add of a row behind it become one Gemm under the name of the
 * MatMul, as ONNX Runtime's MatMulAddFusion makes it.
 */
export function fuseMatmulAdd(graph: Graph): Graph {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const edit = startEdit(graph);
  const rank = (name: string): number => graph.values.get(name)!.shape.length;
  for (const node of graph.nodes) {
    const [y = ''] = node.outputs;
    const [add, ...others] = readers.get(y) ?? [];
    const matrices = node.op === 'MatMul' && node.inputs.every((name) => rank(name) === 2);
    if (!matrices || add?.op !== 'Add' || others.length > 0 || outputs.has(y)) continue;
    const row = rowAddedTo(graph, add, y);
    if (row === null) continue;
    edit.replace(node);
    edit.replace(add, makeNode('Gemm', [...node.inputs, row], add.outputs, {}, node.name));
  }
  return edit.finish();
}

/** The other operand of the Add, if it has one element for every column of `name`. */
function rowAddedTo(graph: Graph, add: Node, name: string): string | null {
  const [row = ''] = add.inputs.filter((input) => input !== name);
  const columns = graph.values.get(name)!.shape[1];
  const shape = graph.values.get(row)?.shape;
  return shape?.length === 1 && shape[0] === columns ? row : null;
}
