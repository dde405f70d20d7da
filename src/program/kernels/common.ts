/** Parts that several kernels share: geometry of sliding windows and clamping. */

export type Conv2dGeometry = {
  readonly batch: number;
  readonly inH: number;
  readonly inW: number;
  readonly inChannels: number;
  readonly outH: number;
  readonly outW: number;
  readonly kernelH: number;
  readonly kernelW: number;
  readonly strideH: number;
  readonly strideW: number;
  readonly dilationH: number;
  readonly dilationW: number;
  readonly padTop: number;
  readonly padLeft: number;
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

/** The requantisation in the order of the C structs. */
export const requantizationNames = ['inputOffset', 'outputOffset', 'actMin', 'actMax'] as const;

/** The geometry in the order of the C structs: an output channel count or a multiplier stands between the two. */
export const conv2dGeometry = {
  head: ['batch', 'inH', 'inW', 'inChannels', 'outH', 'outW'],
  window: ['kernelH', 'kernelW', 'strideH', 'strideW', 'dilationH', 'dilationW', 'padTop', 'padLeft'],
} as const;

/** A convolution of any number of groups. */
export type Conv2dParams = Conv2dGeometry & {
  readonly outChannels: number;
  readonly groups: number;
};

export const conv2dNames = [
  ...conv2dGeometry.head,
  'outChannels',
  ...conv2dGeometry.window,
  'groups',
] as const;

export function conv2dMacs(p: Conv2dParams): number {
  return p.batch * p.outH * p.outW * p.outChannels * p.kernelH * p.kernelW * (p.inChannels / p.groups);
}

/** A transposed convolution of one group. */
export type ConvTranspose2dParams = Conv2dGeometry & { readonly outChannels: number };

export const convTranspose2dNames = [
  ...conv2dGeometry.head,
  'outChannels',
  ...conv2dGeometry.window,
] as const;

export function convTranspose2dMacs(p: ConvTranspose2dParams): number {
  return p.batch * p.inH * p.inW * p.inChannels * p.outChannels * p.kernelH * p.kernelW;
}

/** Output channel c reads input channel floor(c / depthMultiplier). */
export type DepthwiseConv2dParams = Conv2dGeometry & { readonly depthMultiplier: number };

export const depthwiseConv2dNames = [
  ...conv2dGeometry.head,
  'depthMultiplier',
  ...conv2dGeometry.window,
] as const;

export function depthwiseConv2dMacs(p: DepthwiseConv2dParams): number {
  return p.batch * p.outH * p.outW * p.inChannels * p.depthMultiplier * p.kernelH * p.kernelW;
}

/** Input 1 and output are [outer][channels], input 2 is [outer / repeat][channels]. */
export type MulShape = {
  readonly outer: number;
  readonly channels: number;
  /** Positions of input 1 that share one row of input 2 (1: same shape; h * w: squeeze-excite). */
  readonly repeat: number;
};

export function mulInPlace({ repeat }: MulShape): readonly (readonly [number, number])[] {
  return repeat === 1
    ? [
        [0, 0],
        [1, 0],
      ]
    : [[0, 0]];
}

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

export const avgPool2dNames = [
  'batch',
  'inH',
  'inW',
  'channels',
  'outH',
  'outW',
  'kernelH',
  'kernelW',
  'strideH',
  'strideW',
  'padTop',
  'padLeft',
  'countIncludePad',
] as const;

export type MaxPool2dShape = PoolShape & { readonly dilationH: number; readonly dilationW: number };

export const maxPool2dNames = [
  'batch',
  'inH',
  'inW',
  'channels',
  'outH',
  'outW',
  ...conv2dGeometry.window,
] as const;

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
