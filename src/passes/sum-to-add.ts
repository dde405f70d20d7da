import { makeNode } from '../graph/build.ts';
import { startEdit } from '../graph/rewrite.ts';
import type { Graph } from '../graph/types.ts';

/** Law: a Sum of two values is an Add, which has an integer kernel. */
export function sumToAdd(graph: Graph): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op === 'Sum' && node.inputs.length === 2) {
      edit.replace(node, makeNode('Add', node.inputs, node.outputs, {}, node.name));
    }
  }
  return edit.finish();
}
