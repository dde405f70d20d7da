import { requantizeWide } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  CONV2D,
  type Conv2dParams,
  clamp,
  conv2dParams,
  type Limits16,
  limits16,
  wideRequantization,
} from './common.ts';

/** Convolution of int16 activations with int8 weights (TFLite's 16x8); operands as of conv2d_s8. */
export type Conv2dS16 = StepOf<'conv2d_s16', Conv2dParams & Limits16>;

export const conv2dS16: Kernel<Conv2dS16> = {
  signature: {
    about: `As conv2d_s8, of int16 activations with zero point 0, in 64-bit sums.`,
    params: { ...conv2dParams, ...limits16 },
    operands: [
      input('input', 'int16', CONV2D.input),
      constant('weights', 'int8', CONV2D.weights),
      ...wideRequantization(CONV2D.channels),
      output('output', 'int16', CONV2D.output),
    ],
    rule: 'conv2d',
    macs: CONV2D.macs,
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int16Array];
    const groupIn = p.inChannels / p.groups;
    const groupOut = p.outChannels / p.groups;
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let oc = 0; oc < p.outChannels; oc++) {
            const firstChannel = Math.floor(oc / groupOut) * groupIn;
            let sum = bias[oc]!;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky * p.dilationH - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                const xAt = ((n * p.inH + iy) * p.inW + ix) * p.inChannels + firstChannel;
                const wAt = ((oc * p.kernelH + ky) * p.kernelW + kx) * groupIn;
                for (let ic = 0; ic < groupIn; ic++) sum += x[xAt + ic]! * weights[wAt + ic]!;
              }
            }
            y[out++] = clamp(requantizeWide(sum, multiplier[oc]!, shift[oc]!), p.actMin, p.actMax);
          }
        }
      }
    }
  },
};
