/** Constants where kernels take activations (position embeddings, masks): codes in flash, at a scale of their own. */
import { sameShape } from '../../graph/tensor.ts';
import type { Node, Tensor } from '../../graph/types.ts';
import { broadcastTo } from '../../ops/arrays.ts';
import { clamp } from '../../program/kernels/common.ts';
import type { TensorId } from '../../program/types.ts';
import { codesIn, realConstant } from '../shared/constant-codes.ts';
import {
  type ActivationQuant,
  activationQuant,
  addConstant,
  contiguous,
  type LoweringContext,
  layoutOf,
  shapeOf,
  unsupported,
} from '../shared/context.ts';
import { permute } from '../shared/permute.ts';
import { physicalShape, plainLayout, type View, wholeView } from '../shared/views.ts';

/** What a kernel of two activations reads: a tensor and the meaning of its codes. */
export type Operand = { readonly tensor: TensorId; readonly quant: ActivationQuant };

/**
 * An operand beside `like`: an activation of its shape, or a constant that broadcasts to it.
 * @param meaning what of the constant counts: its negative for a difference, its reciprocal for a quotient
 * @throws TinymlError E_OP if the shape is another, or a number that counts is not finite; E_QUANT as `activationQuant`
 */
export function operandBeside(
  context: LoweringContext,
  node: Node,
  name: string,
  like: string,
  meaning: (value: number) => number = (value) => value,
): Operand {
  const constant = context.graph.constants.get(name);
  if (constant === undefined) {
    return { tensor: contiguous(context, name, node), quant: activationQuant(context, name, node) };
  }
  activationQuant(context, like, node);
  const shape = shapeOf(context, like);
  if (!sameShape(shape, shapeOf(context, node.outputs[0]!))) {
    throw unsupported(
      node,
      `${node.op} has no int8 form for a constant "${name}" that widens "${like}"`,
      `make "${like}" as wide as the constant before (Concat), or the constant an input of the model`,
    );
  }
  const { codes, quant } = recodedConstant(context, node, name, meaning, shape);
  const layout = layoutOf(context, like);
  const placed = permute(codes, shape, layout);
  return {
    tensor: addConstant(context, `${node.name}_operand`, placed, physicalShape(shape, layout)),
    quant,
  };
}

/**
 * A constant as row-major codes at a scale of their own.
 * @param meaning what of the constant counts
 * @param shape that it is broadcast to; its own if left out
 * @throws TinymlError E_OP if a number that counts is not finite
 */
export function recodedConstant(
  context: LoweringContext,
  node: Node,
  name: string,
  meaning: (value: number) => number = (value) => value,
  shape?: readonly number[],
): { readonly codes: Int8Array; readonly quant: ActivationQuant } {
  const constant = realConstant(context, name)!;
  const values = Float32Array.from(
    broadcastTo(constant, shape ?? constant.shape).data as Float32Array,
    meaning,
  );
  if (!values.every(Number.isFinite)) {
    throw unsupported(
      node,
      `${node.op} with "${name}" takes numbers that are not finite`,
      'check the constant: a division by 0 has no int8 form',
    );
  }
  const quant = quantOfRange(values);
  return { codes: codesIn(values, quant), quant };
}

/**
 * A constant in flash as it is, in plain order: its own codes where the model gives them, else codes over its extent.
 * @throws TinymlError E_OP if a number is not finite, E_QUANT if its codes are not 8 bits with one scale
 */
export function constantCodes(
  context: LoweringContext,
  node: Node,
  name: string,
  { shape, data }: Tensor,
): { readonly view: View; readonly quant: ActivationQuant } {
  const given = context.graph.values.get(name)?.quant ?? null;
  const values = data as Float32Array;
  if (given === null && !values.every(Number.isFinite)) {
    throw unsupported(node, `${node.op} with "${name}" takes numbers that are not finite`);
  }
  const quant = given === null ? quantOfRange(values) : activationQuant(context, name, node);
  const codes =
    given === null
      ? codesIn(values, quant)
      : Int8Array.from(data as Int8Array | Uint8Array, (code) =>
          given.dtype === 'uint8' ? code - 128 : code,
        );
  const tensor = addConstant(context, `${node.name}_operand`, codes, shape);
  return { view: wholeView(tensor, shape, plainLayout(shape.length)), quant };
}

/** The one constant among the inputs, and what stands beside it; null for another number of constants. */
export function constantInput(
  { graph }: LoweringContext,
  { inputs }: Node,
): { readonly constant: string; readonly other: string } | null {
  const [a, b] = inputs as readonly [string, string];
  if (graph.constants.has(a) === graph.constants.has(b)) return null;
  return graph.constants.has(b) ? { constant: b, other: a } : { constant: a, other: b };
}

/** Codes -128 to 127 over the extent of the values, 0 included. */
function quantOfRange(values: Float32Array): ActivationQuant {
  let [min, max] = [0, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (min === max) return { scale: 1, zeroPoint: 0 };
  const scale = Math.fround((max - min) / 255);
  return scale > 0 && Number.isFinite(scale)
    ? { scale, zeroPoint: clamp(Math.round(-128 - min / scale), -128, 127) }
    : { scale: 1, zeroPoint: 0 };
}
