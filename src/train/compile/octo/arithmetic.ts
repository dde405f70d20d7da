/**
 * Octo's arithmetic: codes of 2 to 8 bits in both passes, products of int8 with sums of int32 (Zhou et al., "Octo: INT8
 * Training with Loss-aware Compensation and Backward Quantization for Tiny On-device Learning", USENIX ATC 2021).
 */
import type { Limits } from '../../../passes/limits.ts';
import { CLIP_MODES } from '../../../program/kernels/clip-range-f32.ts';
import { QUANTIZER } from '../../../program/kernels/quantizer.ts';
import type { TensorId } from '../../../program/types.ts';
import type { Range } from '../../../quantize/observers/histogram.ts';
import type { OctoSettings, Prc } from '../../options.ts';
import {
  type Arithmetic,
  conv2dSizes,
  type Flow,
  type Kept,
  type Layer,
  type LayerGradients,
  type Walks,
  type Wanted,
  type WeightGradient,
  withChannels,
} from '../arithmetic.ts';
import { open } from '../boxes.ts';
import { arena, constant, type Emitter, nextStream, push, state } from '../emit.ts';
import { quantizerOver, type RangeOf } from '../ranges.ts';
import { wholeWeights } from '../whole-weights.ts';

type Codes = Extract<Kept, { kind: 'codes' }>;

/** Which values may not have a zero point: inputs of transposed convolutions, whose kernel knows none. */
export type SymmetricValues = ReadonlySet<string>;

/**
 * @param key the tensor that random numbers of a step come from
 * @param symmetric names of values that are kept without a zero point, whatever the settings say
 * @param rangeOf what ranges stay at, where they are fixed
 */
export function octoArithmetic(
  settings: OctoSettings,
  key: TensorId,
  symmetric: SymmetricValues,
  rangeOf: RangeOf,
): Arithmetic {
  return {
    keep: (e, name, flow, bounds) =>
      keepCodes(e, settings, key, name, flow, bounds, symmetric.has(name), rangeOf),
    keepHidden: (e, name, flow) => keepHidden(e, settings, key, name, flow),
    forward: (e, layer, x) => forward(e, settings, layer, x as Codes),
    backward: (e, layer, g, wanted, apply) => backward(e, settings, key, layer, g, wanted, apply),
    product,
    keepGradient: (e, name, flow) => ({
      kind: 'codes',
      size: flow.size,
      ...encodeGradient(e, settings, key, name, flow),
    }),
  };
}

/** Greatest code of a width: 127 for 8 bits. */
export function codeLimit(bits: number): number {
  return 2 ** (bits - 1) - 1;
}

/** Tracks the range of a value, unless it is fixed, and keeps the codes of that range. */
export function keepCodes(
  e: Emitter,
  settings: OctoSettings,
  key: TensorId,
  name: string,
  flow: Flow,
  bounds: Limits,
  symmetric: boolean,
  rangeOf: RangeOf,
): Codes {
  const limit = codeLimit(settings.bitsActivations);
  const affine = settings.activations === 'affine' && !symmetric;
  const boundsOf = constant(e, `${name}/bounds`, Float32Array.of(bounds.min, bounds.max));
  const quantizer =
    settings.ranges === 'fixed'
      ? fixRange(e, name, rangeOf(name), limit, affine)
      : trackRange(e, settings, name, flow, boundsOf, limit, affine);
  const codes = arena(e, `${name}/codes`, 'int8', flow.size, 'saved');
  push(
    e,
    'encode_s8',
    name,
    { inputs: [flow.data, quantizer, key], constants: [boundsOf], outputs: [codes] },
    { size: flow.size, low: affine ? -limit - 1 : -limit, high: limit, stochastic: 0, stream: nextStream(e) },
  );
  return { kind: 'codes', codes, quantizer, size: flow.size };
}

