import { requantizeWide } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  CONV_TRANSPOSE2D,
  type ConvTranspose2dParams,
  clamp,
  convTranspose2dParams,
  type Limits16,
  limits16,
  wideRequantization,
} from './common.ts';

/** Transposed convolution of int16 activations with int8 weights; operands as of conv_transpose2d_s8. */
export type ConvTranspose2dS16 = StepOf<'conv_transpose2d_s16', ConvTranspose2dParams & Limits16>;

export const convTranspose2dS16: Kernel<ConvTranspose2dS16> = {
  signature: {
    about: `As conv_transpose2d_s8, of int16 activations with zero point 0, in 64-bit sums.`,
    params: { ...convTranspose2dParams, ...limits16 },
    operands: [
      input('input', 'int16', CONV_TRANSPOSE2D.input),
      constant('weights', 'int8', CONV_TRANSPOSE2D.weights),
      ...wideRequantization(CONV_TRANSPOSE2D.channels),
      output('output', 'int16', CONV_TRANSPOSE2D.output),
    ],
    rule: 'conv_transpose2d',
    macs: CONV_TRANSPOSE2D.macs,
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int16Array];
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let oc = 0; oc < p.outChannels; oc++) {
            let sum = bias[oc]!;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = (oy + p.padTop - ky * p.dilationH) / p.strideH;
              if (!Number.isInteger(iy) || iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = (ox + p.padLeft - kx * p.dilationW) / p.strideW;
                if (!Number.isInteger(ix) || ix < 0 || ix >= p.inW) continue;
                const xAt = ((n * p.inH + iy) * p.inW + ix) * p.inChannels;
                const wAt = ((oc * p.kernelH + ky) * p.kernelW + kx) * p.inChannels;
                for (let ic = 0; ic < p.inChannels; ic++) sum += x[xAt + ic]! * weights[wAt + ic]!;
              }
            }
            y[out++] = clamp(requantizeWide(sum, multiplier[oc]!, shift[oc]!), p.actMin, p.actMax);
          }
        }
      }
    }
  },
};
