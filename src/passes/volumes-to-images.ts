import { int, ints, makeNode, string } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Quant } from '../graph/types.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import { isPadded, slidingWindow, type Window } from '../ops/window.ts';
import { limitsOf } from './limits.ts';
import { type GraphView, hasExtraOutput, isIntermediate, quantOf, shapeOf, viewGraph } from './match.ts';

/** Axes of [N, C, D, H, W]. */
const DEPTH = 2;
const SPATIAL_AXES = 3;

/**
 * Law: a window over three spatial axes is one over two. The planes that a Conv reads along the first axis become channels of
 * an image; the rows that a mean reads lie one behind the other; a maximum over a box is one over its depth and one over its
 * planes, and so is a mean that reads padding, which is rounded after either. The Relu or Clip whose codes such a node writes comes
 * along.
 */
export function volumesToImages(graph: Graph): Graph {
  const view = viewGraph(graph);
  const edit = startEdit(graph);
  for (const node of graph.nodes) {
    const [x = '', w = ''] = node.inputs;
    if (x === '' || graph.constants.has(x) || shapeOf(view, x).length !== SPATIAL_AXES + 2) continue;
    if (node.op === 'Conv' && graph.constants.has(w)) convolve(view, edit, node);
    else if ((node.op === 'MaxPool' || node.op === 'AveragePool') && !hasExtraOutput(view, node))
      pool(view, edit, node);
  }
  return edit.finish();
}

/** Nodes one behind the other, in place of one. */
type Chain = {
  readonly value: string;
  readonly shape: readonly number[];
  readonly quant: Quant | null;
  readonly nodes: readonly Node[];
};

/** The chain with one more node. @param inputs behind the value of the chain */
function then(
  edit: Edit,
  chain: Chain,
  op: string,
  shape: readonly number[],
  inputs: readonly string[] = [],
  attributes: Node['attributes'] = {},
): Chain {
  const value = edit.addValue(`${chain.value}_${op}`, { dtype: 'float32', shape, quant: chain.quant });
  const node = makeNode(op, [chain.value, ...inputs], [value], attributes);
  return { ...chain, value, shape, nodes: [...chain.nodes, node] };
}

function reshaped(edit: Edit, chain: Chain, shape: readonly number[]): Chain {
  return then(edit, chain, 'Reshape', shape, [edit.addConstant(`${chain.value}_shape`, int64Tensor(shape))]);
}

function transposed(edit: Edit, chain: Chain, perm: readonly number[]): Chain {
  const shape = perm.map((axis) => chain.shape[axis]!);
  return then(edit, chain, 'Transpose', shape, [], { perm: ints(perm) });
}

function convolve(view: GraphView, edit: Edit, node: Node): void {
  const [x = '', w = '', ...bias] = node.inputs;
  const weights = view.graph.constants.get(w)!;
  const [batch, channels, ...volume] = shapeOf(view, x) as [number, number, ...number[]];
  const [filters, groupChannels, ...kernel] = weights.shape as [number, number, ...number[]];
  const window = slidingWindow(node, volume, kernel);
  const [depth, ...plane] = window.kernel as [number, number, number];
  const [planes, height, width] = window.output as [number, number, number];
  const start: Chain = { value: x, shape: shapeOf(view, x), quant: quantOf(view, x), nodes: [] };
  const stack = stacked(edit, padDepth(edit, start, window), DEPTH, DEPTH, window, 0);
  const inFront = transposed(edit, stack, [0, 3, 1, 2, 4, 5]);
  const images = reshaped(edit, inFront, [batch * planes, channels * depth, ...volume.slice(1)]);
  const flat = { ...weights, shape: [filters, groupChannels * depth, ...plane] };
  const flatWeights = edit.addConstant(w, flat, quantOf(view, w));
  const inputs = [images.value, flatWeights, ...bias];
  const over = { ...node, inputs, attributes: planar(node, window, [1, 2]) };
  replace(view, edit, node, images, over, [batch * planes, filters, height, width], (made) => {
    const parts = reshaped(edit, made, [batch, planes, filters, height, width]);
    return transposed(edit, parts, [0, 2, 1, 3, 4]);
  });
}

