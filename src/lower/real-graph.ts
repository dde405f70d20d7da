/** A graph as nodes that compute in float32 see it. */
import type { Graph, Node } from '../graph/types.ts';
import { dequantizeTensor } from '../ops/quant.ts';

/**
 * The graph without quantisation: the same values and nodes, and as constants the real numbers that codes stand for.
 * @param nodes those that compute in float32: constants that none of them reads keep their codes, as nobody asks for them
 */
export function realGraph(graph: Graph, nodes: readonly Node[]): Graph {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const values = [...graph.values].map(([name, value]) => [name, { ...value, quant: null }] as const);
  const constants = [...graph.constants].map(([name, tensor]) => {
    const quant = graph.values.get(name)!.quant;
    return [name, quant === null || !read.has(name) ? tensor : dequantizeTensor(tensor, quant)] as const;
  });
  return { ...graph, values: new Map(values), constants: new Map(constants) };
}
