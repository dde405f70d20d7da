/**
 * The unit of a network's input. Adam moves every weight by about the rate, whatever the weight is: the first layer of a network that takes pixels of 0 .. 255 has
 * weights of a hundredth, which a step or two would undo. In a unit in which inputs are about 1 its weights are as large as those of other layers.
 */
import { floatTensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';

/** The power of two nearest to the root of the mean square: multiplying by it rounds nothing. 1 for inputs that are all 0. */
export function unitOf(inputs: Float32Array): number {
  const square = inputs.reduce((sum, value) => sum + value * value, 0) / inputs.length;
  return square > 0 && Number.isFinite(square) ? 2 ** Math.round(Math.log2(square) / 2) : 1;
}

/** Whether the first layer has weights of its own that a unit can go into: the input has one reader, a convolution or a dense layer. */
export function hasUnit({ inputs: [input], nodes, constants }: Graph): boolean {
  const readers = nodes.filter(({ inputs }) => inputs.includes(input!.value));
  const [reader] = readers;
  return (
    readers.length === 1 &&
    (reader!.op === 'Conv' || reader!.op === 'Gemm') &&
    reader!.inputs[0] === input!.value &&
    constants.get(reader!.inputs[1]!)?.dtype === 'float32' &&
    nodes.filter(({ inputs }) => inputs.includes(reader!.inputs[1]!)).length === 1
  );
}

/** The graph for inputs divided by `unit`. @param graph one that `hasUnit` */
export function inUnits(graph: Graph, unit: number): Graph {
  const [input] = graph.inputs;
  const [, weights = ''] = graph.nodes.find(({ inputs }) => inputs.includes(input!.value))!.inputs;
  const { shape, data } = graph.constants.get(weights)!;
  const scaled = floatTensor(
    shape,
    Float32Array.from(data as Float32Array, (weight) => weight * unit),
  );
  return { ...graph, constants: new Map([...graph.constants, [weights, scaled]]) };
}
