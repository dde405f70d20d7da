import { int, ints, makeNode } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { allocate, elementCount, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import { asElements } from '../ops/arrays.ts';
import { intAttribute } from '../ops/attributes.ts';
import { convTransposeWindow } from '../ops/conv.ts';
import { type GraphView, quantOf, shapeOf, viewGraph } from './match.ts';

/**
 * Law: a ConvTranspose in groups is a Conv in groups over its input with zeros between the numbers, by the kernel turned round. Of float
 * graphs: there are kernels for the one, and not for the other.
 */
export function ungroupTranspose(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = '', w = ''] = node.inputs;
    if (node.op !== 'ConvTranspose' || intAttribute(node, 'group', 1) === 1) continue;
    if (!graph.constants.has(w) || graph.constants.has(x)) continue;
    if ([...node.inputs, ...node.outputs].every((name) => name === '' || quantOf(view, name) === null)) {
      replace(view, edit, node);
    }
  }
  return edit.finish();
}

function replace(view: GraphView, edit: Edit, node: Node): void {
  const [x = '', w = '', ...bias] = node.inputs;
  const weights = view.graph.constants.get(w)!;
  const infos = [x, w].map((name) => ({ dtype: weights.dtype, shape: shapeOf(view, name), data: null }));
  const { input, output, kernel, strides, dilations, padBegin } = convTransposeWindow(node, infos);
  const nodes: Node[] = [];
  let [value, shape] = [x, shapeOf(view, x)];
  const append = (op: string, own: readonly number[], operands: readonly (readonly number[])[]): void => {
    const made = edit.addValue(`${value}_${op}`, { dtype: 'float32', shape: own, quant: null });
    const names = operands.map((numbers) => edit.addConstant(`${made}_operand`, int64Tensor(numbers)));
    nodes.push(makeNode(op, [value, ...names], [made]));
    [value, shape] = [made, own];
  };
  const pads = kernel.map((size, i) => {
    const [stride, axis] = [strides[i]!, i + 2];
    // A number and as many zeros behind it as lie between two, along one axis.
    if (stride > 1) {
      const rows = [elementCount(shape.slice(0, axis)), shape[axis]!, 1, elementCount(shape.slice(axis + 1))];
      const spread = shape.with(axis, shape[axis]! * stride);
      append('Reshape', rows, [rows]);
      append('Pad', rows.with(2, stride), [[0, 0, 0, 0, 0, 0, stride - 1, 0]]);
      append('Reshape', spread, [spread]);
    }
    const reach = (size - 1) * dilations[i]!;
    const begin = reach - padBegin[i]!;
    const end = input[i]! + reach - begin - output[i]! * stride;
    const [from, to] = [Math.max(0, -begin), shape[axis]! - Math.max(0, -end)];
    if (from > 0 || to < shape[axis]!) append('Slice', shape.with(axis, to - from), [[from], [to], [axis]]);
    return [Math.max(begin, 0), Math.max(end, 0)] as const;
  });
  const groups = intAttribute(node, 'group', 1);
  const turned = edit.addConstant(w, turnedWeights(weights, groups));
  const attributes = {
    group: int(groups),
    kernel_shape: ints(kernel),
    dilations: ints(dilations),
    pads: ints([...pads.map(([begin]) => begin), ...pads.map(([, end]) => end)]),
  };
  edit.replace(
    node,
    ...nodes,
    makeNode('Conv', [value, turned, ...bias], [node.outputs[0]!], attributes, node.name),
  );
}

/** Weights [channels, filters of a group, kernel ...] as [filters, channels of a group, kernel from its end ...]. */
function turnedWeights({ dtype, shape, data }: Tensor, groups: number): Tensor {
  const [channels, groupFilters, ...kernel] = shape as [number, number, ...number[]];
  const [groupChannels, area] = [channels / groups, elementCount(kernel)];
  const from = asElements(data);
  const made = allocate(dtype, from.length);
  const to = asElements(made);
  for (let c = 0; c < channels; c++) {
    const [group, channel] = [Math.floor(c / groupChannels), c % groupChannels];
    for (let f = 0; f < groupFilters; f++) {
      const at = ((group * groupFilters + f) * groupChannels + channel) * area;
      for (let k = 0; k < area; k++) to[at + k] = from[(c * groupFilters + f) * area + area - 1 - k]!;
    }
  }
  return { dtype, shape: [groups * groupFilters, groupChannels, ...kernel], data: made };
}
