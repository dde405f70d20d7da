import { startEdit } from '../../graph/rewrite.ts';
import type { Graph } from '../../graph/types.ts';

/** The first input that is a parameter per channel: biases, and all parameters of batch norms. */
const FIRST_VECTOR: ReadonlyMap<string, number> = new Map<string, number>([
  ['Conv', 2],
  ['ConvTranspose', 2],
  ['Gemm', 2],
  ['BatchNormalization', 1],
  ...['RNN', 'GRU', 'LSTM'].map((op) => [op, 3] as const),
  ...['LayerNormalization', 'RMSNormalization', 'InstanceNormalization', 'GroupNormalization'].map(
    (op) => [op, 1] as const,
  ),
]);

/**
 * Gives every node biases and batch norm parameters of its own: exporters store equal ones once (the zeros and ones of a
 * network that was not trained), and training moves them apart.
 */
export function ownVectors(graph: Graph): Graph {
  const edit = startEdit(graph);
  const taken = new Set<string>();
  for (const node of graph.nodes) {
    const first = FIRST_VECTOR.get(node.op) ?? node.inputs.length;
    const inputs = node.inputs.map((name, i) => {
      const tensor = i < first ? undefined : graph.constants.get(name);
      if (tensor === undefined) return name;
      if (taken.has(name)) return edit.addConstant(`${node.name}_${name}`, tensor);
      taken.add(name);
      return name;
    });
    if (inputs.some((name, i) => name !== node.inputs[i])) edit.replace(node, { ...node, inputs });
  }
  return edit.finish();
}
