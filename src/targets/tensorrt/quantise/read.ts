/** What a graph with Q/DQ pairs, ours or another's, computes in int8. */
import { producers } from '../../../graph/rewrite.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { isLinear } from '../release/linear-layers.ts';
import type { LayerPrecision, TensorRtModel } from '../release/model.ts';
import { AVERAGES, carried, passesCodes } from './operands.ts';
import { computingNodes, noInt8Form } from './precisions.ts';

/**
 * The model of a graph with pairs: its layers by what they read, and the ranges of the values that are quantised.
 * @param quantized as `resolveModel` gives it
 * @param float the same without pairs
 */
export function readQuantized(quantized: Graph, float: Graph): TensorRtModel {
  const layers = precisionsOf(quantized);
  const inInt8 = layers.some(({ precision }) => precision === 'int8');
  return { float, quantized: inInt8 ? quantized : null, layers, ranges: rangesOf(quantized) };
}

/** What each node that computes is computed in. */
export function precisionsOf(graph: Graph): readonly LayerPrecision[] {
  const makers = producers(graph);
  /** What a DequantizeLinear gives, moved or not; and what a layer in int8 gives, with what is computed with it. */
  const [decoded, coded] = [new Set<string>(), new Set<string>()];
  for (const node of graph.nodes) {
    const [a = '', b = ''] = node.inputs;
    const reads = (name: string): boolean => decoded.has(name) || coded.has(name);
    const carries = carried(graph, node)?.from.every((name) => decoded.has(name)) ?? false;
    if (node.op === 'DequantizeLinear' || carries) for (const name of node.outputs) decoded.add(name);
    const inInt8 =
      (isLinear(node) && decoded.has(a) && decoded.has(b)) ||
      (AVERAGES.has(node.op) && decoded.has(a)) ||
      (node.op === 'Add' && (decoded.has(a) || decoded.has(b)) && reads(a) && reads(b));
    if (inInt8 || passesCodes(graph, makers, node, coded)) for (const name of node.outputs) coded.add(name);
  }
  return computingNodes(graph)
    .filter((node) => !isQdq(node))
    .map((node) => {
      const { name, op } = node;
      if (coded.has(node.outputs[0]!)) return { node: name, op, precision: 'int8', reason: null };
      const reason = isLinear(node) ? 'not all it reads comes from a DequantizeLinear' : noInt8Form(node);
      return { node: name, op, precision: 'fp16', reason };
    });
}

function isQdq({ op }: Node): boolean {
  return op === 'QuantizeLinear' || op === 'DequantizeLinear';
}

/** Largest magnitude that the codes of each quantised value cover. */
function rangesOf({ nodes, constants }: Graph): ReadonlyMap<string, number> {
  return new Map(
    nodes.flatMap(({ op, inputs: [value = '', scale = ''] }): readonly (readonly [string, number])[] => {
      const steps = constants.get(scale)?.data;
      const isActivation = op === 'QuantizeLinear' && !constants.has(value) && steps?.length === 1;
      return isActivation ? [[value, 127 * Number(steps[0])]] : [];
    }),
  );
}
