import { int, ints, makeNode, string } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import { reachesBeyondPadding, slidingWindow, type Window } from '../ops/window.ts';
import { quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: an average that counts its padding, with windows that reach beyond it (ceil_mode), divides by the positions
 * inside the input and its padding. Kernels count all of a window or what of it lies in the input: padded with zeros
 * before, the input is what they count.
 */
export function explicitAveragePadding(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    if (node.op !== 'AveragePool' || intAttribute(node, 'count_include_pad', 0) === 0) continue;
    const [x = ''] = node.inputs;
    const shape = shapeOf(view, x);
    const kernel = intsAttribute(node, 'kernel_shape', []);
    const ceil = intAttribute(node, 'ceil_mode', 0) !== 0;
    const window = slidingWindow(node, shape.slice(2), kernel, ceil);
    if (!reachesBeyondPadding(window)) continue;
    const padded = window.padBegin.every((amount, axis) => amount + window.padEnd[axis]! === 0)
      ? null
      : paddedInput(edit, node, shape, window, quantOf(view, x));
    const beyond = window.input.map(
      (size, axis) => window.padded[axis]! - size - window.padBegin[axis]! - window.padEnd[axis]!,
    );
    const average: Node = {
      ...node,
      inputs: [padded?.outputs[0] ?? x],
      attributes: {
        ...node.attributes,
        auto_pad: string('NOTSET'),
        ceil_mode: int(0),
        count_include_pad: int(0),
        pads: ints([...beyond.map(() => 0), ...beyond]),
      },
    };
    edit.replace(node, ...(padded === null ? [] : [padded]), average);
  }
  return edit.finish();
}

function paddedInput(
  edit: Edit,
  node: Node,
  shape: readonly number[],
  { input, padBegin, padEnd }: Window,
  quant: ReturnType<typeof quantOf>,
): Node {
  const [x = ''] = node.inputs;
  const sizes = input.map((size, axis) => size + padBegin[axis]! + padEnd[axis]!);
  const name = edit.addValue(`${x}_padded`, {
    dtype: 'float32',
    shape: [...shape.slice(0, 2), ...sizes],
    quant,
  });
  const pads = edit.addConstant(`${name}_pads`, int64Tensor([0, 0, ...padBegin, 0, 0, ...padEnd]));
  return makeNode('Pad', [x, pads], [name], {}, `${node.name}_Pad`);
}
