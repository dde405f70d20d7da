/** A quantised graph in the forms that ONNX Runtime computes in integers. */
import { makeNode } from '../../graph/build.ts';
import { consumers, outputValues, startEdit } from '../../graph/rewrite.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { absorbLimits } from '../../passes/absorb-limits.ts';
import { withActivationType } from '../../passes/activation-type.ts';
import { limitsOf } from '../../passes/limits.ts';

/**
 * Law: the Program of the result computes the same integers. Means over all spatial axes become GlobalAveragePool; a
 * Relu or Clip goes away or is parted from its Conv; codes get the type of the target.
 */
export function onnxRuntimeForms(graph: Graph, activations: 'int8' | 'uint8'): Graph {
  return withActivationType(roundBeforeLimits(absorbLimits(meanToPool(graph))), activations);
}

function meanToPool(graph: Graph): Graph {
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const [y = ''] = node.outputs;
    const { dtype, quant } = graph.values.get(y)!;
    const shape = graph.values.get(x)?.shape ?? [];
    if (!isSpatialMean(graph, node, shape.length)) continue;
    if (intAttribute(node, 'keepdims', 1) === 1) {
      edit.replace(node, makeNode('GlobalAveragePool', [x], [y], {}, node.name));
      continue;
    }
    const pooledShape = shape.map((size, axis) => (axis < 2 ? size : 1));
    const pooled = edit.addValue(`${y}_pooled`, { dtype, shape: pooledShape, quant });
    edit.replace(
      node,
      makeNode('GlobalAveragePool', [x], [pooled], {}, node.name),
      makeNode('Flatten', [pooled], [y]),
    );
  }
  return edit.finish();
}

function isSpatialMean(graph: Graph, node: Node, rank: number): boolean {
  if (node.op !== 'ReduceMean' || rank < 3) return false;
  const axes = graph.constants.get(node.inputs[1] ?? '')?.data ?? [];
  const reduced = new Set(
    Array.from(axes as ArrayLike<number | bigint>, (axis) => (Number(axis) + rank) % rank),
  );
  return reduced.size === rank - 2 && !reduced.has(0) && !reduced.has(1);
}

/**
 * A Conv whose Relu or Clip limits the codes further would stay in float with it. Rounded to the same codes before, it
 * is computed in integers; the limit takes the codes then, and limits the same ones (`mergeRoundings` knows).
 */
function roundBeforeLimits(graph: Graph): Graph {
  const readers = consumers(graph);
  const outputs = outputValues(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const quant = graph.values.get(node.outputs[0]!)?.quant ?? null;
    const value = graph.values.get(x);
    if (limitsOf(graph, node) === null || quant === null || value === undefined || value.quant !== null)
      continue;
    if (readers.get(x)!.length === 1 && !outputs.has(x)) edit.setValue({ ...value, quant });
  }
  return edit.finish();
}