/** Codes of a hidden state at the scale that its kernels have, 1/128 with 8 bits: no range is learned of what tanh bounds. */
export function keepHidden(
  e: Emitter,
  settings: OctoSettings,
  key: TensorId,
  name: string,
  flow: Flow,
): Codes {
  const limit = codeLimit(settings.bitsActivations);
  const numbers = Float32Array.of(1 / (limit + 1), limit + 1, 0, 0);
  const quantizer = constant(e, `${name}/quantiser`, numbers);
  const codes = arena(e, `${name}/codes`, 'int8', flow.size, 'saved');
  const operands = {
    inputs: [flow.data, quantizer, key],
    constants: [constant(e, `${name}/unbounded`, UNBOUNDED)],
    outputs: [codes],
  };
  const low = settings.activations === 'affine' ? -limit - 1 : -limit;
  push(e, 'encode_s8', name, operands, {
    size: flow.size,
    low,
    high: limit,
    stochastic: 0,
    stream: nextStream(e),
  });
  return { kind: 'codes', codes, quantizer, size: flow.size };
}

/** A range that stays: its quantiser is a constant. */
export function fixRange(e: Emitter, name: string, range: Range, limit: number, affine: boolean): TensorId {
  e.fixedRanges.set(name, range);
  return constant(e, quantizerName(name), quantizerOver(range, limit, affine));
}

/** Running range of a value, and its quantiser. */
function trackRange(
  e: Emitter,
  settings: OctoSettings,
  name: string,
  flow: Flow,
  bounds: TensorId,
  limit: number,
  affine: boolean,
): TensorId {
  const extent = flow.extent ?? extentOf(e, name, flow);
  const decay = constant(e, `${name}/decay`, Float32Array.of(settings.faithful ? 0 : settings.rangeDecay));
  const range = state(e, rangeName(name), new Float32Array(4));
  const quantizer = state(e, quantizerName(name), Float32Array.of(1, 1, 0, 0));
  push(
    e,
    'track_range_f32',
    name,
    { inputs: [extent], constants: [bounds, decay], outputs: [range, quantizer] },
    { limit, affine: affine ? 1 : 0, frozen: 0 },
  );
  return quantizer;
}

/** Watches the range of a value that is not kept: the outputs, whose scale the exported model needs. */
export function watchRange(
  e: Emitter,
  settings: OctoSettings,
  name: string,
  flow: Flow,
  bounds: Limits,
): void {
  const boundsOf = constant(e, `${name}/bounds`, Float32Array.of(bounds.min, bounds.max));
  const limit = codeLimit(settings.bitsActivations);
  trackRange(e, settings, name, flow, boundsOf, limit, settings.activations === 'affine');
}

/** Names under which state is kept. */
export const rangeName = (value: string): string => `${value}${RANGE}`;
/** The value whose range is kept under a name; null where none is. */
export const rangedValue = (name: string): string | null =>
  name.endsWith(RANGE) ? name.slice(0, -RANGE.length) : null;
const RANGE = '/range';
const quantizerName = (value: string): string => `${value}/quantiser`;

function extentOf(e: Emitter, name: string, flow: Flow): TensorId {
  const extent = arena(e, `${name}/extent`, 'float32', 2, 'extent');
  push(e, 'extent_f32', name, { inputs: [flow.data], outputs: [extent] }, { size: flow.size });
  return extent;
}

type EncodedWeights = { readonly codes: TensorId; readonly scale: TensorId; readonly perChannel: boolean };

/** Codes of the weights, with a scale per row or one for all. */
function encodeWeights(
  e: Emitter,
  settings: OctoSettings,
  { weights }: Layer,
  perRow: boolean,
): EncodedWeights {
  const { name, rows, columns } = weights;
  if (weights.kind === 'codes' && perRow)
    return { codes: wholeWeights(e, weights), scale: weights.scale, perChannel: true };
  const groups = perRow ? rows : 1;
  const codes = arena(e, `${name}/weight-codes`, 'int8', rows * columns);
  const scale = arena(e, `${name}/weight-scale`, 'float32', groups);
  const inputs = [floatWeights(e, weights)];
  const params = { rows: groups, columns: (rows * columns) / groups, limit: codeLimit(settings.bitsWeights) };
  push(e, 'encode_weights_s8', name, { inputs, outputs: [codes, scale] }, params);
  return { codes, scale, perChannel: perRow };
}

