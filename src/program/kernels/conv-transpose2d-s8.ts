import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  CONV_TRANSPOSE2D,
  type ConvTranspose2dParams,
  clamp,
  convTranspose2dParams,
  type Requantization,
  requantization,
  requantizationParams,
} from './common.ts';

type ConvTranspose2dS8Params = ConvTranspose2dParams & Requantization;

/**
 * Transposed convolution, one group: input row i meets output row i * strideH + k * dilationH - padTop.
 * inputs [x NHWC], constants [weights OHWI, bias, multiplier, shift], outputs [y NHWC].
 */
export type ConvTranspose2dS8 = StepOf<'conv_transpose2d_s8', ConvTranspose2dS8Params>;

export const convTranspose2dS8: Kernel<ConvTranspose2dS8> = {
  signature: {
    about: `Transposed convolution, groups 1. weights [out_channels][kernel_h][kernel_w][in_channels]. Output row of input row i and kernel row k: i * stride_h + k * dilation_h - pad_top.`,
    params: { ...convTranspose2dParams, ...requantizationParams },
    operands: [
      input('input', 'int8', CONV_TRANSPOSE2D.input),
      constant('weights', 'int8', CONV_TRANSPOSE2D.weights),
      ...requantization(CONV_TRANSPOSE2D.channels),
      output('output', 'int8', CONV_TRANSPOSE2D.output),
    ],
    rule: 'conv_transpose2d',
    overlap: 'conv_transpose2d',
    macs: CONV_TRANSPOSE2D.macs,
    vector: 'simd',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const { inputOffset } = p;
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let oc = 0; oc < p.outChannels; oc++) {
            let acc = bias[oc]!;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = (oy + p.padTop - ky * p.dilationH) / p.strideH;
              if (!Number.isInteger(iy) || iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = (ox + p.padLeft - kx * p.dilationW) / p.strideW;
                if (!Number.isInteger(ix) || ix < 0 || ix >= p.inW) continue;
                const xAt = ((n * p.inH + iy) * p.inW + ix) * p.inChannels;
                const wAt = ((oc * p.kernelH + ky) * p.kernelW + kx) * p.inChannels;
                for (let ic = 0; ic < p.inChannels; ic++) {
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
