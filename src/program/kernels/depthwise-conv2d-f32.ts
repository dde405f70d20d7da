import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import type { Kernel, StepOf } from '../types.ts';
import { bounded, type DepthwiseConv2dParams, depthwiseConv2dMacs, depthwiseConv2dNames } from './common.ts';

/**
 * Depthwise convolution of float32: output channel c reads input channel floor(c / depthMultiplier). Per output a chain
 * of fused multiply-adds that starts from the bias and goes by kernel row and column; taps in the padding multiply zero.
 * inputs [x NHWC], constants [weights [kh][kw][channels out], bias, bounds], outputs [y NHWC].
 */
export type DepthwiseConv2dF32 = StepOf<'depthwise_conv2d_f32', DepthwiseConv2dParams>;

export const depthwiseConv2dF32: Kernel<DepthwiseConv2dF32> = {
  paramNames: depthwiseConv2dNames,

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [weights, bias, bounds] = constants as [Float32Array, Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
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
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                const inside = iy >= 0 && iy < p.inH && ix >= 0 && ix < p.inW;
                const value = inside ? x[((n * p.inH + iy) * p.inW + ix) * p.inChannels + ic]! : 0;
                acc = fusedMultiplyAdd(value, weights[(ky * p.kernelW + kx) * outChannels + oc]!, acc);
              }
            }
            y[out++] = bounded(acc, bounds);
          }
        }
      }
    }
  },

  scratchBytes: () => 0,
  inPlace: () => [],
  macs: ({ params }) => depthwiseConv2dMacs(params),
};
