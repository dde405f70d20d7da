/** Which layers of a graph a gate can skip patches in, and what they cost where some patches are active. */
import { consumers, outputValues } from '../graph/rewrite.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph, Node } from '../graph/types.ts';
import { intAttribute, intsAttribute } from '../ops/attributes.ts';
import { slidingWindow, type Window } from '../ops/window.ts';
import { nodeMacs } from '../passes/graph-macs.ts';
import { fusedAway } from '../quantize/scheme.ts';

/** A layer that can be computed for some pixels only: one step on the device, activation included. */
export type Layer = {
  /** The node that computes. */
  readonly name: string;
  readonly op: string;
  /** What it reads of the stage: the gated value, or outputs of layers before. */
  readonly reads: readonly string[];
  /** What it stores, and its shape [1, channels, height, width]. */
  readonly value: string;
  readonly shape: readonly number[];
  readonly macs: number;
  /** Null where every pixel is made of the one pixel in its place. */
  readonly window: Window | null;
  /** The node that computes, and the activation in the same step. */
  readonly nodes: readonly Node[];
};

/** Layers behind a gated value, in order. */
export type Stage = {
  readonly value: string;
  readonly shape: readonly number[];
  readonly layers: readonly Layer[];
};

const WINDOWS = new Set(['Conv', 'MaxPool', 'AveragePool']);
const PIXELWISE = new Set([
  'Abs',
  'Add',
  'Clip',
  'Elu',
  'Gelu',
  'HardSigmoid',
  'HardSwish',
  'Identity',
  'LeakyRelu',
  'Mul',
  'Neg',
  'PRelu',
  'Relu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'Softsign',
  'Tanh',
  'tinyml::Silu',
]);

/** All layers behind a value that can follow its patches: until others mix places or read something beside. */
export function stageOf(graph: Graph, value: string): Stage {
  const fused = fusedAway(graph);
  const readers = consumers(graph);
  const gated = new Set([value]);
  const layers: Layer[] = [];
  const activations = new Set<Node>();
  for (const node of graph.nodes) {
    const [output = ''] = node.outputs;
    if (!isGateable(graph, node, gated)) continue;
    gated.add(output);
    if (activations.has(node)) continue;
    const activation = fused.has(output) ? readers.get(output)![0]! : null;
    if (activation !== null) activations.add(activation);
    const stored = activation?.outputs[0] ?? output;
    layers.push({
      name: node.name,
      op: node.op,
      reads: node.inputs.filter((name) => gated.has(name)),
      value: stored,
      shape: graph.values.get(stored)!.shape,
      macs: nodeMacs(graph, node),
      window: WINDOWS.has(node.op) ? windowOf(graph, node) : null,
      nodes: activation === null ? [node] : [node, activation],
    });
  }
  return { value, shape: graph.values.get(value)!.shape, layers };
}

function isGateable(graph: Graph, node: Node, gated: ReadonlySet<string>): boolean {
  const [input = ''] = node.inputs;
  const [output = '', ...others] = node.outputs;
  const variable = node.inputs.filter((name) => name !== '' && !graph.constants.has(name));
  if (variable.length === 0 || !variable.every((name) => gated.has(name)) || others.length > 0) return false;
  const [, channels, ...plane] = graph.values.get(output)!.shape;
  if (PIXELWISE.has(node.op)) {
    return variable.every((name) => graph.values.get(name)!.shape.slice(2).join() === plane.join());
  }
  if (!WINDOWS.has(node.op) || input !== variable[0] || variable.length > 1) return false;
  const groups = intAttribute(node, 'group', 1);
  return groups === 1 || (groups === channels && groups === graph.values.get(input)!.shape[1]);
}

function windowOf(graph: Graph, node: Node): Window {
  const [input = '', weights = ''] = node.inputs;
  const kernel =
    node.op === 'Conv' ? graph.values.get(weights)!.shape.slice(2) : intsAttribute(node, 'kernel_shape', []);
  const size = graph.values.get(input)!.shape.slice(2);
  return slidingWindow(node, size, kernel, intAttribute(node, 'ceil_mode', 0) !== 0);
}

/** Rows and columns of pixels, half-open. */
type Rectangle = readonly [rows: readonly [number, number], columns: readonly [number, number]];

/**
 * The share of the pixels of each layer that must be computed where one block of patches is active, the most compact form
 * that they can have: about `share` of all patches, in the middle of the frame.
 */
