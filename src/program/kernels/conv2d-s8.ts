import { requantize } from '../../numbers/fixed-point.ts';
import type { CoreFeatures } from '../implementation.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  CONV2D,
  type Conv2dParams,
  clamp,
  conv2dParams,
  type Requantization,
  requantization,
  requantizationParams,
  roundUp,
} from './common.ts';

type Conv2dS8Params = Conv2dParams & Requantization;

/** Convolution. inputs [x NHWC], constants [weights OHWI (I = inChannels / groups), bias, multiplier, shift], outputs [y NHWC]. */
export type Conv2dS8 = StepOf<'conv2d_s8', Conv2dS8Params>;

export const conv2dS8: Kernel<Conv2dS8> = {
  signature: {
    about: `Convolution, any number of groups. weights [out_channels][kernel_h][kernel_w][in_channels / groups].`,
    params: { ...conv2dParams, ...requantizationParams },
    operands: [
      input('input', 'int8', CONV2D.input),
      constant('weights', 'int8', CONV2D.weights),
      ...requantization(CONV2D.channels),
      output('output', 'int8', CONV2D.output),
    ],
    rule: 'conv2d',
    overlap: 'conv2d',
    cmsisScratch: convScratchBytes,
    macs: CONV2D.macs,
    vector: 'simd',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const { inputOffset } = p;
    const groupIn = p.inChannels / p.groups;
    const groupOut = p.outChannels / p.groups;
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let oc = 0; oc < p.outChannels; oc++) {
            const firstChannel = Math.floor(oc / groupOut) * groupIn;
            let acc = bias[oc]!;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky * p.dilationH - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                const xAt = ((n * p.inH + iy) * p.inW + ix) * p.inChannels + firstChannel;
                const wAt = ((oc * p.kernelH + ky) * p.kernelW + kx) * groupIn;
                for (let ic = 0; ic < groupIn; ic++) {
                  acc = (acc + Math.imul(x[xAt + ic]! + inputOffset, weights[wAt + ic]!)) | 0;
                }
              }
            }
            const value = requantize(acc, multiplier[oc]!, shift[oc]!) + p.outputOffset;
            y[out++] = clamp(value, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};

/** CMSIS-NN needs im2col columns unless its 1x1 kernels apply. */
function convScratchBytes(p: Conv2dS8Params, core: CoreFeatures): number {
  const pointwise = p.kernelH === 1 && p.kernelW === 1 && p.padTop === 0 && p.padLeft === 0 && p.groups === 1;
  if (pointwise) return 0;
  const columns = p.kernelH * p.kernelW * (p.inChannels / p.groups);
  return core.mve ? 4 * roundUp(columns, 16) : 4 * roundUp(columns, 4);
}
