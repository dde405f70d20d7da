import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { narrow } from './channel-pairs.ts';
import {
  clamp,
  DEPTHWISE_CONV2D,
  type PlainDepthwiseConv2dParams,
  plainDepthwiseConv2dParams,
  type Ranges,
} from './common.ts';

/** An output channel for each input channel, of which there are at least four; windows of 3x3, 5x5 or 7x7, without dilation. */
type DepthwiseConv2dPlanesS8Params = PlainDepthwiseConv2dParams & {
  /** Rows of the output that are computed together; columns, all of them, where planes are transposed. */
  readonly band: number;
  /** 1: planes have the columns of the image for rows, which pays where it is higher than wide. */
  readonly transposed: number;
  /** Bytes of scratch: `planesRoom`. */
  readonly room: number;
  /** Minus the zero point of the input. */
  readonly inputOffset: number;
  readonly outputZeroPoint: number;
  readonly actMin: number;
  readonly actMax: number;
};

/**
 * inputs [x NHWC], constants [weights [kh][kw][channels], bias, scales: what requantises each channel (channel-pairs.ts)],
 * outputs [y NHWC].
 */
export type DepthwiseConv2dPlanesS8 = StepOf<'depthwise_conv2d_planes_s8', DepthwiseConv2dPlanesS8Params>;

/** The same of windows of 5x5 and 7x7. */
export type DepthwiseConv2dLargePlanesS8 = StepOf<
  'depthwise_conv2d_large_planes_s8',
  DepthwiseConv2dPlanesS8Params
>;

type Planes = Pick<PlainDepthwiseConv2dParams, 'outH' | 'outW' | 'strideH' | 'strideW' | 'kernelH'> & {
  readonly band: number;
  readonly transposed: number;
};

/**
 * The rows that a band reads, of four channels, as int16: each channel for itself, with its padding, and what loops of four outputs read
 * beyond; of large windows then what is computed of one of them, and its weights.
 */
export function planesRoom(p: Planes): number {
  const stride = p.transposed === 1 ? p.strideW : p.strideH;
  const planes = 4 * 2 * planesPitch(p) * ((p.band - 1) * stride + p.kernelH);
  return p.kernelH === 3 ? planes : planes + 4 * (12 + p.kernelH * (p.kernelH - 1));
}

/** Pixels from a row of a plane to the next. */
export function planesPitch({ kernelH, transposed, ...p }: Omit<Planes, 'band'>): number {
  const [outputs, stride] = transposed === 1 ? [p.outH, p.strideH] : [p.outW, p.strideW];
  // Of three outputs a fourth is computed, of which four words of every second pixel are read.
  const beyond = stride === 2 && outputs % 4 === 3 ? 4 : 2;
  const columns =
    kernelH === 3 ? stride * outputs + beyond : stride * (4 * Math.ceil(outputs / 4) - 1) + kernelH;
  return 2 * Math.ceil(columns / 2);
}

const params: Ranges<DepthwiseConv2dPlanesS8Params> = {
  ...plainDepthwiseConv2dParams,
  band: RANGE.extent,
  transposed: RANGE.flag,
  room: RANGE.count,
  inputOffset: RANGE.offset,
  outputZeroPoint: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

const channels = ['inChannels'] as const;
const [input4, output4] = [DEPTHWISE_CONV2D.input, ['batch', 'outH', 'outW', 'inChannels']] as const;

export const depthwiseConv2dPlanesS8: Kernel<DepthwiseConv2dPlanesS8> = {
  signature: {
    about: `Depthwise convolution of 3x3 that lays four channels at a time out as planes of int16, for cores with DSP instructions: the bytes of depthwise_conv2d_s8. weights [kernel_h][kernel_w][in_channels]; scales: for each channel a doubled multiplier and a power of two.`,
    params,
    operands: [
      input('input', 'int8', input4),
      constant('weights', 'int8', ['kernelH', 'kernelW', 'inChannels']),
      constant('bias', 'int32', channels),
      constant('scales', 'int32', [2, ...channels]),
      output('output', 'int8', output4),
    ],
    rule: 'depthwise_conv2d_planes',
    overlap: 'depthwise_conv2d_planes',
    scratch: ['room'],
    macs: [...output4, 'kernelH', 'kernelW'],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, scales] = constants as [Int8Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let c = 0; c < p.inChannels; c++) {
            let sum = bias[c]!;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                const code = x[((n * p.inH + iy) * p.inW + ix) * p.inChannels + c]!;
                sum = (sum + (code + p.inputOffset) * weights[(ky * p.kernelW + kx) * p.inChannels + c]!) | 0;
              }
            }
            const code = narrow(sum, scales[2 * c]!, scales[2 * c + 1]!, p.outputZeroPoint);
            y[out++] = clamp(code, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};

export const depthwiseConv2dLargePlanesS8: Kernel<DepthwiseConv2dLargePlanesS8> = {
  signature: {
    ...depthwiseConv2dPlanesS8.signature,
    about: 'depthwise_conv2d_planes_s8 for windows of 5x5 and 7x7.',
  },
  run: (step, operands) =>
    depthwiseConv2dPlanesS8.run({ ...step, kernel: 'depthwise_conv2d_planes_s8' }, operands),
};
