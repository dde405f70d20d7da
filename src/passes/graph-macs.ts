import type { Graph, Node } from '../graph/types.ts';
import { operators } from '../ops/index.ts';
import type { InputInfo } from '../ops/types.ts';

/** Multiply-accumulates of one node for the shapes of the graph. */
export function nodeMacs(graph: Graph, node: Node): number {
  const infoOf = (name: string): InputInfo | null => {
    const value = graph.values.get(name);
    return value === undefined ? null : { ...value, data: graph.constants.get(name)?.data ?? null };
  };
  const outputs = node.outputs.flatMap((name) => graph.values.get(name) ?? []);
  return operators.get(node.op)?.macs(node, node.inputs.map(infoOf), outputs) ?? 0;
}

/** Multiply-accumulates of one run of the graph. */
export function graphMacs(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + nodeMacs(graph, node), 0);
}
