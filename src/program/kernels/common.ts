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
export type Requantisation = {
  /** Minus the zero point of the input. */
  readonly inputOffset: number;
  /** The zero point of the output. */
  readonly outputOffset: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** The requantisation in the order of the C structs. */
export const requantisationNames = ['inputOffset', 'outputOffset', 'actMin', 'actMax'] as const;

/** The geometry in the order of the C structs: an output channel count or a multiplier stands between the two. */
export const conv2dGeometry = {
  head: ['batch', 'inH', 'inW', 'inChannels', 'outH', 'outW'],
  window: ['kernelH', 'kernelW', 'strideH', 'strideW', 'dilationH', 'dilationW', 'padTop', 'padLeft'],
} as const;

export function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
