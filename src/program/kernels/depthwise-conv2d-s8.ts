import { requantize } from '../../numbers/fixed-point.ts';
import type { CoreFeatures } from '../implementation.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import {
  clamp,
  DEPTHWISE_CONV2D,
  type DepthwiseConv2dParams,
  depthwiseConv2dParams,
  type Requantization,
  requantization,
  requantizationParams,
} from './common.ts';

type DepthwiseConv2dS8Params = DepthwiseConv2dParams & Requantization;

/**
 * Depthwise convolution: output channel c reads input channel floor(c / depthMultiplier).
 * inputs [x NHWC], constants [weights [kh][kw][channels out], bias, multiplier, shift], outputs [y NHWC].
 */
export type DepthwiseConv2dS8 = StepOf<'depthwise_conv2d_s8', DepthwiseConv2dS8Params>;

export const depthwiseConv2dS8: Kernel<DepthwiseConv2dS8> = {
  signature: {
    about: `Depthwise convolution: output channel c reads input channel c / depth_multiplier. weights [kernel_h][kernel_w][channels * depth_multiplier].`,
    params: { ...depthwiseConv2dParams, ...requantizationParams },
    operands: [
      input('input', 'int8', DEPTHWISE_CONV2D.input),
      constant('weights', 'int8', DEPTHWISE_CONV2D.weights),
      ...requantization(DEPTHWISE_CONV2D.channels),
      output('output', 'int8', DEPTHWISE_CONV2D.output),
    ],
    rule: 'depthwise_conv2d',
    overlap: 'depthwise_conv2d',
    cmsisScratch: depthwiseScratchBytes,
    macs: DEPTHWISE_CONV2D.macs,
    vector: 'simd',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const outChannels = p.inChannels * p.depthMultiplier;
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let oc = 0; oc < outChannels; oc++) {
            const ic = Math.floor(oc / p.depthMultiplier);
            let acc = bias[oc]!;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky * p.dilationH - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                const value = x[((n * p.inH + iy) * p.inW + ix) * p.inChannels + ic]! + p.inputOffset;
                acc = (acc + Math.imul(value, weights[(ky * p.kernelW + kx) * outChannels + oc]!)) | 0;
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

function depthwiseScratchBytes(p: DepthwiseConv2dS8Params, core: CoreFeatures): number {
  const optimised = p.depthMultiplier === 1 && p.dilationH === 1 && p.dilationW === 1 && p.batch === 1;
  if (!optimised) return 0;
  if (core.mve) return 4 * 124 * p.kernelH * p.kernelW;
  const threeByThree = p.kernelH === 3 && p.kernelW === 3 && p.padTop <= 1 && p.padLeft <= 1;
  return core.dsp && !threeByThree ? p.inChannels * p.kernelH * p.kernelW * 2 : 0;
}
