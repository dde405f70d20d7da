/**
 * Gradients that go from layer to layer as codes and are never whole as numbers. A code needs the range of all of them: so they are computed
 * twice, first for their extent, then for their codes, a pixel at a time.
 */
import { KEPT_CHANNELS } from '../rules.ts';
import {
  input,
  type Kernel,
  type KernelSignature,
  type Operand,
  output,
  over,
  RANGE,
  when,
} from '../signature.ts';
import type { Operands, StepOf } from '../types.ts';
import {
  type AvgPool2dShape,
  avgPool2dParams,
  CONV2D,
  type Conv2dParams,
  conv2dParams,
  POOL2D,
} from './common.ts';
import { conv2dInputGradientS8 } from './conv2d-sums.ts';
import { encodeS8 } from './encode-s8.ts';
import { bitAt } from './inside-bits.ts';
import { avgPool2dGradientF32 } from './pool-gradients.ts';
import { emptyExtent, extend, QUANTIZER, settleExtent } from './quantizer.ts';
import { rescaleS32 } from './rescale-s32.ts';
import { joined, WEIGHT_PARTS, type WeightParts, weightParts } from './weight-parts.ts';

/** What is done with the gradient of a pixel: masked_gradient_f32, then each channel times a number. */
type Finish = {
  /** 1: nothing passes where a bit of inside_bits_s8 is 0; 0: `bits` is not read. */
  readonly masked: number;
  /** 1: channel c is multiplied by factors[c] once it was masked; 0: `factors` is not read. */
  readonly scaled: number;
};

/**
 * Sums that the first pass computes and the second one reads: pixels of some channels, `KEPT_CHANNELS` at a time, first all pixels of the first
 * channels, then those of the channels behind them; int32 [kept][KEPT_CHANNELS], zeros where there are fewer channels.
 */
type Kept = { readonly kept: number };

/** Of a first pass. */
type Extent = Finish & {
  /** 1: sums of the channels, as sum_rows_f32 has them, before they are multiplied; 0: `sums` is not written. */
  readonly summed: number;
};

/** Of a second pass, as those of encode_s8. */
type Encode = Finish & { readonly limit: number; readonly stochastic: number; readonly stream: number };

const finish = { masked: RANGE.flag, scaled: RANGE.flag } as const;
const keptParams = { kept: RANGE.size } as const;
const extentParams = { ...finish, summed: RANGE.flag } as const;
const encodeParams = { ...finish, limit: RANGE.limit, stochastic: RANGE.flag, stream: RANGE.any } as const;

/**
 * The extent of the gradient of the input of a convolution: conv2d_input_gradient_s8, rescale_s32 by one scale without a bias, then what `Finish` says.
 * inputs [g int8 NHWC of the output, quantiser of g, weights int8, rest int8, scale float32 [1], bits int8, factors float32 [inChannels]],
 * outputs [extent float32 [2], sums float32 [inChannels], int32 as `Kept` says].
 */
export type Conv2dInputGradientExtentS8 = StepOf<
  'conv2d_input_gradient_extent_s8',
  Conv2dParams & WeightParts & Kept & Extent
>;

/** Its codes. inputs as before, then [quantiser of dx, key int32 [1], what was kept], outputs [dx int8 NHWC of the input]. */
export type Conv2dInputGradientEncodeS8 = StepOf<
  'conv2d_input_gradient_encode_s8',
  Conv2dParams & WeightParts & Kept & Encode
>;

/**
 * The gradient itself in numbers, where others are added to it: rescale_s32 of conv2d_input_gradient_s8, then add_f32.
 * inputs [added float32 NHWC of the input, g int8 NHWC of the output, quantiser of g, weights int8, rest int8, scale float32 [1]],
 * outputs [dx float32 NHWC of the input (may lie on `added`)].
 */
export type Conv2dInputGradientAddS8 = StepOf<
  'conv2d_input_gradient_add_s8',
  Conv2dParams &
    WeightParts & {
      /** 0: nothing is added, and `added` is not read. */
      readonly adds: number;
    }
>;

/**
 * The same of avg_pool2d_gradient_f32.
 * inputs [g float32 NHWC of the output, bits int8, factors float32 [channels]], outputs [extent float32 [2], sums float32 [channels]].
 */
export type AvgPool2dGradientExtentF32 = StepOf<'avg_pool2d_gradient_extent_f32', AvgPool2dShape & Extent>;

/** Its codes. inputs as before, then [quantiser of dx, key int32 [1]], outputs [dx int8 NHWC]. */
export type AvgPool2dGradientEncodeF32 = StepOf<'avg_pool2d_gradient_encode_f32', AvgPool2dShape & Encode>;

/** Masks and factors of pixels of an image. */
function finishing(channels: string): readonly Operand[] {
  return [
    input('bits', 'int8', [when('masked', 1, 'batch', 0), 'inH', 'inW', over(channels, 8)]),
    input('factors', 'float32', [when('scaled', 1, channels, 0)]),
  ];
}