/**
 * With a new axis `at` for the places of a window along `axis`, which becomes that of its outputs: all that each of them reads.
 * @param spatial which axis of the window that is
 */
function stacked(
  edit: Edit,
  chain: Chain,
  axis: number,
  at: number,
  { kernel, strides, dilations, output }: Window,
  spatial: number,
): Chain {
  const [stride, dilation, count] = [strides[spatial]!, dilations[spatial]!, output[spatial]!];
  const shape = chain.shape.with(axis, count);
  const bound = (value: number): string => edit.addConstant(`${chain.value}_bound`, int64Tensor([value]));
  const parts = Array.from({ length: kernel[spatial]! }, (_, k): Chain => {
    const first = k * dilation;
    const last = first + (count - 1) * stride + 1;
    const operands = [bound(first), bound(last), bound(axis), bound(stride)];
    const slice = then(edit, { ...chain, nodes: [] }, 'Slice', shape, operands);
    return reshaped(edit, slice, shape.toSpliced(at, 0, 1));
  });
  const [first, ...others] = parts as [Chain, ...Chain[]];
  const nodes = [...chain.nodes, ...parts.flatMap((part) => part.nodes)];
  if (others.length === 0) return { ...first, nodes };
  const names = others.map(({ value }) => value);
  const whole = shape.toSpliced(at, 0, parts.length);
  return then(edit, { ...first, nodes }, 'Concat', whole, names, { axis: int(at) });
}

/** Zeros before and behind the planes. */
function padDepth(edit: Edit, start: Chain, { padBegin, padEnd }: Window): Chain {
  const [before, after] = [padBegin[0]!, padEnd[0]!];
  if (before + after === 0) return start;
  const pads = edit.addConstant(`${start.value}_pads`, int64Tensor([0, 0, before, 0, 0, 0, 0, after, 0, 0]));
  return then(edit, start, 'Pad', start.shape.with(DEPTH, start.shape[DEPTH]! + before + after), [pads]);
}

/** Attributes of the part of a window over some axes, as one over two. */
function planar(node: Node, window: Window, axes: readonly number[]): Node['attributes'] {
  const pick = (values: readonly number[], beside: number): readonly number[] =>
    [...axes.map((axis) => values[axis]!), beside].slice(0, 2);
  return {
    ...node.attributes,
    auto_pad: string('NOTSET'),
    kernel_shape: ints(pick(window.kernel, 1)),
    strides: ints(pick(window.strides, 1)),
    dilations: ints(pick(window.dilations, 1)),
    pads: ints([...pick(window.padBegin, 0), ...pick(window.padEnd, 0)]),
  };
}

function pool(view: GraphView, edit: Edit, node: Node): void {
  const [x = ''] = node.inputs;
  const [batch, channels, ...volume] = shapeOf(view, x) as [number, number, ...number[]];
  const ceil = intAttribute(node, 'ceil_mode', 0) !== 0;
  const window = slidingWindow(node, volume, intsAttribute(node, 'kernel_shape', []), ceil);
  const [planes, height, width] = window.output as [number, number, number];
  const start: Chain = { value: x, shape: shapeOf(view, x), quant: quantOf(view, x), nodes: [] };
  if (node.op === 'AveragePool' && !isPadded(window)) {
    averageRows(view, edit, node, window);
    return;
  }
  const pads = window.padBegin[0]! + window.padEnd[0]!;
  const stays = window.kernel[0] === 1 && window.strides[0] === 1 && pads === 0;
  const along = stays ? start : poolDepth(edit, start, node, window);
  const images = reshaped(edit, along, [batch, channels * planes, volume[1]!, volume[2]!]);
  const over = { ...node, inputs: [images.value], attributes: planar(node, window, [1, 2]) };
  replace(view, edit, node, images, over, [batch, channels * planes, height, width], (made) =>
    reshaped(edit, made, shapeOf(view, node.outputs[0]!)),
  );
}

