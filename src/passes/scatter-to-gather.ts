import { int, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { elementCount, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute, stringAttribute } from '../ops/attributes.ts';
import { elementOffsets, tupleOffsets } from '../ops/indexing.ts';
import { type GraphView, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: what is scattered to constant places is gathered from there. Of the input and the updates, one behind the other, the
 * output takes each run of elements from where it was written last.
 */
export function scatterToGather(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'ScatterElements' && node.op !== 'ScatterND') continue;
    if (stringAttribute(node, 'reduction', 'none') !== 'none') continue;
    if (graph.constants.has(node.inputs[1]!) && view.graph.values.get(node.outputs[0]!)!.dtype === 'float32')
      gather(view, edit, node);
  }
  return edit.finish();
}

/** What a Scatter writes to at constant places: the input as runs of elements, and where each run of updates begins. */
export function scatteredRuns(view: GraphView, node: Node) {
  const [x, indices] = node.inputs as readonly [string, string];
  const shape = shapeOf(view, x);
  const places = view.graph.constants.get(indices)!;
  const axis = intAttribute(node, 'axis', 0);
  const elementwise = node.op === 'ScatterElements';
  const offsets = elementwise
    ? elementOffsets(node, shape, places, axis < 0 ? axis + shape.length : axis)
    : tupleOffsets(node, shape, places, 0);
  const length = elementwise ? 1 : elementCount(shape.slice(places.shape.at(-1)!));
  return { shape, runs: elementCount(shape) / length, length, offsets };
}

function gather(view: GraphView, edit: Edit, node: Node): void {
  const [x, , updates] = node.inputs as readonly [string, string, string];
  const [y] = node.outputs as readonly [string];
  const { shape, runs, length, offsets } = scatteredRuns(view, node);
  const from = Int32Array.from({ length: runs }, (_, i) => i);
  offsets.forEach((offset, i) => {
    from[offset / length] = runs + i;
  });
  const quant = quantOf(view, y);
  const value = (base: string, rows: number, own = quant): string =>
    edit.addValue(base, { dtype: 'float32', shape: [rows, length], quant: own });
  const rowsOf = (name: string, rows: number): readonly [string, Node] => {
    const flat = value(`${name}_runs`, rows, quantOf(view, name));
    const target = edit.addConstant(`${flat}_shape`, int64Tensor([rows, length]));
    return [flat, makeNode('Reshape', [name, target], [flat])];
  };
  const [old, oldNode] = rowsOf(x, runs);
  const [fresh, freshNode] = rowsOf(updates, offsets.length);
  const both = value(`${y}_both`, runs + offsets.length);
  const taken = value(`${y}_runs`, runs);
  const order = edit.addConstant(`${y}_places`, int64Tensor(Array.from(from)));
  edit.replace(
    node,
    oldNode,
    freshNode,
    makeNode('Concat', [old, fresh], [both], { axis: int(0) }),
    makeNode('Gather', [both, order], [taken], { axis: int(0) }),
    makeNode('Reshape', [taken, edit.addConstant(`${y}_shape`, int64Tensor(shape))], [y], {}, node.name),
  );
}
