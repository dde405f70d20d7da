/** Layers that TensorRT computes in int8 where data and weights are dequantised, and what it computes with them. */
import type { Node } from '../../../graph/types.ts';
import { intAttribute } from '../../../ops/attributes.ts';

const LINEAR: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

export function isLinear({ op }: Node): boolean {
  return LINEAR.has(op);
}

/**
 * The axis of output channels of the weights of a linear node (rule R9).
 * @param rank of the weights
 * @returns null where they have none: other nodes, and the vectors of a MatMul
 */
export function channelAxis(node: Node, rank: number): number | null {
  switch (node.op) {
    case 'Conv':
      return 0;
    case 'ConvTranspose':
      return 1;
    case 'Gemm':
      return intAttribute(node, 'transB', 0) === 1 ? 0 : 1;
    case 'MatMul':
      return rank < 2 ? null : rank - 1;
    default:
      return null;
  }
}

/** Elementwise operators of one operand that are fused with the layer before them. */
export const FUSED_ACTIVATIONS: readonly string[] = [
  'Clip',
  'Elu',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'Mish',
  'PRelu',
  'Relu',
  'Selu',
  'Sigmoid',
  'Softplus',
  'Tanh',
];
