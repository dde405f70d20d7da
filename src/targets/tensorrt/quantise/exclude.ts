/** Layers that have an int8 form and are better left without it (rule S1), from the structure of the graph alone. */

import { producers } from '../../../graph/rewrite.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { intAttribute } from '../../../ops/attributes.ts';
import type { Release } from '../release/release.ts';
import { carried, linearOperands } from './operands.ts';

/**
 * Why nodes with an int8 form stay out of int8 unless they are asked for. The bounds on channels are those of the kernels
 * of TensorRT as NVIDIA's Model Optimizer knows them.
 */
export function structuralReasons(graph: Graph): ReadonlyMap<Node, string> {
  const makers = producers(graph);
  const early = beforeLayers(graph);
  const reasons = new Map<Node, string>();
  for (const node of graph.nodes) {
    if (linearOperands(graph, node) === null) continue;
    const reason = CONVOLUTIONS.has(node.op)
      ? (convReason(graph, node, early.has(node.inputs[0]!)) ?? decodeReason(graph, node, makers))
      : productReason(graph, node);
    if (reason !== null) reasons.set(node, reason);
  }
  return reasons;
}

/** Why nodes have no int8 form in a release, whatever is asked for. */
export function refusals(graph: Graph, { version: [major, minor] }: Release): ReadonlyMap<Node, string> {
  if (major > 10 || (major === 10 && minor >= 9)) return new Map();
  return new Map(
    graph.nodes.flatMap((node): readonly (readonly [Node, string])[] => {
      if (node.op !== 'ConvTranspose' || linearOperands(graph, node) === null) return [];
      const group = intAttribute(node, 'group', 1);
      const channels = graph.values.get(node.inputs[1]!)!.shape[0]! / group;
      const reason = `a transposed convolution in groups of ${channels}: no int8 form before release 10.9`;
      return group > 1 && channels < 4 ? [[node, reason]] : [];
    }),
  );
}

const CONVOLUTIONS = new Set(['Conv', 'ConvTranspose']);

/** Values that no layer with weights stands before: the inputs of the model and what is made of them. */
function beforeLayers(graph: Graph): ReadonlySet<string> {
  const early = new Set(graph.inputs.map(({ value }) => value));
  for (const node of graph.nodes) {
    const given = node.inputs.every((name) => name === '' || graph.constants.has(name) || early.has(name));
    if (given && linearOperands(graph, node) === null) for (const name of node.outputs) early.add(name);
  }
  return early;
}

/** Colours of a picture, or fewer: a first layer with so few input channels costs accuracy and has little to win. */
const FIRST_LAYER_CHANNELS = 4;

function convReason(graph: Graph, node: Node, first: boolean): string | null {
  const group = intAttribute(node, 'group', 1);
  const [outer = 1, inner = 1, ...kernel] = graph.values.get(node.inputs[1]!)!.shape;
  const transposed = node.op === 'ConvTranspose';
  // Input channels of a group, and output channels of all groups, as a Conv stores them.
  const [inputs, outputs] = transposed ? [outer / group, inner * group] : [inner, outer];
  if (first && group === 1 && inputs < FIRST_LAYER_CHANNELS) {
    return `first layer with ${inputs} input channel${inputs === 1 ? '' : 's'}: int8 costs accuracy here and gains little`;
  }
  if (group === 1) return smallChannels(inputs, outputs, kernel, first);
  if (inputs > 1 && (inputs % 4 !== 0 || (outputs / group) % 4 !== 0)) {
    return `groups of ${inputs} input and ${outputs / group} output channels: int8 takes multiples of 4`;
  }
  const small = Math.min(inputs, outputs) < FEW_CHANNELS;
  if (small && (outputs % 8 !== 0 || kernel.some((size) => size < 3))) {
    return `${outputs} output channels in ${group} groups, kernel ${kernel.join('x')}: int8 takes multiples of 8 with a kernel of 3 or more`;
  }
  return null;
}

/** Kernels for int8 are made for at least so many channels in and out. */
const FEW_CHANNELS = 16;

function smallChannels(
  inputs: number,
  outputs: number,
  kernel: readonly number[],
  first: boolean,
): string | null {
  if (inputs >= FEW_CHANNELS && outputs >= FEW_CHANNELS) return null;
  const aligned = inputs % 8 === 0 || outputs % 8 === 0;
  const wide = first || inputs >= FEW_CHANNELS || outputs >= FEW_CHANNELS;
  const square = new Set(kernel).size <= 1;
  if (aligned && wide && square) return null;
  return `${inputs} input and ${outputs} output channels, kernel ${kernel.join('x')}: too few for the kernels of int8`;
}

/** The weighted mean behind the Softmax of a detection head turns a distribution into a coordinate. */
function decodeReason(graph: Graph, node: Node, makers: ReadonlyMap<string, Node>): string | null {
  let maker = makers.get(node.inputs[0]!);
  while (maker !== undefined && maker.op !== 'Softmax') {
    const source = carried(graph, maker)?.from[0];
    if (source === undefined) return null;
    maker = makers.get(source);
  }
  return maker === undefined ? null : 'reads a Softmax: decoding of a detection head';
}

/** Products of a matrix and a vector are bound by memory, and the kernels of int8 have no form for them. */
function productReason(graph: Graph, node: Node): string | null {
  const shape = graph.values.get(node.outputs[0]!)!.shape;
  const computed = node.inputs.slice(0, 2).every((name) => !graph.constants.has(name));
  const columns = shape.at(-1) ?? 1;
  const rows = computed
    ? (shape.at(-2) ?? 1)
    : shape.slice(0, -1).reduce((product, size) => product * size, 1);
  if (rows !== 1 && columns !== 1) return null;
  return `product of a matrix and a vector (${rows} x ${columns}): bound by memory, not faster in int8`;
}