function extents(channels: string): readonly Operand[] {
  return [output('extent', 'float32', [2]), output('sums', 'float32', [when('summed', 1, channels, 0)])];
}

const keptSums: readonly [number | string, number] = ['kept', KEPT_CHANNELS];

const codesOf: readonly Operand[] = [
  input('gradientQuantizer', 'float32', [QUANTIZER.length]),
  input('key', 'int32', [1]),
];

function kernel<S extends StepOf<string, Readonly<Record<string, number>>>>(
  signature: KernelSignature<S['params']>,
  run: (p: S['params'], operands: Operands) => void,
): Kernel<S> {
  return { signature, run: ({ params }, operands) => run(params, operands) };
}

const NOTHING = { name: '', inputs: [], constants: [], outputs: [] } as const;

/** What passes the mask. @param g [pixels][channels] */
function masked(p: Finish, g: Float32Array, channels: number, bits: Int8Array): Float32Array {
  if (p.masked === 0) return g;
  return g.map((value, i) => (bitAt(bits, Math.floor(i / channels), i % channels, channels) ? value : 0));
}

function scaled(p: Finish, g: Float32Array, channels: number, factors: Float32Array): Float32Array {
  return p.scaled === 0 ? g : g.map((value, i) => value * factors[i % channels]!);
}

function writeExtent(
  p: Extent,
  g: Float32Array,
  channels: number,
  [bits, factors]: readonly [Int8Array, Float32Array],
  [extent, sums]: readonly [Float32Array, Float32Array],
): void {
  const passed = masked(p, g, channels, bits);
  if (p.summed === 1) {
    const totals = new Float64Array(channels);
    passed.forEach((value, i) => {
      totals[i % channels] = totals[i % channels]! + value;
    });
    sums.set(totals);
  }
  emptyExtent(extent);
  for (const value of scaled(p, passed, channels, factors)) extend(extent, value);
  settleExtent(extent);
}

function writeCodes(
  p: Encode,
  g: Float32Array,
  channels: number,
  [bits, factors, quantizer, key]: readonly [Int8Array, Float32Array, Float32Array, Int32Array],
  codes: Int8Array,
): void {
  const { limit, stochastic, stream } = p;
  const values = scaled(p, masked(p, g, channels, bits), channels, factors);
  const params = { size: values.length, low: -limit, high: limit, stochastic, stream };
  const bounds = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  encodeS8.run(
    { ...NOTHING, kernel: 'encode_s8', params },
    { inputs: [values, quantizer, key], constants: [bounds], outputs: [codes] },
  );
}

type Products = readonly [...[Int8Array, Float32Array, Int8Array, Int8Array], Float32Array];

/** Sums of the gradient of the input of a convolution. */
function inputSums(p: Conv2dParams & WeightParts, [g, , weights, rest]: Products): Int32Array {
  const sums = new Int32Array(p.batch * p.inH * p.inW * p.inChannels);
  conv2dInputGradientS8.run(
    { ...NOTHING, kernel: 'conv2d_input_gradient_s8', params: p },
    { inputs: [g, joined(p, weights, rest)], constants: [], outputs: [sums] },
  );
  return sums;
}

/** Sums in numbers. */
function inputGradient(sums: Int32Array, [, quantizer, , , scale]: Products): Float32Array {
  const real = new Float32Array(sums.length);
  const params = { size: sums.length, channels: 1, perChannel: 0, biasSize: 0 };
  rescaleS32.run(
    { ...NOTHING, kernel: 'rescale_s32', params },
    { inputs: [sums, quantizer, scale, scale], constants: [], outputs: [real, new Float32Array(2)] },
  );
  return real;
}

/** Calls `visit` for each element that is kept, with the sum that it is; null: none, since there are fewer channels. */
function visitKept(p: Conv2dParams & Kept, visit: (kept: number, sum: number | null) => void): void {
  const pixels = p.batch * p.inH * p.inW;
  for (let i = 0; i < p.kept * KEPT_CHANNELS; i++) {
    const row = Math.floor(i / KEPT_CHANNELS);
    const channel = Math.floor(row / pixels) * KEPT_CHANNELS + (i % KEPT_CHANNELS);
    visit(i, channel < p.inChannels ? (row % pixels) * p.inChannels + channel : null);
  }
}

function poolGradient(p: AvgPool2dShape, g: Float32Array): Float32Array {
  const real = new Float32Array(p.batch * p.inH * p.inW * p.channels);
  avgPool2dGradientF32.run(
    { ...NOTHING, kernel: 'avg_pool2d_gradient_f32', params: p },
    { inputs: [g], constants: [], outputs: [real] },
  );
  return real;
}

const products: readonly Operand[] = [
  input('gradient', 'int8', CONV2D.output),
  input('quantizer', 'float32', [QUANTIZER.length]),
  ...WEIGHT_PARTS,
  { ...input('scale', 'float32', [1]), longer: true },
];

const ofConv2d = [...products, ...finishing('inChannels')];

