/** Operators that copy elements without changing them: quantisation passes through them unchanged. */
import type { Graph, Node } from '../graph/types.ts';

const MOVERS = new Set([
  'Concat',
  'DepthToSpace',
  'Dropout',
  'Expand',
  'Flatten',
  'Gather',
  'Identity',
  'MaxPool',
  'Pad',
  'Reshape',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

/**
 * Whether the node only moves elements. MaxPool counts: quantisation is monotone, so it commutes with the maximum.
 */
export function isMover(node: Node): boolean {
  return MOVERS.has(node.op);
}

/** The inputs whose elements a mover moves; the others are shapes, indices and the like. */
export function movedInputs(node: Node): readonly string[] {
  return node.op === 'Concat' ? node.inputs : node.inputs.slice(0, 1);
}

/** Outputs that hold moved elements: not the indices of MaxPool nor the mask of Dropout. */
export function movedOutputs(node: Node): readonly string[] {
  const outputs = node.op === 'Split' ? node.outputs : node.outputs.slice(0, 1);
  return outputs.filter((name) => name !== '');
}

/** Whether a mover adds no element of its own but real zeros, which every quantisation holds exactly. */
export function addsOnlyZeros(graph: Graph, node: Node): boolean {
  const fill = node.op === 'Pad' ? (node.inputs[2] ?? '') : '';
  return fill === '' || Number(graph.constants.get(fill)?.data[0] ?? Number.NaN) === 0;
}
