import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  clamp,
  DEPTHWISE_CONV2D,
  type PlainDepthwiseConv2dParams,
  plainDepthwiseConv2dParams,
  type Ranges,
} from './common.ts';

/**
 * An output channel for each input channel; windows of 3x3, without dilation, all of them or every second both ways. Of those that are
 * all taken there are at least two each way.
 */
type DepthwiseConv2dColumnsS8Params = PlainDepthwiseConv2dParams & {
  /** Rows and columns of the output that are computed together. */
  readonly band: number;
  readonly span: number;
  /** Bytes of scratch: `columnsRoom`. */
  readonly room: number;
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
  readonly actMin: number;
  readonly actMax: number;
};

/**
 * inputs [x NHWC], constants [weights [channels][kw][kh], bias with the zero point of the input in it, multiplier, shift to the right],
 * outputs [y NHWC].
 */
export type DepthwiseConv2dColumnsS8 = StepOf<'depthwise_conv2d_columns_s8', DepthwiseConv2dColumnsS8Params>;

/** Channels that are laid out together. */
const LANES = 16;

type Block = Pick<PlainDepthwiseConv2dParams, 'strideW'> & { readonly band: number; readonly span: number };

/** For each row of the output, or pair of rows where none is skipped, the columns that it reads: a word of four pixels for each channel. */
export function columnsRoom({ strideW, band, span }: Block): number {
  const [units, columns] =
    strideW === 1 ? [Math.ceil(band / 2), span + 2] : [band, 8 * Math.ceil(span / 4) + 2];
  return 4 * LANES * columns * units;
}

const params: Ranges<DepthwiseConv2dColumnsS8Params> = {
  ...plainDepthwiseConv2dParams,
  strideH: [1, 2],
  strideW: [1, 2],
  band: RANGE.extent,
  span: RANGE.extent,
  room: RANGE.count,
  inputZeroPoint: RANGE.code,
  outputZeroPoint: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

const channels = ['inChannels'] as const;
const output4 = ['batch', 'outH', 'outW', 'inChannels'] as const;

export const depthwiseConv2dColumnsS8: Kernel<DepthwiseConv2dColumnsS8> = {
  signature: {
    about: `Depthwise convolution of 3x3 that lays sixteen channels at a time out in columns of pixels, for cores with vectors: the bytes of depthwise_conv2d_s8. weights [in_channels][kernel_w][kernel_h]; bias: with the products of weights and the zero point of the input.`,
    params,
    operands: [
      input('input', 'int8', DEPTHWISE_CONV2D.input),
      constant('weights', 'int8', ['inChannels', 'kernelW', 'kernelH']),
      constant('bias', 'int32', channels),
      constant('multiplier', 'int32', channels, 'multipliers'),
      constant('shift', 'int32', channels, 'right_shifts'),
      output('output', 'int8', output4),
    ],
    rule: 'depthwise_conv2d_columns',
    overlap: 'depthwise_conv2d_columns',
    scratch: ['room'],
    macs: [...output4, 'kernelH', 'kernelW'],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const codeAt = (n: number, iy: number, ix: number, c: number): number => {
      const isWithin = iy >= 0 && iy < p.inH && ix >= 0 && ix < p.inW;
      return isWithin ? x[((n * p.inH + iy) * p.inW + ix) * p.inChannels + c]! : p.inputZeroPoint;
    };
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let c = 0; c < p.inChannels; c++) {
            let [sum, weight] = [bias[c]!, c * p.kernelW * p.kernelH];
            for (let kx = 0; kx < p.kernelW; kx++) {
              for (let ky = 0; ky < p.kernelH; ky++) {
                const code = codeAt(n, oy * p.strideH + ky - p.padTop, ox * p.strideW + kx - p.padLeft, c);
                sum = (sum + code * weights[weight++]!) | 0;
              }
            }
            const value = requantize(sum, multiplier[c]!, shift[c]!) + p.outputZeroPoint;
            y[out++] = clamp(value, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};
