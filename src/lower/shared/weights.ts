/** Quantised weights, biases and multipliers of Conv, ConvTranspose and Gemm. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { FourBits, Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import type { TensorId } from '../../program/types.ts';
import { type ActivationQuant, addConstant, describe, type LoweringContext } from './context.ts';

type QuantizedWeights = {
  readonly data: Int8Array;
  readonly shape: readonly number[];
  /** One scale per output channel. */
  readonly scale: Float32Array;
  /** How they are stored with 4 bits; null: with 8. */
  readonly fourBits: FourBits | null;
};

/** int8 weights in ONNX order. uint8 weights with zero point 128 become int8 with zero point 0. */
export function quantizedWeights(
  context: LoweringContext,
  node: Node,
  name: string,
  channelAxis: number,
): QuantizedWeights {
  const tensor = context.graph.constants.get(name);
  const quant = context.graph.values.get(name)?.quant ?? null;
  if (tensor === undefined) {
    throw new TinymlError('E_OP', 'weights that are computed at run time are not supported in int8', {
      at: describe(node),
      hint: 'make the weights constant: export the model with parameters as initializers, in evaluation mode',
    });
  }
  if (quant === null || quant.dtype === 'int32') {
    throw new TinymlError('E_QUANT', `weights "${name}" are not quantised to 8 bits`, {
      at: describe(node),
      hint: 'quantise all of the model: give the float model to `tinyml quantize`',
    });
  }
  const offset = quant.dtype === 'uint8' ? 128 : 0;
  if (quant.zeroPoint.some((zeroPoint) => zeroPoint !== offset)) {
    throw new TinymlError('E_QUANT', `weights "${name}" have a zero point that is not 0`, {
      at: describe(node),
      hint: 'int8 kernels take symmetric weights: quantise the float model again with `tinyml quantize`',
    });
  }
  if (quant.axis !== null && quant.axis !== channelAxis && quant.scale.length > 1) {
    throw new TinymlError(
      'E_QUANT',
      `weights "${name}" have scales along axis ${quant.axis}, not ${channelAxis}`,
      {
        at: describe(node),
        hint: `quantise the weights per output channel (axis ${channelAxis}) or per tensor`,
      },
    );
  }
  const source = tensor.data as Int8Array | Uint8Array;
  const channels = tensor.shape[channelAxis]!;
  return {
    data: source instanceof Int8Array ? source : recentred(source, offset),
    shape: tensor.shape,
    scale: quant.scale.length === 1 ? new Float32Array(channels).fill(quant.scale[0]!) : quant.scale,
    fourBits: quant.fourBits ?? null,
  };
}

function recentred(codes: Uint8Array, zeroPoint: number): Int8Array {
  const data = new Int8Array(codes.length);
  for (let i = 0; i < data.length; i++) data[i] = codes[i]! - zeroPoint;
  return data;
}

/** int32 bias at scale inputScale * weightScale[c]; zeros where the node has none. */
export function quantizedBias(
  context: LoweringContext,
  node: Node,
  name: string,
  inputScale: number,
  weightScale: Float32Array,
): Int32Array {
  const bias = new Int32Array(weightScale.length);
  if (name === '') return bias;
  const tensor = context.graph.constants.get(name);
  if (tensor === undefined || tensor.data.length !== bias.length) {
    throw new TinymlError('E_OP', 'the bias must be a constant with one value per output channel', {
      at: describe(node),
      hint: 'make the bias constant: export the model with parameters as initializers, in evaluation mode',
    });
  }
  const quant = context.graph.values.get(name)?.quant ?? null;
  for (let c = 0; c < bias.length; c++) {
    const step = inputScale * weightScale[c]!;
    const code = Number(tensor.data[c]);
    const k = quant === null || quant.scale.length === 1 ? 0 : c;
    const scale = quant === null ? null : quant.scale[k]!;
    // A bias scale that is the product but for float32 rounding keeps its integers: they are what was measured.
    const exact = scale !== null && Math.abs(scale / step - 1) < 1e-5 && quant!.zeroPoint[k] === 0;
    const real = scale === null ? code : scale * (code - quant!.zeroPoint[k]!);
    const value = exact ? code : Math.round(real / step);
    if (!(Math.abs(value) < 2 ** 31)) {
      throw new TinymlError('E_QUANT', `bias ${c} of "${name}" does not fit 32 bits at scale ${step}`, {
        at: describe(node),
        hint: 'a weight scale of this channel is too small: quantise the model again with `tinyml quantize`',
      });
    }
    bias[c] = value;
  }
  return bias;
}

/** Constants of a step that requantises per output channel: weights, bias, multipliers, shifts. */
export function requantizingConstants(
  context: LoweringContext,
  node: Node,
  weights: { readonly data: Int8Array; readonly shape: readonly number[]; readonly scale: Float32Array },
  bias: Int32Array,
  input: ActivationQuant,
  output: ActivationQuant,
): readonly TensorId[] {
  const { multiplier, shift } = channelMultipliers(input.scale, weights.scale, output.scale);
  return [
    addConstant(context, `${node.name}_weights`, weights.data, weights.shape),
    addConstant(context, `${node.name}_bias`, bias),
    addConstant(context, `${node.name}_multiplier`, multiplier),
    addConstant(context, `${node.name}_shift`, shift),
  ];
}

/** What sums of each output channel are multiplied by to be codes of the output. */
export function channelMultipliers(
  input: number,
  weights: Float32Array,
  output: number,
): { readonly multiplier: Int32Array; readonly shift: Int32Array } {
  const fixed = Array.from(weights, (scale) => quantizeMultiplier((input * scale) / output));
  return {
    multiplier: Int32Array.from(fixed, (one) => one.multiplier),
    shift: Int32Array.from(fixed, (one) => one.shift),
  };
}
