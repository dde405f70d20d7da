import { consumers, startEdit } from '../graph/rewrite.ts';
import { statePairs } from '../graph/state.ts';
import type { Graph, StateTie } from '../graph/types.ts';

/**
 * Law: no value changes. State that is read by nothing has no QuantizeLinear or DequantizeLinear that says in which codes
 * it is kept: it is kept in those of the output that it takes.
 */
export function quantizeIdleState(graph: Graph, state: readonly StateTie[]): Graph {
  const readers = consumers(graph);
  const edit = startEdit(graph);
  for (const { input, output } of statePairs({ ...graph, state })) {
    const value = graph.values.get(input.value)!;
    const quant = graph.values.get(output.value)?.quant ?? null;
    const idle = value.quant === null && (readers.get(input.value) ?? []).length === 0;
    if (idle && quant !== null && (value.dtype === 'float32' || value.dtype === quant.dtype)) {
      edit.setValue({ ...value, dtype: 'float32', quant });
    }
  }
  return edit.finish();
}
