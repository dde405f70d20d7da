import { requantize } from '../../numbers/fixed-point.ts';
import type { Kernel, StepOf } from '../types.ts';
import {
  type ConvTranspose2dParams,
  clamp,
  convTranspose2dMacs,
  convTranspose2dNames,
  type Requantization,
  requantizationNames,
} from './common.ts';

export type ConvTranspose2dS8Params = ConvTranspose2dParams & Requantization;

/**
 * Transposed convolution, one group: input row i meets output row i * strideH + k * dilationH - padTop.
 * inputs [x NHWC], constants [weights OHWI, bias, multiplier, shift], outputs [y NHWC].
 */
export type ConvTranspose2dS8 = StepOf<'conv_transpose2d_s8', ConvTranspose2dS8Params>;

export const convTranspose2dS8: Kernel<ConvTranspose2dS8> = {
  paramNames: [...convTranspose2dNames, ...requantizationNames],

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

  scratchBytes: () => 0,
  inPlace: () => [],
  macs: ({ params }) => convTranspose2dMacs(params),
};
