import { int, ints, makeNode, string } from '../graph/build.ts';
import { type Edit, startEdit } from '../graph/rewrite.ts';
import { allocate, int64Tensor } from '../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../graph/types.ts';
import { asElements } from '../ops/arrays.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import { convTransposeWindow } from '../ops/conv.ts';
import { isPadded, slidingWindow, type Window } from '../ops/window.ts';
import { limitsOf } from './limits.ts';
import { type GraphView, hasExtraOutput, isIntermediate, quantOf, shapeOf, viewGraph } from './match.ts';

/** Axes of [N, C, D, H, W]. */
const DEPTH = 2;
const SPATIAL_AXES = 3;

/**
 * Law: a window over three spatial axes is one over two. The planes that a Conv reads along the first axis become channels of
 * an image, and of a ConvTranspose those that a plane of its output is made of, for all planes that lie alike between the input's at a time; the rows that a mean reads lie one behind the other; a maximum over a box is one over its depth and one over its
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
    else if (node.op === 'ConvTranspose' && graph.constants.has(w)) convolveBack(view, edit, node);
    else if (node.op === 'GlobalAveragePool' || node.op === 'GlobalMaxPool') poolWhole(view, edit, node);
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
  const padded = padDepth(edit, start, window.padBegin[0]!, window.padEnd[0]!);
  const stack = stacked(edit, padded, DEPTH, DEPTH, placesOf(window, 0));
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

/** What the outputs along an axis read: `count` of them, `stride` apart, from each of the first places on. */
type Places = { readonly firsts: readonly number[]; readonly count: number; readonly stride: number };

/** @param spatial an axis of the window */
function placesOf({ kernel, strides, dilations, output }: Window, spatial: number): Places {
  const firsts = Array.from({ length: kernel[spatial]! }, (_, k) => k * dilations[spatial]!);
  return { firsts, count: output[spatial]!, stride: strides[spatial]! };
}

