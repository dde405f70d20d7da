import { startEdit } from '../../../graph/rewrite.ts';
import type { Graph } from '../../../graph/types.ts';
import { operatorOf } from '../../../ops/index.ts';

/** Law: the codes that QuantizeLinear makes of a constant, as a constant. For releases that take integers with a DQ alone. */
export function foldWeightCodes(graph: Graph): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'QuantizeLinear') continue;
    const inputs = node.inputs.map((name) => graph.constants.get(name) ?? null);
    if (inputs[0] === null || inputs[1] === null) continue;
    const [codes] = operatorOf(node).run(node, inputs);
    edit.redirect(node.outputs[0]!, edit.addConstant(node.outputs[0]!, codes!));
    edit.replace(node);
  }
  return edit.finish();
}
