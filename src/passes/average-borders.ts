import { int, ints, makeNode, string } from '../graph/build.ts';
import { type Edit, sameQuant, startEdit } from '../graph/rewrite.ts';
import { int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import { slidingWindow, type Window } from '../ops/window.ts';
import { type GraphView, quantOf, shapeOf, viewGraph } from './match.ts';

/** More parts than these cost more than a rounding is worth. */
const MOST_PARTS = 8;

/**
 * Law: an average whose windows are cut short along an axis is a Concat of averages of slices, each of windows of one size. For
 * averages that change the scale: with as many elements in each window, they are rounded once. One axis of a node at a time.
 */
export function averageBorders(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = ''] = node.inputs;
    const [y = ''] = node.outputs;
    if (node.op !== 'AveragePool' || intAttribute(node, 'count_include_pad', 0) !== 0) continue;
    const [from, to] = [quantOf(view, x), quantOf(view, y)];
    if (from === null || to === null || sameQuant(from, to)) continue;
    const shape = shapeOf(view, x);
    const ceil = intAttribute(node, 'ceil_mode', 0) !== 0;
    const window = slidingWindow(node, shape.slice(2), intsAttribute(node, 'kernel_shape', []), ceil);
    if (window.dilations.some((dilation) => dilation !== 1)) continue;
    for (let axis = 0; axis < window.input.length; axis++) {
      const runs = runsOf(window, axis);
      if (runs.length === 1 || runs.length > MOST_PARTS) continue;
      split(view, edit, node, window, axis, runs);
      break;
    }
  }
  return edit.finish();
}

/** Windows of one size, a stride apart: the first begins at `start` of the input. */
type Run = { readonly start: number; readonly size: number; readonly count: number };

function runsOf({ input, output, kernel, strides, padBegin }: Window, axis: number): readonly Run[] {
  const runs: Run[] = [];
  for (let at = 0; at < output[axis]!; at++) {
    const begin = at * strides[axis]! - padBegin[axis]!;
    const start = Math.max(begin, 0);
    const size = Math.min(begin + kernel[axis]!, input[axis]!) - start;
    const last = runs.at(-1);
    const follows =
      last !== undefined && last.size === size && last.start + last.count * strides[axis]! === start;
    if (follows) runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ start, size, count: 1 });
  }
  return runs;
}

function split(
  view: GraphView,
  edit: Edit,
  node: Node,
  window: Window,
  axis: number,
  runs: readonly Run[],
): void {
  const [x = ''] = node.inputs;
  const [y = ''] = node.outputs;
  const [input, output] = [shapeOf(view, x), shapeOf(view, y)];
  const [from, to] = [quantOf(view, x), quantOf(view, y)];
  const bound = (value: number): string => edit.addConstant(`${y}_bound`, int64Tensor([value]));
  const nodes: Node[] = [];
  const parts = runs.map(({ start, size, count }, i) => {
    const length = (count - 1) * window.strides[axis]! + size;
    const slice = edit.addValue(`${x}_part`, {
      dtype: 'float32',
      shape: input.with(axis + 2, length),
      quant: from,
    });
    const part = edit.addValue(`${y}_part`, {
      dtype: 'float32',
      shape: output.with(axis + 2, count),
      quant: to,
    });
    const attributes = {
      ...node.attributes,
      auto_pad: string('NOTSET'),
      ceil_mode: int(0),
      kernel_shape: ints(window.kernel.with(axis, size)),
      strides: ints(window.strides),
      pads: ints([...window.padBegin.with(axis, 0), ...endOf(window).with(axis, 0)]),
    };
    const bounds = [bound(start), bound(start + length), bound(axis + 2)];
    nodes.push(
      makeNode('Slice', [x, ...bounds], [slice]),
      makeNode('AveragePool', [slice], [part], attributes, i === 0 ? node.name : part),
    );
    return part;
  });
  edit.replace(node, ...nodes, makeNode('Concat', parts, [y], { axis: int(axis + 2) }));
}

/** Padding at the end as far as windows reach: with it, no window is added and none is dropped. */
function endOf({ input, padBegin, output, strides, kernel }: Window): readonly number[] {
  return input.map((size, axis) =>
    Math.max(0, (output[axis]! - 1) * strides[axis]! + kernel[axis]! - size - padBegin[axis]!),
  );
}
