import type { Node } from '../graph/types.ts';
import { floatAttribute, intAttribute } from '../ops/attributes.ts';
import { floatConstant, hasExtraOutput, type OperandView, shapeOf } from './match.ts';

/** y[n, c, ...] = scale[c] * x[n, c, ...] + shift[c], channels on axis 1. */
export type ChannelAffine = {
  readonly x: string;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
};

/**
 * The node as an affine map per channel: BatchNormalization at inference, or Add, Sub, Mul, Div with a constant that
 * varies along axis 1 only. Null for anything else, and for maps that are not finite.
 */
export function channelAffine(view: OperandView, node: Node): ChannelAffine | null {
  const affine = node.op === 'BatchNormalization' ? batchNorm(view, node) : arithmetic(view, node);
  if (affine === null) return null;
  const finite = affine.scale.every(Number.isFinite) && affine.shift.every(Number.isFinite);
  return finite ? affine : null;
}

function batchNorm(view: OperandView, node: Node): ChannelAffine | null {
  const [x = '', ...parameters] = node.inputs;
  const [gamma, beta, mean, variance] = parameters.map((name) => floatConstant(view, name)?.data);
  if (!gamma || !beta || !mean || !variance) return null;
  if (intAttribute(node, 'training_mode', 0) !== 0 || hasExtraOutput(view, node)) return null;
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const scale = Float64Array.from(
    gamma as Float32Array,
    (g, c) => g / Math.sqrt(Number(variance[c]) + epsilon),
  );
  const shift = Float64Array.from(scale, (s, c) => Number(beta[c]) - s * Number(mean[c]));
  return { x, scale, shift };
}

function arithmetic(view: OperandView, node: Node): ChannelAffine | null {
  if (node.inputs.length !== 2) return null;
  const [a, b] = node.inputs as readonly [string, string];
  const [x, c] = floatConstant(view, b) === null ? [b, a] : [a, b];
  const shape = shapeOf(view, x);
  const constant = channelConstant(view, c, shape);
  if (constant === null || view.graph.constants.has(x)) return null;
  const ones = constant.map(() => 1);
  switch (node.op) {
    case 'Add':
      return { x, scale: ones, shift: constant };
    case 'Sub':
      return x === a
        ? { x, scale: ones, shift: constant.map((value) => -value) }
        : { x, scale: ones.map(() => -1), shift: constant };
    case 'Mul':
      return { x, scale: constant, shift: constant.map(() => 0) };
    case 'Div':
      return x === a ? { x, scale: constant.map((value) => 1 / value), shift: constant.map(() => 0) } : null;
    default:
      return null;
  }
}

/** A float constant as one number per channel of `shape`; null if it varies along another axis or widens the shape. */
function channelConstant(view: OperandView, name: string, shape: readonly number[]): Float64Array | null {
  const tensor = floatConstant(view, name);
  const channels = shape[1];
  if (tensor === null || channels === undefined || tensor.shape.length > shape.length) return null;
  const skip = shape.length - tensor.shape.length;
  const alongChannels = tensor.shape.every((dim, i) => dim === 1 || (i + skip === 1 && dim === channels));
  if (!alongChannels || tensor.data.length === 0) return null;
  return Float64Array.from({ length: channels }, (_, c) => Number(tensor.data[c % tensor.data.length]));
}