function floatWeights(e: Emitter, weights: Layer['weights']): TensorId {
  if (weights.kind === 'float') return wholeWeights(e, weights);
  const { name, rows, columns, scale } = weights;
  const codes = wholeWeights(e, weights);
  const data = arena(e, `${name}/weights`, 'float32', rows * columns);
  push(e, 'decode_weights_s8', name, { inputs: [codes, scale], outputs: [data] }, { rows, columns });
  return data;
}

/** A quantiser without a zero point, of scale 1. */
function neutral(e: Emitter, name: string): TensorId {
  const quantizer = new Float32Array(QUANTIZER.length);
  quantizer.set([1, 1]);
  return constant(e, `${name}/neutral`, quantizer);
}

function forward(e: Emitter, settings: OctoSettings, layer: Layer, x: Codes): Flow {
  const { name, params, transposed, bias } = layer;
  const weights = encodeWeights(e, settings, layer, !transposed);
  const sizes = conv2dSizes(params);
  const size = transposed ? sizes.input : sizes.output;
  const sums = arena(e, `${name}/sums`, 'int32', size);
  if (transposed) {
    const operands = { inputs: [x.codes, weights.codes], outputs: [sums] };
    push(e, 'conv2d_input_gradient_s8', name, operands, params);
  } else {
    // The published code leaves the zero point out of the sums, and pads with code 0.
    const quantizer = settings.faithful ? neutral(e, name) : x.quantizer;
    push(e, 'conv2d_sums_s8', name, { inputs: [x.codes, quantizer, weights.codes], outputs: [sums] }, params);
  }
  const channels = transposed ? params.inChannels : params.outChannels;
  return rescale(e, name, { sums, size, channels }, x.quantizer, weights, bias);
}

/** Sums as real numbers, with their extent. */
function rescale(
  e: Emitter,
  name: string,
  { sums, size, channels }: { readonly sums: TensorId; readonly size: number; readonly channels: number },
  quantizer: TensorId,
  { scale, perChannel }: { readonly scale: TensorId; readonly perChannel: boolean },
  bias: Layer['bias'],
  role: 'passing' | 'gradient' = 'passing',
): Flow {
  const data = arena(e, `${name}/real`, 'float32', size, role);
  const extent = arena(e, `${name}/extent`, 'float32', 2, 'extent');
  push(
    e,
    'rescale_s32',
    name,
    { inputs: [sums, quantizer, scale, bias?.tensor ?? scale], outputs: [data, extent] },
    { size, channels, perChannel: perChannel ? 1 : 0, biasSize: bias?.size ?? 0 },
  );
  return { data, size, extent };
}

function backward(
  e: Emitter,
  settings: OctoSettings,
  key: TensorId,
  layer: Layer,
  flow: Flow,
  wanted: Wanted,
  apply: (gradients: Omit<LayerGradients, 'input'>) => void = () => {},
): LayerGradients {
  const { name, params, transposed } = layer;
  const outChannels = transposed ? params.inChannels : params.outChannels;
  const keepsCodes = layer.weights.kind === 'codes' || wanted.weights === null;
  if (wanted.input && !transposed && settings.weights === 'int8' && keepsCodes) {
    return throughRows(e, settings, key, layer, flow, wanted, apply);
  }
  // First of all: the float gradient need not outlive its codes for it.
  const biasSums =
    wanted.bias && (transposed || wanted.weights === null) ? sumOfChannels(e, name, flow, outChannels) : null;
  if (!wanted.input && wanted.weights === null) {
    apply({ weights: null, bias: biasSums });
    return { input: null, weights: null, bias: biasSums };
  }
  const g = encodeGradient(e, settings, key, name, flow);
  // Codes of the weights as they were: behind them the weights may change.
  const weights = wanted.input ? encodeWeights(e, settings, layer, false) : null;
  const own = parameterGradients(e, layer, g, wanted, biasSums);
  apply(own);
  return { input: weights === null ? null : inputGradient(e, layer, g, weights), ...own };
}

/**
 * Back through the codes of the forward pass, each row of which has a scale of its own: the gradient takes these scales before it is encoded, so that no
 * copy of the weights is made. What it then gives for the weights is the gradient by their codes.
 */
