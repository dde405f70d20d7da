/**
 * The forward pass of units of which nothing is trained, between ranges that are fixed: from codes to codes by the kernels, and with the
 * numbers, of an inference. Law: for the same scales the bytes of the quantised model.
 */

import { sumParams } from '../../lower/int8/elementwise.ts';
import { permute } from '../../lower/shared/permute.ts';
import { requantizeTable } from '../../lower/shared/table-step.ts';
import { channelMultipliers } from '../../lower/shared/weights.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { limitCodes } from '../../passes/limits.ts';
import { QUANTIZER } from '../../program/kernels/quantizer.ts';
import { weightCode, weightScales } from '../../quantize/affine.ts';
import type { OctoSettings } from '../options.ts';
import { type Flow, type Kept, type Layer, ofBatch } from './arithmetic.ts';
import type { Context } from './context.ts';
import { arena, constant, type Emitter, push } from './emit.ts';
import { isFunction, type LayerSource, type Unit } from './network.ts';
import { codeLimit, fixRange } from './octo/arithmetic.ts';
import type { FixedRanges } from './ranges.ts';

type Codes = Extract<Kept, { kind: 'codes' }>;
type Quant = { readonly scale: number; readonly zeroPoint: number };
type Target = {
  readonly kept: Codes;
  readonly quant: Quant;
  readonly actMin: number;
  readonly actMax: number;
};

const BITS = 8;

/** Codes of the input as devices and evaluation make them (sample.ts). */
export function emitFixedInput(
  e: Emitter,
  { activations }: OctoSettings,
  { rangeOf }: FixedRanges,
  name: string,
  { data, size }: Flow,
): Kept {
  const quantizer = fixRange(e, name, rangeOf(name), codeLimit(BITS), activations === 'affine');
  const codes = arena(e, `${name}/codes`, 'int8', size, 'saved');
  const kept: Codes = { kind: 'codes', codes, quantizer, size };
  const { scale, zeroPoint } = quantOf(e, kept);
  const constants = [constant(e, `${name}/scale`, Float32Array.of(scale))];
  push(e, 'quantize_s8', name, { inputs: [data], constants, outputs: [codes] }, { size, zeroPoint });
  return kept;
}

/** The sum, mean, activation or map of values that are kept; null for other units. */
export function emitFixedUnit(c: Context, fixed: FixedRanges, unit: Unit): Kept | null {
  const { e, kept, batch } = c;
  const { source, name, norm } = unit;
  if (norm !== null || isFunction(source)) return null;
  switch (source.kind) {
    case 'add': {
      const [a, b] = [codesOf(kept.get(source.a)!), codesOf(kept.get(source.b)!)];
      const [qa, qb] = [quantOf(e, a), quantOf(e, b)];
      const target = targetOf(c, fixed, unit, a.size);
      const operands = { inputs: [a.codes, b.codes], outputs: [target.kept.codes] };
      push(e, 'add_s8', name, operands, sumParams(a.size, qa, qb, target));
      return target.kept;
    }
    case 'averagePool': {
      const p = ofBatch(source.params, batch);
      const whole =
        p.padTop === 0 &&
        p.padLeft === 0 &&
        (p.outH - 1) * p.strideH + p.kernelH <= p.inH &&
        (p.outW - 1) * p.strideW + p.kernelW <= p.inW;
      if (!whole && p.countIncludePad === 0) return null;
      const x = codesOf(kept.get(source.x)!);
      const input = quantOf(e, x);
      const target = targetOf(c, fixed, unit, p.batch * p.outH * p.outW * p.channels);
      const { countIncludePad: _, ...geometry } = p;
      const share = Math.fround(1 / (p.kernelH * p.kernelW));
      const operands = { inputs: [x.codes], outputs: [target.kept.codes] };
      push(e, 'mean_pool2d_s8', name, operands, {
        ...{ ...geometry, dilationH: 1, dilationW: 1 },
        ...clamps(input, target),
        ...quantizeMultiplier((input.scale * share) / target.quant.scale),
      });
      return target.kept;
    }
    case 'value': {
      const x = codesOf(kept.get(source.x)!);
      const target = targetOf(c, fixed, unit, x.size);
      const table = requantizeTable(quantOf(e, x), target.quant, target.actMin, target.actMax);
      const operands = {
        inputs: [x.codes],
        constants: [constant(e, `${name}/table`, table)],
        outputs: [target.kept.codes],
      };
      push(e, 'lut_s8', name, operands, { size: x.size });
      return target.kept;
    }
    default:
      return null;
  }
}

/**
 * A convolution of one sample's `params`.
 * @param values weights OHWI and biases of the layer, a batch norm behind it folded in
 */
