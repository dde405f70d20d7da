/** Graphs with QuantizeLinear and DequantizeLinear nodes without them. */
import { startEdit } from '../../../graph/rewrite.ts';
import { floatTensor } from '../../../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../../../graph/types.ts';
import { operatorOf } from '../../../ops/index.ts';
import { type GraphView, viewGraph } from '../../../passes/match.ts';

/**
 * Law: the same function without its rounding. Integer weights become the numbers that their codes stand for; float weights stay what
 * they are. A Q or DQ at an integer input or output of the model stays.
 */
export function stripQdq(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'DequantizeLinear') continue;
    const [codes = ''] = node.inputs;
    const [real = ''] = node.outputs;
    const producer = view.producers.get(codes);
    if (producer?.op === 'QuantizeLinear') {
      edit.redirect(real, producer.inputs[0]!);
    } else if (graph.constants.has(codes)) {
      edit.redirect(real, edit.addConstant(`${codes}_float`, dequantized(view, node)));
    }
  }
  return edit.finish();
}

function dequantized({ graph }: GraphView, node: Node): Tensor {
  const inputs = node.inputs.map((name) => graph.constants.get(name) ?? null);
  const [tensor] = operatorOf(node).run(node, inputs);
  return floatTensor(tensor!.shape, tensor!.data as Float32Array);
}
