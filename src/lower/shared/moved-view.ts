/** What nodes that only move elements make of a view of what they move. */
import type { Graph, Node } from '../../graph/types.ts';
import { intAttribute, intsAttribute } from '../../ops/attributes.ts';
import { reshapeView, type Strided, sliceView, transposeView } from './views.ts';

/** A Transpose. */
export function transposedView<V extends Strided>(node: Node, view: V): V {
  const rank = view.shape.length;
  const reversed = Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const permutation = intsAttribute(node, 'perm', reversed);
  return transposeView(
    view,
    permutation.map((axis) => inRank(axis, rank)),
  );
}

/** A Slice; null where its bounds are not constant. */
export function slicedView<V extends Strided>(graph: Graph, node: Node, view: V): V | null {
  const bounds = node.inputs.slice(1).map((name) => (name === '' ? [] : constantInts(graph, name)));
  if (bounds.some((given) => given === null)) return null;
  const [starts = [], , givenAxes = [], givenSteps = []] = bounds as readonly (readonly number[])[];
  const axes = givenAxes.length > 0 ? givenAxes : starts.map((_, i) => i);
  const outShape = graph.values.get(node.outputs[0]!)!.shape;
  return axes.reduce((sliced, given, i) => {
    const axis = inRank(given, view.shape.length);
    const [size, step] = [view.shape[axis]!, givenSteps[i] ?? 1];
    const from = starts[i]! < 0 ? starts[i]! + size : starts[i]!;
    const start = Math.min(Math.max(from, 0), step > 0 ? size : size - 1);
    return sliceView(sliced, axis, start, outShape[axis]!, step);
  }, view);
}

/** A Gather of one constant index: a slice without its axis; null for any other. */
export function pickedView<V extends Strided>(graph: Graph, node: Node, view: V): V | null {
  const indices = constantInts(graph, node.inputs[1]!);
  if (indices?.length !== 1) return null;
  const axis = inRank(intAttribute(node, 'axis', 0), view.shape.length);
  const index = indices[0]!;
  const picked = sliceView(view, axis, index < 0 ? index + view.shape[axis]! : index, 1, 1);
  return reshapeView(picked, graph.values.get(node.outputs[0]!)!.shape);
}

function constantInts({ constants }: Graph, name: string): readonly number[] | null {
  const tensor = constants.get(name);
  return tensor === undefined ? null : Array.from(tensor.data as ArrayLike<number | bigint>, Number);
}

function inRank(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}
