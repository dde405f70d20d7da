/** What rules ask of the operands of a node. */
import { elementCount, MAX_ELEMENTS } from '../../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../../graph/types.ts';
import { intAttribute, intsAttribute } from '../../ops/attributes.ts';
import { slidingWindow } from '../../ops/window.ts';
import { floatConstant, type OperandView } from '../../passes/match.ts';
import { MAX_EXTENT } from '../shared/window.ts';

export function rankOf(graph: Graph, value: string): number {
  return graph.values.get(value)!.shape.length;
}

/** Whether the first input has one or two spatial axes. */
export function isImage({ graph }: OperandView, node: Node): boolean {
  const { shape } = graph.values.get(node.inputs[0]!)!;
  return (shape.length === 3 || shape.length === 4) && shape.every((size) => size <= MAX_EXTENT);
}

/** Float32 numbers of an optional constant operand; null where it is computed, undefined where it is absent. */
export function optionalConstant(graph: Graph, name: string): Tensor | null | undefined {
  return name === '' ? undefined : floatConstant({ graph }, name);
}

export function isWindow({ graph }: OperandView, node: Node): boolean {
  const { kernel, strides, dilations, padBegin, padded } = windowFor(graph, node);
  const [batch = 1, channels = 1] = graph.values.get(node.inputs[0]!)!.shape;
  const walked = elementCount([batch, channels, ...padded]) <= MAX_ELEMENTS;
  return walked && [...kernel, ...strides, ...dilations, ...padBegin].every((size) => size <= MAX_EXTENT);
}

function windowFor(graph: Graph, node: Node): ReturnType<typeof slidingWindow> {
  const kernel =
    node.op === 'Conv'
      ? graph.values.get(node.inputs[1]!)!.shape.slice(2)
      : intsAttribute(node, 'kernel_shape', []);
  const ceil = intAttribute(node, 'ceil_mode', 0) !== 0;
  return slidingWindow(node, graph.values.get(node.inputs[0]!)!.shape.slice(2), kernel, ceil);
}
