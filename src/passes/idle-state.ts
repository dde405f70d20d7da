import { consumers, startEdit } from '../graph/rewrite.ts';
import { statePairs } from '../graph/state.ts';
import type { Graph, StateTie } from '../graph/types.ts';

/**
 * Law: no value changes. State that comes in as integers and is read by nothing has no DequantizeLinear that says what
 * they mean: it means what the output does that it takes.
 */
export function quantizeIdleState(graph: Graph, state: readonly StateTie[]): Graph {
  const readers = consumers(graph);
  const edit = startEdit(graph);
  for (const { input, output } of statePairs({ ...graph, state })) {
    const value = graph.values.get(input.value)!;
    const quant = graph.values.get(output.value)?.quant ?? null;
    const idle = value.quant === null && (readers.get(input.value) ?? []).length === 0;
    if (idle && quant !== null && quant.dtype === value.dtype) {
      edit.setValue({ ...value, dtype: 'float32', quant });
    }
  }
  return edit.finish();
}