export function emitFixedConv(
  c: Context,
  fixed: FixedRanges,
  unit: Unit,
  source: LayerSource & { readonly kind: 'conv' },
  values: { readonly weights: Float32Array; readonly bias: Float32Array | null },
): Kept {
  const { e, kept, batch } = c;
  const { name } = unit;
  const x = codesOf(kept.get(source.x)!);
  const input = quantOf(e, x);
  const { outChannels, groups, ...geometry } = ofBatch(source.params, batch);
  const target = targetOf(c, fixed, unit, geometry.batch * geometry.outH * geometry.outW * outChannels);
  const { codes, scales, bias } = quantisedLayer(values, outChannels, input.scale);
  const { multiplier, shift } = channelMultipliers(input.scale, scales, target.quant.scale);
  const tables = (weights: Int8Array) => [
    constant(e, `${name}/codes-of-weights`, weights),
    constant(e, `${name}/codes-of-bias`, bias),
    constant(e, `${name}/multiplier`, multiplier),
    constant(e, `${name}/shift`, shift),
  ];
  const operands = { inputs: [x.codes], outputs: [target.kept.codes] };
  if (groups === geometry.inChannels && groups > 1) {
    const { kernelH, kernelW } = geometry;
    const constants = tables(permute(codes, [outChannels, kernelH, kernelW], [1, 2, 0]));
    const params = { ...geometry, depthMultiplier: outChannels / groups, ...clamps(input, target) };
    push(e, 'depthwise_conv2d_s8', name, { ...operands, constants }, params);
  } else {
    const params = { ...geometry, outChannels, groups, ...clamps(input, target) };
    push(e, 'conv2d_s8', name, { ...operands, constants: tables(codes) }, params);
  }
  return target.kept;
}

/** A layer that is not trained as the gradient of its input needs it. */
export function fixedLayer(
  { e, batch }: Context,
  { name, source }: { readonly name: string; readonly source: LayerSource },
  weights: Float32Array,
  rows: number,
): Layer {
  return {
    name,
    params: ofBatch(source.params, batch),
    transposed: false,
    weights: {
      ...{ name, rows, columns: weights.length / rows, frozen: null },
      kind: 'float',
      data: constant(e, `${name}/weights`, weights),
    },
    bias: null,
  };
}

/** Codes as quantisation makes them of the same numbers. */
function quantisedLayer(
  { weights, bias }: { readonly weights: Float32Array; readonly bias: Float32Array | null },
  rows: number,
  inputScale: number,
): { readonly codes: Int8Array; readonly scales: Float32Array; readonly bias: Int32Array } {
  const columns = weights.length / rows;
  const needs = Array.from({ length: rows }, (_, row) => ({
    weightMax: weights
      .subarray(row * columns, (row + 1) * columns)
      .reduce((most, weight) => Math.max(most, Math.abs(weight)), 0),
    biasMax: Math.abs(bias?.[row] ?? 0),
  }));
  const scales = weightScales(needs, inputScale);
  return {
    codes: Int8Array.from(weights, (weight, i) => weightCode(weight, scales[Math.floor(i / columns)]!)),
    scales,
    bias: Int32Array.from(scales, (scale, row) =>
      Math.round((bias?.[row] ?? 0) / Math.fround(scale * inputScale)),
    ),
  };
}

function targetOf(
  { e, options }: Context,
  { rangeOf, isSymmetric }: FixedRanges,
  unit: Unit,
  size: number,
): Target {
  const { output, bounds } = unit;
  const limit = codeLimit(BITS);
  const affine = options.octo.activations === 'affine' && !isSymmetric(output);
  const quantizer = fixRange(e, output, rangeOf(output), limit, affine);
  const codes = arena(e, `${output}/codes`, 'int8', size, 'saved');
  const kept: Codes = { kind: 'codes', codes, quantizer, size };
  const quant = quantOf(e, kept);
  const { min, max } = limitCodes(bounds, quant, [affine ? -limit - 1 : -limit, limit]);
  return { kept, quant, actMin: min, actMax: max };
}

function clamps(input: Quant, { quant, actMin, actMax }: Target) {
  return { inputOffset: -input.zeroPoint, outputOffset: quant.zeroPoint, actMin, actMax };
}

function codesOf(kept: Kept): Codes {
  if (kept.kind !== 'codes') throw new TypeError('integer training keeps codes');
  return kept;
}

/** Of codes whose quantiser is a constant. */
export function quantOf({ tensors }: Emitter, { quantizer }: Codes): Quant {
  const { storage } = tensors[quantizer]!;
  if (storage.kind !== 'constant') throw new TypeError('a range that is fixed has a constant quantiser');
  return { scale: storage.data[QUANTIZER.scale]!, zeroPoint: storage.data[QUANTIZER.zeroPoint]! };
}