const ofPool = [input('gradient', 'float32', POOL2D.output), ...finishing('channels')];

export const conv2dInputGradientExtentS8 = kernel<Conv2dInputGradientExtentS8>(
  {
    about: `The extent of rescale_s32 of conv2d_input_gradient_s8, masked by bits where masked is 1, then times a factor per channel where scaled is 1; sums of the channels between the two where summed is 1. Sums of the first pixels of 16 channels are kept.`,
    params: { ...conv2dParams, ...weightParts, ...keptParams, ...extentParams },
    operands: [...ofConv2d, ...extents('inChannels'), output('keptSums', 'int32', keptSums)],
    rule: 'conv2d_kept',
    macs: CONV2D.macs,
    scratch: [8, 'inChannels'],
  },
  (p, { inputs, outputs }) => {
    const [bits, factors] = inputs.slice(5) as [Int8Array, Float32Array];
    const products = inputs as unknown as Products;
    const [extent, totals, kept] = outputs as [Float32Array, Float32Array, Int32Array];
    const sums = inputSums(p, products);
    visitKept(p, (i, sum) => {
      kept[i] = sum === null ? 0 : sums[sum]!;
    });
    writeExtent(p, inputGradient(sums, products), p.inChannels, [bits, factors], [extent, totals]);
  },
);

export const conv2dInputGradientEncodeS8 = kernel<Conv2dInputGradientEncodeS8>(
  {
    about: `The codes of what conv2d_input_gradient_extent_s8 has the extent of, as encode_s8 makes them without bounds; sums that it kept are read.`,
    params: { ...conv2dParams, ...weightParts, ...keptParams, ...encodeParams },
    operands: [
      ...[...ofConv2d, ...codesOf, input('keptSums', 'int32', keptSums)],
      output('inputGradient', 'int8', CONV2D.input),
    ],
    rule: 'conv2d_kept',
    macs: CONV2D.macs,
  },
  (p, { inputs, outputs }) => {
    const [bits, factors, quantizer, key, kept] = inputs.slice(5) as [
      ...[Int8Array, Float32Array, Float32Array, Int32Array],
      Int32Array,
    ];
    const products = inputs as unknown as Products;
    const sums = inputSums(p, products);
    visitKept(p, (i, sum) => {
      if (sum !== null) sums[sum] = kept[i]!;
    });
    const g = inputGradient(sums, products);
    writeCodes(p, g, p.inChannels, [bits, factors, quantizer, key], outputs[0] as Int8Array);
  },
);

export const conv2dInputGradientAddS8 = kernel<Conv2dInputGradientAddS8>(
  {
    about: `rescale_s32 of conv2d_input_gradient_s8, a pixel after the other, added to numbers where adds is 1. May run in place on these.`,
    params: { ...conv2dParams, ...weightParts, adds: RANGE.flag },
    operands: [
      input('added', 'float32', [when('adds', 1, 'batch', 0), 'inH', 'inW', 'inChannels']),
      ...products,
      output('inputGradient', 'float32', CONV2D.input),
    ],
    rule: 'conv2d_parts',
    inPlace: [0],
    macs: CONV2D.macs,
  },
  (p, { inputs, outputs }) => {
    const [added] = inputs as [Float32Array];
    const products = inputs.slice(1) as unknown as Products;
    const g = inputGradient(inputSums(p, products), products);
    outputs[0]!.set(p.adds === 1 ? g.map((value, i) => added[i]! + value) : g);
  },
);

export const avgPool2dGradientExtentF32 = kernel<AvgPool2dGradientExtentF32>(
  {
    about: `The extent of avg_pool2d_gradient_f32, masked by bits where masked is 1, then times a factor per channel where scaled is 1; sums of the channels between the two where summed is 1.`,
    params: { ...avgPool2dParams, ...extentParams },
    operands: [...ofPool, ...extents('channels')],
    rule: 'avg_pool2d',
    scratch: [12, 'channels'],
  },
  (p, { inputs, outputs }) => {
    const [g, bits, factors] = inputs as [Float32Array, Int8Array, Float32Array];
    const extent = outputs as unknown as [Float32Array, Float32Array];
    writeExtent(p, poolGradient(p, g), p.channels, [bits, factors], extent);
  },
);

export const avgPool2dGradientEncodeF32 = kernel<AvgPool2dGradientEncodeF32>(
  {
    about: `The codes of what avg_pool2d_gradient_extent_f32 has the extent of, as encode_s8 makes them without bounds, a pixel after the other.`,
    params: { ...avgPool2dParams, ...encodeParams },
    operands: [...ofPool, ...codesOf, output('inputGradient', 'int8', POOL2D.input)],
    rule: 'avg_pool2d',
    scratch: [4, 'channels'],
  },
  (p, { inputs, outputs }) => {
    const [g, ...finish] = inputs as [Float32Array, Int8Array, Float32Array, Float32Array, Int32Array];
    writeCodes(p, poolGradient(p, g), p.channels, finish, outputs[0] as Int8Array);
  },
);
