/** Float32 arithmetic, and fake quantisation: float32 products of values and weights that were rounded to codes (QAT). */
import type { TensorId } from '../../program/types.ts';
import type { OctoSettings } from '../options.ts';
import {
  type Arithmetic,
  conv2dSizes,
  type Flow,
  type Kept,
  type Layer,
  type LayerGradients,
  type Walks,
  type Wanted,
  withChannels,
} from './arithmetic.ts';
import { arena, constant, type Emitter, push } from './emit.ts';
import { codeLimit, keepCodes, keepHidden, type SymmetricValues, sumOfChannels } from './octo/arithmetic.ts';
import { noRanges } from './ranges.ts';
import { wholeWeights } from './whole-weights.ts';

export function floatArithmetic(): Arithmetic {
  return {
    keep: (e, name, flow, bounds) => {
      if (bounds.min === Number.NEGATIVE_INFINITY && bounds.max === Number.POSITIVE_INFINITY) {
        e.roles.set(flow.data, 'saved');
        return { kind: 'float', data: flow.data, size: flow.size };
      }
      const data = arena(e, `${name}/kept`, 'float32', flow.size, 'saved');
      const boundsOf = constant(e, `${name}/bounds`, Float32Array.of(bounds.min, bounds.max));
      const operands = { inputs: [flow.data], constants: [boundsOf], outputs: [data] };
      push(e, 'clamp_f32', name, operands, { size: flow.size });
      return { kind: 'float', data, size: flow.size };
    },
    keepHidden: (e, _, { data, size }) => {
      e.roles.set(data, 'saved');
      return { kind: 'float', data, size };
    },
    forward: (e, layer, x) => forward(e, layer, realData(e, layer.name, x), weightData(e, layer)),
    backward: (e, layer, g, wanted, apply) =>
      applied(backward(e, layer, g, wanted, wanted.input ? weightData(e, layer) : null), apply),
    product: floatProduct,
    keepGradient: floatGradient,
  };
}

/** Straight-through fake quantisation: gradients pass the rounding as if it were not there. */
export function fakeQuantArithmetic(
  settings: OctoSettings,
  key: TensorId,
  symmetric: SymmetricValues,
): Arithmetic {
  return {
    keep: (e, name, flow, bounds) =>
      keepCodes(e, settings, key, name, flow, bounds, symmetric.has(name), noRanges),
    keepHidden: (e, name, flow) => keepHidden(e, settings, key, name, flow),
    forward: (e, layer, x) =>
      forward(e, layer, realData(e, layer.name, x), roundedWeights(e, settings, layer)),
    backward: (e, layer, g, wanted, apply) =>
      applied(backward(e, layer, g, wanted, wanted.input ? roundedWeights(e, settings, layer) : null), apply),
    product: floatProduct,
    keepGradient: floatGradient,
  };
}

/** The gradient of the input reads the weights themselves: they are updated behind it. */
function applied(gradients: LayerGradients, apply: Parameters<Arithmetic['backward']>[4]): LayerGradients {
  apply?.(gradients);
  return gradients;
}

function floatGradient(_: Emitter, __: string, { data, size }: Flow): Kept {
  return { kind: 'float', data, size };
}

function floatProduct(
  e: Emitter,
  name: string,
  { left, right, walks }: Walks,
  size: number,
  role: 'passing' | 'gradient',
): Flow {
  const data = arena(e, `${name}/product`, 'float32', size, role);
  const inputs = [left, right].map((kept) => realData(e, name, kept));
  for (const params of walks) push(e, 'batch_matmul_f32', name, { inputs, outputs: [data] }, params);
  return { data, size, extent: null };
}

/** Weights that are kept in float32. */
function weightData(e: Emitter, { weights }: Layer): TensorId {
  if (weights.kind === 'codes') throw new TypeError('weights in int8 are for integer training');
  return wholeWeights(e, weights);
}

