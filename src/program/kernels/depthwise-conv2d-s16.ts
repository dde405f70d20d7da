import { requantizeWide } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  clamp,
  DEPTHWISE_CONV2D,
  type DepthwiseConv2dParams,
  depthwiseConv2dParams,
  type Limits16,
  limits16,
  wideRequantization,
} from './common.ts';

/** Depthwise convolution of int16 activations with int8 weights (TFLite's 16x8); operands as of depthwise_conv2d_s8. */
export type DepthwiseConv2dS16 = StepOf<'depthwise_conv2d_s16', DepthwiseConv2dParams & Limits16>;

export const depthwiseConv2dS16: Kernel<DepthwiseConv2dS16> = {
  signature: {
    about: `As depthwise_conv2d_s8, of int16 activations with zero point 0, in 64-bit sums.`,
    params: { ...depthwiseConv2dParams, ...limits16 },
    operands: [
      input('input', 'int16', DEPTHWISE_CONV2D.input),
      constant('weights', 'int8', DEPTHWISE_CONV2D.weights),
      ...wideRequantization(DEPTHWISE_CONV2D.channels),
      output('output', 'int16', DEPTHWISE_CONV2D.output),
    ],
    rule: 'depthwise_conv2d',
    macs: DEPTHWISE_CONV2D.macs,
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int16Array];
    const outChannels = p.inChannels * p.depthMultiplier;
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let oc = 0; oc < outChannels; oc++) {
            const ic = Math.floor(oc / p.depthMultiplier);
            let sum = bias[oc]!;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky * p.dilationH - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                const value = x[((n * p.inH + iy) * p.inW + ix) * p.inChannels + ic]!;
                sum += value * weights[(ky * p.kernelW + kx) * outChannels + oc]!;
              }
            }
            y[out++] = clamp(requantizeWide(sum, multiplier[oc]!, shift[oc]!), p.actMin, p.actMax);
          }
        }
      }
    }
  },
};
