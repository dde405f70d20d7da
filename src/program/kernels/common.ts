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
