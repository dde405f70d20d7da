import { perTensor } from '../graph/build.ts';
import { PATCH_GATE } from '../graph/own-operators.ts';
import { consumers, type Edit, startEdit } from '../graph/rewrite.ts';
import { statePairs } from '../graph/state.ts';
import type { Graph, StateTie } from '../graph/types.ts';

/**
 * Law: no value changes. What is read by nothing has no QuantizeLinear or DequantizeLinear that says in which codes it is
 * kept: state is kept in those of the output that it takes, the mask of a quantised gate in those that it always has.
 */
export function quantizeIdle(graph: Graph, state: readonly StateTie[]): Graph {
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
  for (const { op, outputs } of graph.nodes) if (op === PATCH_GATE) quantizeMask(graph, outputs, edit);
  return edit.finish();
}

function quantizeMask({ values }: Graph, [blended = '', mask = '']: readonly string[], edit: Edit): void {
  const value = values.get(mask)!;
  if (value.quant === null && values.get(blended)!.quant !== null) {
    edit.setValue({ ...value, quant: perTensor(1, 0) });
  }
}
