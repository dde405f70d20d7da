import { startEdit } from '../graph/rewrite.ts';
import { floatTensor, toNumbers } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';

/** Law: a constant exponent of whole numbers is one of real numbers. */
export function realExponent(graph: Graph): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = '', exponent = ''] = node.inputs;
    const constant = node.op === 'Pow' ? graph.constants.get(exponent) : undefined;
    if (constant === undefined || graph.values.get(x)!.dtype !== 'float32') continue;
    if (graph.values.get(exponent)!.dtype === 'float32') continue;
    const numbers = Float32Array.from(toNumbers(constant.data));
    const real = edit.addConstant(exponent, floatTensor(constant.shape, numbers));
    edit.replace(node, { ...node, inputs: [x, real] });
  }
  return edit.finish();
}