function throughRows(
  e: Emitter,
  settings: OctoSettings,
  key: TensorId,
  layer: Layer,
  flow: Flow,
  wanted: Wanted,
  apply: (gradients: Omit<LayerGradients, 'input'>) => void,
): LayerGradients {
  const { name, params } = layer;
  const channels = params.outChannels;
  const bias = wanted.bias ? sumOfChannels(e, name, flow, channels) : null;
  const { codes, scale } = encodeWeights(e, settings, layer, true);
  const rows = flow.size / channels;
  const data = arena(e, `${name}/scaled-gradient`, 'float32', flow.size, 'gradient');
  const operands = { inputs: [flow.data, scale], constants: [open(e, name)], outputs: [data] };
  push(e, 'mul_f32', name, operands, { outer: rows, channels, repeat: rows });
  const g = encodeGradient(e, settings, key, name, { data, size: flow.size, extent: null });
  const weights = { codes, scale: unitScale(e, name), perChannel: false };
  // The weights change behind it.
  const input = inputGradient(e, layer, g, weights);
  const own = { ...parameterGradients(e, layer, g, { ...wanted, bias: false }, null), bias };
  const gradients = {
    ...own,
    weights: own.weights === null ? null : { ...own.weights, ofCodes: true },
  };
  apply(gradients);
  return { input, ...gradients };
}

type EncodedGradient = { readonly codes: TensorId; readonly quantizer: TensorId };

function inputGradient(
  e: Emitter,
  { name, params, transposed }: Layer,
  g: EncodedGradient,
  weights: EncodedWeights,
): Flow {
  const sizes = conv2dSizes(params);
  const size = transposed ? sizes.output : sizes.input;
  const sums = arena(e, `${name}/input-gradient`, 'int32', size, 'gradient');
  if (transposed) {
    const inputs = [g.codes, neutral(e, name), weights.codes];
    push(e, 'conv2d_sums_s8', name, { inputs, outputs: [sums] }, params);
  } else {
    const inputs = [g.codes, weights.codes];
    push(e, 'conv2d_input_gradient_s8', name, { inputs, outputs: [sums] }, params);
  }
  return rescale(e, name, { sums, size, channels: 1 }, g.quantizer, weights, null, 'gradient');
}

function parameterGradients(
  e: Emitter,
  layer: Layer,
  g: EncodedGradient,
  wanted: Wanted,
  biasSums: TensorId | null,
): Omit<LayerGradients, 'input'> {
  const { name, params, transposed } = layer;
  if (wanted.weights === null) return { weights: null, bias: biasSums };
  const { x, channels } = wanted.weights;
  const { codes, quantizer } = x as Codes;
  if (transposed) {
    const { weights } = weightSums(e, layer, [g.codes, neutral(e, name), codes], params.inChannels);
    return { weights: byNumbers(rescaleGradient(e, name, weights, quantizer, g.quantizer)), bias: biasSums };
  }
  const { weights, bias } = weightSums(e, layer, [codes, quantizer, g.codes], channels);
  return {
    weights: byNumbers(rescaleGradient(e, name, weights, quantizer, g.quantizer)),
    bias: wanted.bias ? rescaleGradient(e, name, bias, g.quantizer, unitScale(e, name)) : null,
  };
}

/** Both operands have zero points; the sums stand for numbers of the product of their scales. */
function product(
  e: Emitter,
  name: string,
  { left, right, walks }: Walks,
  size: number,
  role: 'passing' | 'gradient',
): Flow {
  const [a, b] = [left as Codes, right as Codes];
  const sums = arena(e, `${name}/product-sums`, 'int32', size, role);
  const inputs = [a.codes, b.codes, a.quantizer, b.quantizer];
  for (const params of walks) push(e, 'batch_matmul_sums_s8', name, { inputs, outputs: [sums] }, params);
  const one = { scale: b.quantizer, perChannel: false };
  return rescale(e, name, { sums, size, channels: 1 }, a.quantizer, one, null, role);
}

