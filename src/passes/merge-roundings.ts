import { consumers, outputValues, producers, sameQuant, startEdit } from '../graph/rewrite.ts';
import type { Graph } from '../graph/types.ts';
import { limitsOf } from './limits.ts';

/** Operators that compute sums, which their kernels limit before they round. */
const SUMS = new Set(['Conv', 'ConvTranspose', 'Gemm', 'Add', 'Mul']);

/**
 * Law: no code changes. A sum is rounded once, behind its Relu or Clip, where both are rounded to the same codes: the
 * limits are codes too, so rounding and limiting commute.
 */
export function mergeRoundings(graph: Graph): Graph {
  const makers = producers(graph);
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const value = graph.values.get(x);
    if (limitsOf(graph, node) === null || value === undefined || value.quant === null) continue;
    const sum = SUMS.has(makers.get(x)?.op ?? '');
    const alike = sameQuant(value.quant, graph.values.get(node.outputs[0]!)!.quant);
    if (sum && alike && readers.get(x)!.length === 1 && !outputs.has(x))
      edit.setValue({ ...value, quant: null });
  }
  return edit.finish();
}
