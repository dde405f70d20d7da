/** Parts that several kernels share: geometry of sliding windows, their signatures, and clamping. */
import { constant, type Operand, over, RANGE, type Range, type Size } from '../signature.ts';

/** The ranges of parameters, in the order of the C struct. */
export type Ranges<P> = { readonly [K in keyof P]: Range };

/** Which pixels of an input an output pixel reads. */
export type SlidingWindow = {
  readonly kernelH: number;
  readonly kernelW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly padTop: number;
  readonly padLeft: number;
};

export type Conv2dGeometry = SlidingWindow & {
  readonly batch: number;
  readonly inH: number;
  readonly inW: number;
  readonly inChannels: number;
  readonly outH: number;
  readonly outW: number;
};

/** Zero points and the clamp of a kernel that requantises an accumulator. */
export type Requantization = {
  /** Minus the zero point of the input. */
  readonly inputOffset: number;
  /** The zero point of the output. */
  readonly outputOffset: number;
  readonly actMin: number;
  readonly actMax: number;
};

export const requantizationParams: Ranges<Requantization> = {
  inputOffset: RANGE.offset,
  outputOffset: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

/** The constants of a requantisation: bias, multipliers and shifts. */
export function requantization(channels: Size, multipliers: Size = channels): readonly Operand[] {
  return [
    constant('bias', 'int32', channels),
    constant('multiplier', 'int32', multipliers, 'multipliers'),
    constant('shift', 'int32', multipliers, 'shifts'),
  ];
}

/** The clamp of a kernel that requantises sums of products with int16 codes, which have zero point 0. */
export type Limits16 = { readonly actMin: number; readonly actMax: number };

export const limits16: Ranges<Limits16> = { actMin: RANGE.code16, actMax: RANGE.code16 };

/** The constants of a requantisation of 64-bit sums. */
export function wideRequantization(channels: Size): readonly Operand[] {
  return [
    constant('bias', 'int32', channels),
    constant('multiplier', 'int32', channels, 'multipliers'),
    constant('shift', 'int32', channels, 'wide_shifts'),
  ];
}

/** An output channel count or a multiplier stands between the two. */
const image = {
  batch: RANGE.count,
  inH: RANGE.extent,
  inW: RANGE.extent,
  inChannels: RANGE.count,
  outH: RANGE.extent,
  outW: RANGE.extent,
} as const;
const kernel = {
  kernelH: RANGE.extent,
  kernelW: RANGE.extent,
  strideH: RANGE.extent,
  strideW: RANGE.extent,
} as const;
const dilation = { dilationH: RANGE.extent, dilationW: RANGE.extent } as const;
const padding = { padTop: RANGE.pad, padLeft: RANGE.pad } as const;
const geometry = { ...kernel, ...dilation, ...padding } as const;

/** A convolution of any number of groups. */
export type Conv2dParams = Conv2dGeometry & {
  readonly outChannels: number;
  readonly groups: number;
};

export const conv2dParams: Ranges<Conv2dParams> = {
  ...image,
  outChannels: RANGE.count,
  ...geometry,
  groups: RANGE.count,
};

/** Sizes of a convolution: NHWC and OHWI, I = inChannels / groups. */
export const CONV2D = {
  input: ['batch', 'inH', 'inW', 'inChannels'],
  weights: ['outChannels', 'kernelH', 'kernelW', over('inChannels', 'groups')],
  channels: ['outChannels'],
  output: ['batch', 'outH', 'outW', 'outChannels'],
  macs: ['batch', 'outH', 'outW', 'outChannels', 'kernelH', 'kernelW', over('inChannels', 'groups')],
} as const;

/** A transposed convolution of one group. */
export type ConvTranspose2dParams = Conv2dGeometry & { readonly outChannels: number };

export const convTranspose2dParams: Ranges<ConvTranspose2dParams> = {
  ...image,
  outChannels: RANGE.count,
  ...geometry,
};

export const CONV_TRANSPOSE2D = {
  input: ['batch', 'inH', 'inW', 'inChannels'],
  weights: ['outChannels', 'kernelH', 'kernelW', 'inChannels'],
  channels: ['outChannels'],
  output: ['batch', 'outH', 'outW', 'outChannels'],
  macs: ['batch', 'inH', 'inW', 'inChannels', 'outChannels', 'kernelH', 'kernelW'],
} as const;

/** Output channel c reads input channel floor(c / depthMultiplier). */
export type DepthwiseConv2dParams = Conv2dGeometry & { readonly depthMultiplier: number };

export const depthwiseConv2dParams: Ranges<DepthwiseConv2dParams> = {
  ...image,
  depthMultiplier: RANGE.count,
  ...geometry,
};

/** Of an output channel for each input channel, without dilation. */
export type PlainDepthwiseConv2dParams = Omit<
  DepthwiseConv2dParams,
  'depthMultiplier' | 'dilationH' | 'dilationW'
>;

const { depthMultiplier: _m, dilationH: _h, dilationW: _w, ...plain } = depthwiseConv2dParams;
export const plainDepthwiseConv2dParams: Ranges<PlainDepthwiseConv2dParams> = plain;

export const DEPTHWISE_CONV2D = {
  input: ['batch', 'inH', 'inW', 'inChannels'],
  weights: ['kernelH', 'kernelW', 'inChannels', 'depthMultiplier'],
  channels: ['inChannels', 'depthMultiplier'],
  output: ['batch', 'outH', 'outW', 'inChannels', 'depthMultiplier'],
  macs: ['batch', 'outH', 'outW', 'inChannels', 'depthMultiplier', 'kernelH', 'kernelW'],
} as const;

/** Input 1 and output are [outer][channels], input 2 is [outer / repeat][channels]. */
export type MulShape = {
  readonly outer: number;
  readonly channels: number;
  /** Positions of input 1 that share one row of input 2 (1: same shape; h * w: squeeze-excite). */
  readonly repeat: number;
};

export const mulParams: Ranges<MulShape> = {
  outer: RANGE.count,
  channels: RANGE.count,
  repeat: RANGE.count,
};

type PoolShape = {
  readonly batch: number;
  readonly inH: number;
  readonly inW: number;
  readonly channels: number;
  readonly outH: number;
  readonly outW: number;
  readonly kernelH: number;
  readonly kernelW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly padTop: number;
  readonly padLeft: number;
};

export type AvgPool2dShape = PoolShape & {
  /** 1: padding counts as real zero and the divisor is the whole window; 0: the valid window alone. */
  readonly countIncludePad: number;
};

const pooled = {
  batch: RANGE.count,
  inH: RANGE.extent,
  inW: RANGE.extent,
  channels: RANGE.count,
  outH: RANGE.extent,
  outW: RANGE.extent,
} as const;

export const POOL2D = {
  input: ['batch', 'inH', 'inW', 'channels'],
  output: ['batch', 'outH', 'outW', 'channels'],
} as const;

export const avgPool2dParams: Ranges<AvgPool2dShape> = {
  ...pooled,
  ...kernel,
  ...padding,
  countIncludePad: RANGE.flag,
};

export type MaxPool2dShape = PoolShape & { readonly dilationH: number; readonly dilationW: number };

export const maxPool2dParams: Ranges<MaxPool2dShape> = { ...pooled, ...geometry };

/** A float32 output between its bounds, [lowest, highest]; NaN stays. */
export function bounded(value: number, bounds: Float32Array): number {
  const [lowest, highest] = bounds as unknown as readonly [number, number];
  if (value < lowest) return lowest;
  if (value > highest) return highest;
  return value;
}

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
