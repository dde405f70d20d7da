/** Conv and Gemm as sums of products, exactly as the integer kernels (or float arithmetic) compute them. */
import type { Node, Quant } from '../graph/types.ts';
import { QUANT_RANGES } from '../graph/verify.ts';
import { quantizeMultiplier, requantize } from '../numbers/fixed-point.ts';
import { intAttribute } from '../ops/attributes.ts';
import { limitCodes, limitsOf } from './limits.ts';
import { type GraphView, isIntermediate, isNormalGemm, isPadded, quantOf } from './match.ts';

/**
 * accumulator[o] = bias[o] + sum over input channels i and taps k of weights[o][i][k] * (x[i] - inputZero), and
 * y[o] = result(accumulator[o], o). In integers for quantised values, in reals otherwise.
 */
export type LinearUnit = {
  readonly node: Node;
  readonly x: string;
  /** The value that holds the result: the node's output, or that of the Relu or Clip fused behind it. */
  readonly y: string;
  readonly groups: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Kernel elements per pair of channels. */
  readonly taps: number;
  /** [outChannels][inChannels / groups][taps], zero points taken off. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /** Scale of the integer bias per output channel; null in reals. */
  readonly biasScale: Float32Array | null;
  readonly inputZero: number;
  /** Whether windows reach into padding, which stands for `inputZero`. */
  readonly isPadded: boolean;
  /** The stored result of an accumulator; null if it does not fit 32 bits. */
  readonly result: (accumulator: number, channel: number) => number | null;
};

/** Where a quantised computation ends: its value, grid, and the clamp of a fused activation, in codes. */
type QuantTarget = {
  readonly value: string;
  readonly quant: Quant;
  readonly min: number;
  readonly max: number;
};

const INT32_LIMIT = 2 ** 31;

export function fitsInt32(value: number): boolean {
  return value >= -INT32_LIMIT && value < INT32_LIMIT;
}

/** The unit of a Conv or normal Gemm with constant weights, all quantised or all float; null for anything else. */
export function linearUnit(view: GraphView, node: Node): LinearUnit | null {
  if (node.op !== 'Conv' && !isNormalGemm(node)) return null;
  const [x = '', w = '', b = ''] = node.inputs;
  const [output = ''] = node.outputs;
  const matrix = view.graph.constants.get(w);
  if (matrix === undefined || view.graph.constants.has(x)) return null;
  const groups = node.op === 'Gemm' ? 1 : intAttribute(node, 'group', 1);
  const [outChannels = 0, inPerGroup = 0] = matrix.shape;
  const shape = {
    node,
    x,
    groups,
    inChannels: inPerGroup * groups,
    outChannels,
    taps: matrix.data.length / (outChannels * inPerGroup),
    isPadded: node.op === 'Conv' && isPadded(node),
  };

  const [inputQuant, weightQuant] = [quantOf(view, x), quantOf(view, w)];
  if (inputQuant === null && weightQuant === null && quantOf(view, output) === null) {
    const bias = b === '' ? new Float64Array(outChannels) : floatBias(view, b, outChannels);
    if (bias === null || matrix.dtype !== 'float32') return null;
    const weights = new Float64Array(matrix.data as Float32Array);
    return { ...shape, y: output, weights, bias, biasScale: null, inputZero: 0, result: (sum) => sum };
  }

  const target = quantTarget(view, node);
  if (inputQuant === null || weightQuant === null || target === null) return null;
  if (inputQuant.axis !== null || weightQuant.dtype === 'int32') return null;
  if (weightQuant.axis !== null && weightQuant.axis !== 0) return null;
  const perChannel = weightQuant.scale.length > 1;
  const scaleOf = (o: number): number => weightQuant.scale[perChannel ? o : 0]!;
  const inputScale = inputQuant.scale[0]!;
  const biasScale = Float32Array.from({ length: outChannels }, (_, o) => inputScale * scaleOf(o));
  const bias = biasCodes(view, b, outChannels, (o) => inputScale * scaleOf(o));
  if (bias === null || biasScale.some((scale) => scale === 0)) return null;
  const perRow = inPerGroup * shape.taps;
  const weights = new Float64Array(matrix.data as Int8Array | Uint8Array);
  weightQuant.zeroPoint.forEach((zeroPoint, o) => {
    const [start, end] = perChannel ? [o * perRow, (o + 1) * perRow] : [0, weights.length];
    if (zeroPoint !== 0) for (let i = start; i < end; i++) weights[i]! -= zeroPoint;
  });
  const outputScale = target.quant.scale[0]!;
  const outputZero = target.quant.zeroPoint[0]!;
  return {
    ...shape,
    y: target.value,
    weights,
    bias,
    biasScale,
    inputZero: inputQuant.zeroPoint[0]!,
    result: (accumulator, o) => {
      if (!fitsInt32(accumulator)) return null;
      const { multiplier, shift } = quantizeMultiplier((inputScale * scaleOf(o)) / outputScale);
      return clamp(requantize(accumulator, multiplier, shift) + outputZero, target.min, target.max);
    },
  };
}

