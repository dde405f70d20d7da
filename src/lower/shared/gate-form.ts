/** Products of two activations that the kernels compute. */
import { sameShape } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { elements } from './context.ts';

/**
 * A product of two values of one shape, or of images and one number per channel ([n, c, 1, 1]: squeeze-excite, which
 * writes the gate on either side); null for other broadcasting.
 */
export function gateForm(
  graph: Graph,
  node: Node,
): { readonly input: string; readonly gate: string; readonly broadcast: boolean } | null {
  const [first, second] = node.inputs as readonly [string, string];
  const shape = (name: string): readonly number[] => graph.values.get(name)!.shape;
  const larger = elements(shape(first)) >= elements(shape(second));
  const [input, gate] = larger ? [first, second] : [second, first];
  if (sameShape(shape(input), shape(gate))) return { input, gate, broadcast: false };
  const perChannel =
    shape(input).length === shape(gate).length &&
    shape(gate).every((size, axis) => (axis < 2 ? size === shape(input)[axis] : size === 1));
  return perChannel ? { input, gate, broadcast: true } : null;
}