/** The weights, rounded to codes of a scale per output channel and back. */
function roundedWeights(e: Emitter, settings: OctoSettings, layer: Layer): TensorId {
  const { name, rows: outputs, columns } = layer.weights;
  // The rows of a transposed convolution are input channels: one scale for all.
  const rows = layer.transposed ? 1 : outputs;
  const shape = { rows, columns: (outputs * columns) / rows };
  const codes = arena(e, `${name}/weight-codes`, 'int8', outputs * columns);
  const scale = arena(e, `${name}/weight-scale`, 'float32', rows);
  const rounded = arena(e, `${name}/rounded-weights`, 'float32', outputs * columns);
  const limit = codeLimit(settings.bitsWeights);
  push(
    e,
    'encode_weights_s8',
    name,
    { inputs: [weightData(e, layer)], outputs: [codes, scale] },
    { ...shape, limit },
  );
  push(e, 'decode_weights_s8', name, { inputs: [codes, scale], outputs: [rounded] }, shape);
  return rounded;
}

/** A kept value as float32. */
export function realData(e: Emitter, name: string, kept: Kept): TensorId {
  if (kept.kind === 'float') return kept.data;
  const data = arena(e, `${name}/decoded`, 'float32', kept.size);
  push(e, 'decode_s8', name, { inputs: [kept.codes, kept.quantizer], outputs: [data] }, { size: kept.size });
  return data;
}

function forward(e: Emitter, layer: Layer, x: TensorId, w: TensorId): Flow {
  const { name, params, transposed, bias } = layer;
  const sizes = conv2dSizes(params);
  const size = transposed ? sizes.input : sizes.output;
  const sums = arena(e, `${name}/sums`, 'float32', size);
  const kernel = transposed ? 'conv2d_input_gradient_f32' : 'conv2d_sums_f32';
  push(e, kernel, name, { inputs: [x, w], outputs: [sums] }, params);
  if (bias === null) return { data: sums, size, extent: null };
  const data = arena(e, `${name}/biased`, 'float32', size);
  const operands = { inputs: [sums, bias.tensor], outputs: [data] };
  push(e, 'add_bias_f32', name, operands, { size, biasSize: bias.size });
  return { data, size, extent: null };
}

/** @param w the weights; null where the gradient of the input, which alone reads them, is not wanted */
function backward(e: Emitter, layer: Layer, g: Flow, wanted: Wanted, w: TensorId | null): LayerGradients {
  const { name, params, transposed } = layer;
  const input = ((): Flow | null => {
    if (w === null) return null;
    const sizes = conv2dSizes(params);
    const size = transposed ? sizes.output : sizes.input;
    const data = arena(e, `${name}/input-gradient`, 'float32', size, 'gradient');
    const kernel = transposed ? 'conv2d_sums_f32' : 'conv2d_input_gradient_f32';
    push(e, kernel, name, { inputs: [g.data, w], outputs: [data] }, params);
    return { data, size, extent: null };
  })();
  const channels = transposed ? params.inChannels : params.outChannels;
  if (wanted.weights === null) {
    return { input, weights: null, bias: wanted.bias ? sumOfChannels(e, name, g, channels) : null };
  }
  const x = realData(e, name, wanted.weights.x);
  const trained = withChannels(params, transposed ? params.inChannels : wanted.weights.channels);
  const { rows } = layer.weights;
  const columns = params.kernelH * params.kernelW * (trained.inChannels / params.groups);
  const weights = arena(e, `${name}/weight-gradient`, 'float32', rows * columns, 'gradient');
  const bias = arena(e, `${name}/bias-gradient`, 'float32', rows, 'gradient');
  const inputs = transposed ? [g.data, x] : [x, g.data];
  push(e, 'conv2d_weight_gradient_f32', name, { inputs, outputs: [weights, bias] }, trained);
  const own = { input, weights: { tensor: weights, ofCodes: false } };
  if (!wanted.bias) return { ...own, bias: null };
  return { ...own, bias: transposed ? sumOfChannels(e, name, g, channels) : bias };
}
