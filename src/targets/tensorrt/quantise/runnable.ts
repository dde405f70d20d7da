import { startEdit } from '../../../graph/rewrite.ts';
import type { Graph, Tensor } from '../../../graph/types.ts';
import { operators } from '../../../ops/index.ts';

/**
 * Law: no value changes. Rounds constants once for all: a DequantizeLinear of a constant, with a QuantizeLinear before it
 * or integers, becomes the float32 constant that it gives. What is left runs on the float kernels.
 */
export function runnableForm(graph: Graph): Graph {
  const edit = startEdit(graph);
  const codes = new Map<string, Tensor>();
  for (const node of graph.nodes) {
    if (node.op !== 'QuantizeLinear' && node.op !== 'DequantizeLinear') continue;
    const operands = node.inputs.map((name) => codes.get(name) ?? graph.constants.get(name) ?? null);
    if (operands.some((tensor, i) => tensor === null && node.inputs[i] !== '')) continue;
    const [result] = operators.get(node.op)!.run(node, operands);
    const [output = ''] = node.outputs;
    if (node.op === 'QuantizeLinear') codes.set(output, result!);
    else {
      edit.replace(node);
      edit.redirect(output, edit.addConstant(output, result!));
    }
  }
  return edit.finish();
}