function weightSums(
  e: Emitter,
  { name, params, weights: { rows } }: Layer,
  inputs: readonly TensorId[],
  channels: number,
): { readonly weights: TensorId; readonly bias: TensorId } {
  const columns = params.kernelH * params.kernelW * (channels / params.groups);
  const weights = arena(e, `${name}/weight-gradient`, 'int32', rows * columns, 'gradient');
  const bias = arena(e, `${name}/bias-gradient`, 'int32', rows, 'gradient');
  const outputs = [weights, bias];
  push(e, 'conv2d_weight_gradient_s8', name, { inputs, outputs }, withChannels(params, channels));
  return { weights, bias };
}

const byNumbers = (tensor: TensorId): WeightGradient => ({ tensor, ofCodes: false });

/** The scale of what has no second factor. */
function unitScale(e: Emitter, name: string): TensorId {
  return constant(e, `${name}/one`, Float32Array.of(1));
}

/** A gradient of parameters as real numbers: its sums times the scales of both factors. */
function rescaleGradient(
  e: Emitter,
  name: string,
  sums: TensorId,
  quantizer: TensorId,
  scale: TensorId,
): TensorId {
  const size = e.tensors[sums]!.shape[0]!;
  const one = { scale, perChannel: false };
  return rescale(e, name, { sums, size, channels: 1 }, quantizer, one, null, 'gradient').data;
}

/** Gradient of a bias where no product gives it along. */
export function sumOfChannels(e: Emitter, name: string, flow: Flow, channels: number): TensorId {
  const sums = arena(e, `${name}/bias-gradient`, 'float32', channels, 'gradient');
  const params = { size: channels, rows: flow.size / channels };
  push(e, 'sum_rows_f32', name, { inputs: [flow.data], outputs: [sums] }, params);
  return sums;
}

/** Clips a gradient (PRC) and rounds it to codes. */
function encodeGradient(
  e: Emitter,
  settings: OctoSettings,
  key: TensorId,
  name: string,
  flow: Flow,
): EncodedGradient {
  const { mode, value } = clipOf(settings.prc);
  const bits = settings.bitsGradients;
  const extent = flow.extent ?? extentOf(e, name, flow);
  // All times of a recurrent layer share one.
  const ratio = e.state.get(`${name}/clip`) ?? state(e, `${name}/clip`, Float32Array.of(1));
  const quantizer = arena(e, `${name}/gradient-quantiser`, 'float32', QUANTIZER.length, 'gradient');
  push(
    e,
    'clip_range_f32',
    name,
    {
      inputs: [flow.data, extent],
      constants: [constant(e, `${name}/clip-value`, Float32Array.of(value))],
      outputs: [ratio, quantizer],
    },
    { size: flow.size, mode, bits },
  );
  const codes = arena(e, `${name}/gradient-codes`, 'int8', flow.size, 'gradient');
  const limit = codeLimit(bits);
  push(
    e,
    'encode_s8',
    name,
    {
      inputs: [flow.data, quantizer, key],
      constants: [constant(e, `${name}/unbounded`, UNBOUNDED)],
      outputs: [codes],
    },
    {
      size: flow.size,
      low: -limit,
      high: limit,
      stochastic: settings.gradientRounding === 'stochastic' ? 1 : 0,
      stream: nextStream(e),
    },
  );
  return { codes, quantizer };
}

const UNBOUNDED = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);

/** Rate at which a learned clip follows its local objective. */
const LEARNED_CLIP_RATE = 0.05;

function clipOf(prc: Prc): {
  readonly mode: (typeof CLIP_MODES)[keyof typeof CLIP_MODES];
  readonly value: number;
} {
  switch (prc.kind) {
    case 'off':
      return { mode: CLIP_MODES.none, value: 1 };
    case 'fixed':
      return { mode: CLIP_MODES.fixed, value: prc.share };
    case 'zscore':
      return { mode: CLIP_MODES.zscore, value: prc.deviations };
    case 'mse':
      return { mode: CLIP_MODES.mse, value: 0 };
    case 'learned':
      return { mode: CLIP_MODES.learned, value: LEARNED_CLIP_RATE };
  }
}