/** With a new axis `at` for the places along `axis`, which becomes that of the outputs: all that each of them reads. */
function stacked(
  edit: Edit,
  chain: Chain,
  axis: number,
  at: number,
  { firsts, count, stride }: Places,
): Chain {
  const shape = chain.shape.with(axis, count);
  const bound = (value: number): string => edit.addConstant(`${chain.value}_bound`, int64Tensor([value]));
  const parts = firsts.map((first): Chain => {
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
function padDepth(edit: Edit, start: Chain, before: number, after: number): Chain {
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
  const deep = stacked(edit, start, DEPTH, DEPTH, placesOf(window, 0));
  const both = stacked(edit, deep, DEPTH + 2, DEPTH + 1, placesOf(window, 1));
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

/** Over all of a volume: the planes are rows one behind the other. */
function poolWhole(view: GraphView, edit: Edit, node: Node): void {
  const [x = ''] = node.inputs;
  const [batch, channels, depth, height, width] = shapeOf(view, x) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const start: Chain = { value: x, shape: shapeOf(view, x), quant: quantOf(view, x), nodes: [] };
  const image = reshaped(edit, start, [batch, channels, depth * height, width]);
  replace(view, edit, node, image, { ...node, inputs: [image.value] }, [batch, channels, 1, 1], (made) =>
    reshaped(edit, made, [batch, channels, 1, 1, 1]),
  );
}

/**
 * Planes of the output that lie alike between those of the input are made of as many of these, by the same planes of the kernel: one
 * ConvTranspose over images for each way of lying.
 */
function convolveBack(view: GraphView, edit: Edit, node: Node): void {
  const [x = '', w = '', ...bias] = node.inputs;
  const [y = ''] = node.outputs;
  const weights = view.graph.constants.get(w)!;
  const [batch, channels, depth, ...plane] = shapeOf(view, x) as [number, number, number, ...number[]];
  const infos = [x, w].map((name) => ({ dtype: weights.dtype, shape: shapeOf(view, name), data: null }));
  const window = convTransposeWindow(node, infos);
  const [stride, dilation, begin] = [window.strides[0]!, window.dilations[0]!, window.padBegin[0]!];
  const [planes, ...area] = window.input as [number, number, number];
  const filters = shapeOf(view, y)[1]!;
  const ways = Array.from({ length: Math.min(stride, planes) }, (_, first) => {
    const at = first + begin;
    const all = Array.from({ length: window.kernel[0]! }, (_, k) => k);
    const kernel = all.filter((k) => (at - k * dilation) % stride === 0);
    // Where no plane of the kernel falls, the bias alone is left: of a plane of zeros.
    const firsts = kernel.length === 0 ? [0] : kernel.map((k) => (at - k * dilation) / stride);
    return { kernel, firsts, count: Math.ceil((planes - first) / stride), stride: 1 };
  });
  const before = Math.max(0, ...ways.flatMap(({ firsts }) => firsts.map((first) => -first)));
  const ends = ways.flatMap(({ firsts, count }) => firsts.map((first) => first + count));
  const start: Chain = { value: x, shape: shapeOf(view, x), quant: quantOf(view, x), nodes: [] };
  const padded = padDepth(edit, start, before, Math.max(0, ...ends.map((end) => end - depth)));
  const activation = activationBehind(view, y);
  const result = activation?.outputs[0] ?? y;
  const attributes = planarBack(node, window);
  const made = ways.map(({ kernel, firsts, count }): Chain => {
    const moved = firsts.map((first) => first + before);
    const stack = stacked(edit, { ...padded, nodes: [] }, DEPTH, DEPTH, { firsts: moved, count, stride: 1 });
    const inFront = transposed(edit, stack, [0, 3, 1, 2, 4, 5]);
    const images = reshaped(edit, inFront, [batch * count, channels * firsts.length, ...plane]);
    const flat = edit.addConstant(w, planesOf(weights, kernel), quantOf(view, w));
    const computing = { ...node, inputs: [images.value, flat, ...bias], attributes };
    const over = computed(view, edit, node, images, computing, [batch * count, filters, ...area]);
    const parts = reshaped(edit, over, [batch, count, filters, ...area]);
    return transposed(edit, parts, [0, 2, 1, 3, 4]);
  });
  const nodes = [...padded.nodes, ...made.flatMap((chain) => chain.nodes)];
  const [first, ...others] = made as [Chain, ...Chain[]];
  const names = others.map(({ value }) => value);
  const whole = [batch, filters, planes, ...area];
  const joined = then(edit, { ...first, nodes }, 'Concat', whole, names, { axis: int(DEPTH) });
  // Plane p is the floor(p / stride)-th of the planes that lie as it does.
  const starts = ways.map((_, i) => ways.slice(0, i).reduce((sum, { count }) => sum + count, 0));
  const order = Array.from({ length: planes }, (_, p) => starts[p % stride]! + Math.floor(p / stride));
  const places = edit.addConstant(`${y}_planes`, int64Tensor(order));
  const taken = then(edit, joined, 'Gather', whole, [places], { axis: int(DEPTH) });
  if (activation !== null) edit.replace(activation);
  edit.replace(node, ...taken.nodes.slice(0, -1), { ...taken.nodes.at(-1)!, outputs: [result] });
}

/** Attributes of the part of a ConvTranspose over its last two axes: what it cuts off, or adds, to make its output. */
function planarBack(node: Node, window: Window): Node['attributes'] {
  const ends = [1, 2].map((axis) => {
    const [stride, dilation] = [window.strides[axis]!, window.dilations[axis]!];
    const full = stride * (window.output[axis]! - 1) + (window.kernel[axis]! - 1) * dilation + 1;
    return full - window.padBegin[axis]! - window.input[axis]!;
  });
  const { output_shape: _, ...attributes } = planar(node, window, [1, 2]);
  const cut = ends.map((end) => Math.max(end, 0));
  return {
    ...attributes,
    pads: ints([...window.padBegin.slice(1), ...cut]),
    output_padding: ints(ends.map((end) => Math.max(-end, 0))),
  };
}

/** Weights [channels, filters, kernel ...] as [channels times some planes of the kernel, filters, height, width]; one of zeros for none. */
function planesOf({ dtype, shape, data }: Tensor, kernel: readonly number[]): Tensor {
  const [channels, filters, depth, height, width] = shape as [number, number, number, number, number];
  const area = height * width;
  const count = Math.max(1, kernel.length);
  const from = asElements(data);
  const made = allocate(dtype, channels * count * filters * area);
  const to = asElements(made);
  for (let c = 0; c < channels; c++) {
    kernel.forEach((k, i) => {
      for (let f = 0; f < filters; f++) {
        const at = ((c * filters + f) * depth + k) * area;
        to.set(from.subarray(at, at + area), ((c * count + i) * filters + f) * area);
      }
    });
  }
  return { dtype, shape: [channels * count, filters, height, width], data: made };
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
  const whole = back(computed(view, edit, node, images, computing, shape));
  if (activation !== null) edit.replace(activation);
  const outputs = [activation?.outputs[0] ?? y];
  edit.replace(node, ...whole.nodes.slice(0, -1), { ...whole.nodes.at(-1)!, outputs });
}

/** What a node over images makes, with the activation behind the node over volumes whose codes it writes. */
function computed(
  view: GraphView,
  edit: Edit,
  node: Node,
  images: Chain,
  computing: Node,
  shape: readonly number[],
): Chain {
  const [y = ''] = node.outputs;
  const activation = activationBehind(view, y);
  const result = activation?.outputs[0] ?? y;
  const quant = quantOf(view, result);
  const of = (name: string, own: Quant | null): string =>
    edit.addValue(`${name}_images`, { dtype: 'float32', shape, quant: own });
  const made = of(y, activation === null ? quant : null);
  const nodes = [...images.nodes, { ...computing, outputs: [made] }];
  if (activation === null) return { value: made, shape, quant, nodes };
  const value = of(result, quant);
  const behind = { ...activation, inputs: [made, ...activation.inputs.slice(1)], outputs: [value] };
  return { value, shape, quant, nodes: [...nodes, behind] };
}

/** The Relu or Clip with codes that alone reads a value without. */
function activationBehind(view: GraphView, y: string): Node | null {
  const [reader] = view.readers.get(y) ?? [];
  if (reader === undefined || !isIntermediate(view, y) || limitsOf(view.graph, reader) === null) return null;
  return quantOf(view, reader.outputs[0]!) === null ? null : reader;
}
