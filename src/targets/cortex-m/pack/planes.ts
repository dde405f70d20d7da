/** Constants of a depthwise convolution whose channels are laid out as planes (src/program/kernels/depthwise-conv2d-planes-s8.ts). */
import { scaleOf } from '../../../program/kernels/channel-pairs.ts';
import { type Depthwise, shiftedRight } from './depthwise.ts';

type Constants = { readonly weights: Int8Array; readonly bias: Int32Array; readonly scales: Int32Array };

/** @returns null where a channel cannot be requantised by two factors, and is not always the same code */
export function planesConstants(layer: Depthwise): Constants | null {
  const packed = shiftedRight(layer, 2);
  if (packed === null) return null;
  const { weights, bias, multiplier, shift } = packed;
  const scales = Array.from(multiplier, (factor, channel) => scaleOf(factor, shift[channel]!));
  return { weights, bias, scales: Int32Array.from(scales.flat()) };
}