/**
 * The quantised value that a computing node ends in: its own output, or that of the Relu or Clip that alone reads an
 * unquantised output and is computed with it. Null if there is none with one 8-bit scale.
 */
export function quantTarget(view: GraphView, node: Node): QuantTarget | null {
  const [output = ''] = node.outputs;
  const own = quantOf(view, output);
  if (own !== null) return isByteQuant(own) ? { value: output, quant: own, ...codeRange(own) } : null;
  const [reader] = view.readers.get(output) ?? [];
  if (reader === undefined || !isIntermediate(view, output)) return null;
  const bounds = limitsOf(view.graph, reader);
  const [value = ''] = reader.outputs;
  const quant = quantOf(view, value);
  if (bounds === null || quant === null || !isByteQuant(quant)) return null;
  const range = codeRange(quant);
  const grid = { scale: quant.scale[0]!, zeroPoint: quant.zeroPoint[0]! };
  return { value, quant, ...limitCodes(bounds, grid, [range.min, range.max]) };
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** One 8-bit scale for the whole tensor: what activations have. */
export function isByteQuant(quant: Quant): boolean {
  return quant.axis === null && quant.dtype !== 'int32';
}

export function codeRange(quant: Quant): { readonly min: number; readonly max: number } {
  const [min, max] = QUANT_RANGES[quant.dtype];
  return { min, max };
}

function floatBias(view: GraphView, name: string, channels: number): Float64Array | null {
  const tensor = view.graph.constants.get(name);
  const isFloat = tensor?.dtype === 'float32' && quantOf(view, name) === null;
  return isFloat && tensor.data.length === channels ? new Float64Array(tensor.data as Float32Array) : null;
}

/** Bias as integers of scale step(o): those of the model where its scale is the product, else rounded. */
function biasCodes(
  view: GraphView,
  name: string,
  channels: number,
  step: (channel: number) => number,
): Float64Array | null {
  if (name === '') return new Float64Array(channels);
  const tensor = view.graph.constants.get(name);
  const quant = quantOf(view, name);
  if (tensor === undefined || tensor.data.length !== channels) return null;
  const codes = Float64Array.from({ length: channels }, (_, o) => {
    const stored = Number(tensor.data[o]);
    if (quant === null) return Math.round(stored / step(o));
    const k = quant.scale.length === 1 ? 0 : o;
    const [scale, zeroPoint] = [quant.scale[k]!, quant.zeroPoint[k]!];
    const isProduct = Math.abs(scale / step(o) - 1) < 1e-5 && zeroPoint === 0;
    return isProduct ? stored : Math.round((scale * (stored - zeroPoint)) / step(o));
  });
  return codes.every(fitsInt32) ? codes : null;
}