/** A mean over boxes without padding, rounded once: the rows that each row of the output reads lie one behind the other. */
function averageRows(view: GraphView, edit: Edit, node: Node, window: Window): void {
  const [x = ''] = node.inputs;
  const [batch, channels, , , width] = shapeOf(view, x) as [number, number, number, number, number];
  const [depth, rows, columns] = window.kernel as [number, number, number];
  const [planes, outRows, outColumns] = window.output as [number, number, number];
  const start: Chain = { value: x, shape: shapeOf(view, x), quant: quantOf(view, x), nodes: [] };
  const deep = stacked(edit, start, DEPTH, DEPTH, window, 0);
  const both = stacked(edit, deep, DEPTH + 2, DEPTH + 1, window, 1);
  const inFront = transposed(edit, both, [0, 4, 5, 1, 2, 3, 6]);
  const images = reshaped(edit, inFront, [batch * planes * outRows, channels, depth * rows, width]);
  const attributes = {
    kernel_shape: ints([depth * rows, columns]),
    strides: ints([1, window.strides[2]!]),
    dilations: ints([1, window.dilations[2]!]),
  };
  const over = { ...node, inputs: [images.value], attributes };
  replace(view, edit, node, images, over, [batch * planes * outRows, channels, 1, outColumns], (made) => {
    const parts = reshaped(edit, made, [batch, planes, outRows, channels, outColumns]);
    return transposed(edit, parts, [0, 3, 1, 2, 4]);
  });
}

/** Over the depth alone: planes are rows. */
function poolDepth(edit: Edit, start: Chain, node: Node, window: Window): Chain {
  const [batch, channels, depth, ...plane] = start.shape as [number, number, number, ...number[]];
  const area = plane.reduce((product, size) => product * size, 1);
  const rows = reshaped(edit, start, [batch, channels, depth, area]);
  const shape = [batch, channels, window.output[0]!, area];
  return then(edit, rows, node.op, shape, [], planar(node, window, [0]));
}

/**
 * Puts a node over images in the place of one over volumes, with the activation whose codes it writes and what brings
 * the images back to volumes.
 * @param shape of what the node makes of images
 */
function replace(
  view: GraphView,
  edit: Edit,
  node: Node,
  images: Chain,
  computing: Node,
  shape: readonly number[],
  back: (made: Chain) => Chain,
): void {
  const [y = ''] = node.outputs;
  const activation = activationBehind(view, y);
  const result = activation?.outputs[0] ?? y;
  const quant = quantOf(view, result);
  const of = (name: string, own: Quant | null): string =>
    edit.addValue(`${name}_images`, { dtype: 'float32', shape, quant: own });
  const made = of(y, activation === null ? quant : null);
  const nodes: Node[] = [...images.nodes, { ...computing, outputs: [made] }];
  let value = made;
  if (activation !== null) {
    value = of(result, quant);
    nodes.push({ ...activation, inputs: [made, ...activation.inputs.slice(1)], outputs: [value] });
    edit.replace(activation);
  }
  const whole = back({ value, shape, quant, nodes });
  const last = whole.nodes.at(-1)!;
  edit.replace(node, ...whole.nodes.slice(0, -1), { ...last, outputs: [result] });
}

/** The Relu or Clip with codes that alone reads a value without. */
function activationBehind(view: GraphView, y: string): Node | null {
  const [reader] = view.readers.get(y) ?? [];
  if (reader === undefined || !isIntermediate(view, y) || limitsOf(view.graph, reader) === null) return null;
  return quantOf(view, reader.outputs[0]!) === null ? null : reader;
}