export function blockShares(stage: Stage, patch: number, share: number): readonly number[] {
  const [, , height = 0, width = 0] = stage.shape;
  const [rows, columns] = [height / patch, width / patch];
  const count = Math.max(1, Math.round(share * rows * columns));
  const high = Math.min(rows, Math.max(Math.round(Math.sqrt(count)), Math.ceil(count / columns)));
  const wide = Math.min(columns, Math.ceil(count / high));
  const middle = (all: number, some: number): readonly [number, number] => {
    const start = Math.floor((all - some) / 2) * patch;
    return [start, start + some * patch];
  };
  const changed = new Map<string, Rectangle>([[stage.value, [middle(rows, high), middle(columns, wide)]]]);
  return stage.layers.map((layer) => {
    const rectangles = layer.reads.map((name) => changed.get(name)!);
    const reached = rectangles.map((rectangle) => reachOf(layer, rectangle)).reduce((a, b) => around(a, b));
    changed.set(layer.value, reached);
    const [, , layerHeight = 0, layerWidth = 0] = layer.shape;
    const [[top, bottom], [left, right]] = reached;
    return ((bottom - top) * (right - left)) / (layerHeight * layerWidth);
  });
}

/** Pixels of the output whose windows touch the rectangle. */
function reachOf({ window }: Layer, rectangle: Rectangle): Rectangle {
  if (window === null) return rectangle;
  const [rows, columns] = rectangle.map(([from, to], axis): readonly [number, number] => {
    const stride = window.strides[axis]!;
    const reach = (window.kernel[axis]! - 1) * window.dilations[axis]!;
    const first = Math.ceil((from + window.padBegin[axis]! - reach) / stride);
    const last = Math.floor((to - 1 + window.padBegin[axis]!) / stride);
    return [Math.max(0, first), Math.min(window.output[axis]!, last + 1)];
  });
  return [rows!, columns!];
}

function around(a: Rectangle, b: Rectangle): Rectangle {
  const [rows, columns] = [0, 1].map((axis): readonly [number, number] => [
    Math.min(a[axis]![0], b[axis]![0]),
    Math.max(a[axis]![1], b[axis]![1]),
  ]);
  return [rows!, columns!];
}

/** The first `count` layers of a stage. */
export function firstLayers(stage: Stage, count: number): Stage {
  return { ...stage, layers: stage.layers.slice(0, count) };
}

/** What must be computed densely so that nothing is gated behind these layers: the values of those that read them. */
export function endsOf(all: Stage, { layers, value }: Stage): readonly string[] {
  const inside = new Set([value, ...layers.map((layer) => layer.value)]);
  return all.layers
    .filter((layer) => !inside.has(layer.value) && layer.reads.some((name) => inside.has(name)))
    .map((layer) => layer.value);
}

/**
 * What the fast mode keeps: values that change beyond active patches, where windows or others than the stage read them, and
 * patches cut into whole pixels. What only pixels in the same place are made of need not be kept: they are, in its place.
 */
export function keptInFastMode(graph: Graph, stage: Stage, patch: number): readonly string[] {
  const { layers, shape } = stage;
  const [, , height = 0, width = 0] = shape;
  const [rows, columns] = [height / patch, width / patch];
  const isRead = readsBeyondPixels(graph, stage);
  const spilling = new Set<string>();
  return layers.flatMap((layer) => {
    const { value, reads } = layer;
    if (!mixesPlaces(layer) && !reads.some((name) => spilling.has(name))) return [];
    const [, , high = 0, wide = 0] = layer.shape;
    const size = high / rows;
    if (isRead(value) && Number.isInteger(size) && size * columns === wide) return [value];
    spilling.add(value);
    return [];
  });
}

/**
 * Bytes of codes that the stage keeps from frame to frame: the reference, and every output that a window reads beyond what was
 * just computed, or that is read outside of the stage.
 */
export function cacheBytes(graph: Graph, stage: Stage): number {
  const isRead = readsBeyondPixels(graph, stage);
  const kept = stage.layers.filter(({ value }) => isRead(value));
  return [stage, ...kept].reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** Whether a value of the stage is read by windows, or outside of the stage. */
function readsBeyondPixels(graph: Graph, { layers }: Stage): (value: string) => boolean {
  const outputs = outputValues(graph);
  const readers = consumers(graph);
  const pixelwise = new Set(layers.filter((layer) => !mixesPlaces(layer)).map(({ name }) => name));
  return (value) => outputs.has(value) || (readers.get(value) ?? []).some(({ name }) => !pixelwise.has(name));
}

/** Whether a pixel is made of others than those that lie in its own place. */
function mixesPlaces({ window }: Layer): boolean {
  if (window === null) return false;
  return window.kernel.some((size, axis) => size > window.strides[axis]! || window.padBegin[axis]! > 0);
}
