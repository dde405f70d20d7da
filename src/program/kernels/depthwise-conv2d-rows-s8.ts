import { constant, input, type Kernel } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { DEPTHWISE_CONV2D } from './common.ts';
import {
  runShiftedDepthwise,
  SHIFTED_DEPTHWISE,
  type ShiftedDepthwiseParams,
  shiftedDepthwiseParams,
} from './shifted-depthwise.ts';

/**
 * Windows of up to sixteen columns. inputs [x NHWC], constants [weights [channels][kh][kw], bias with the zero point of the input in it, multiplier,
 * shift to the right], outputs [y NHWC].
 */
export type DepthwiseConv2dRowsS8 = StepOf<'depthwise_conv2d_rows_s8', ShiftedDepthwiseParams>;

/** Channels that are laid out together, and taps of a row of a window, which are one vector. */
const LANES = 8;
export const MOST_TAPS = 16;

type Block = Pick<ShiftedDepthwiseParams, 'kernelH' | 'kernelW' | 'strideH' | 'strideW' | 'band' | 'span'>;

/** The rows of a block that windows read, each channel by itself; the weights of a channel as vectors, and one that the last outputs read beyond. */
export function rowsRoom({ kernelH, kernelW, strideH, strideW, band, span }: Block): number {
  const rows = (band - 1) * strideH + kernelH;
  const pitch = (span - 1) * strideW + kernelW;
  return LANES * rows * pitch + MOST_TAPS * (kernelH + 1);
}

export const depthwiseConv2dRowsS8: Kernel<DepthwiseConv2dRowsS8> = {
  signature: {
    about: `Depthwise convolution that lays eight channels at a time out in rows of their own, for cores with vectors: the bytes of depthwise_conv2d_s8. weights [in_channels][kernel_h][kernel_w], rows of up to sixteen; bias: with the products of weights and the zero point of the input.`,
    params: { ...shiftedDepthwiseParams, kernelW: [1, MOST_TAPS] },
    operands: [
      input('input', 'int8', DEPTHWISE_CONV2D.input),
      constant('weights', 'int8', ['inChannels', 'kernelH', 'kernelW']),
      ...SHIFTED_DEPTHWISE,
    ],
    rule: 'depthwise_conv2d_rows',
    overlap: 'depthwise_conv2d_columns',
    scratch: ['room'],
    macs: ['batch', 'outH', 'outW', 'inChannels', 'kernelH', 'kernelW'],
  },

  run: ({ params }, operands) => runShiftedDepthwise(params, operands, (ky, kx) => ky * params.kernelW + kx),
};
