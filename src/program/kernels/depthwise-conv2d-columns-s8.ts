import { constant, input, type Kernel } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { DEPTHWISE_CONV2D, type PlainDepthwiseConv2dParams } from './common.ts';
import {
  runShiftedDepthwise,
  SHIFTED_DEPTHWISE,
  type ShiftedDepthwiseParams,
  shiftedDepthwiseParams,
} from './shifted-depthwise.ts';

/**
 * Windows of 3x3, all of them or every second both ways; of those that are all taken there are at least two each way.
 * inputs [x NHWC], constants [weights [channels][kw][kh], bias with the zero point of the input in it, multiplier, shift to the right],
 * outputs [y NHWC].
 */
export type DepthwiseConv2dColumnsS8 = StepOf<'depthwise_conv2d_columns_s8', ShiftedDepthwiseParams>;

/** Channels that are laid out together. */
const LANES = 16;

type Block = Pick<PlainDepthwiseConv2dParams, 'strideW'> & { readonly band: number; readonly span: number };

/** For each row of the output, or pair of rows where none is skipped, the columns that it reads: a word of four pixels for each channel. */
export function columnsRoom({ strideW, band, span }: Block): number {
  const [units, columns] =
    strideW === 1 ? [Math.ceil(band / 2), span + 2] : [band, 8 * Math.ceil(span / 4) + 2];
  return 4 * LANES * columns * units;
}

export const depthwiseConv2dColumnsS8: Kernel<DepthwiseConv2dColumnsS8> = {
  signature: {
    about: `Depthwise convolution of 3x3 that lays sixteen channels at a time out in columns of pixels, for cores with vectors: the bytes of depthwise_conv2d_s8. weights [in_channels][kernel_w][kernel_h]; bias: with the products of weights and the zero point of the input.`,
    params: shiftedDepthwiseParams,
    operands: [
      input('input', 'int8', DEPTHWISE_CONV2D.input),
      constant('weights', 'int8', ['inChannels', 'kernelW', 'kernelH']),
      ...SHIFTED_DEPTHWISE,
    ],
    rule: 'depthwise_conv2d_columns',
    overlap: 'depthwise_conv2d_columns',
    scratch: ['room'],
    macs: ['batch', 'outH', 'outW', 'inChannels', 'kernelH', 'kernelW'],
  },

  run: ({ params }, operands) => runShiftedDepthwise(params, operands, (ky, kx) => kx * params.kernelH + ky),
};
