import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded, DEPTHWISE_CONV2D, type DepthwiseConv2dParams, depthwiseConv2dParams } from './common.ts';

/**
 * Depthwise convolution of float32: output channel c reads input channel floor(c / depthMultiplier). Per output a chain
 * of fused multiply-adds that starts from the bias and goes by kernel row and column; taps in the padding multiply zero.
 * inputs [x NHWC], constants [weights [kh][kw][channels out], bias, bounds], outputs [y NHWC].
 */
export type DepthwiseConv2dF32 = StepOf<'depthwise_conv2d_f32', DepthwiseConv2dParams>;

export const depthwiseConv2dF32: Kernel<DepthwiseConv2dF32> = {
  signature: {
    about: `Depthwise convolution of float32: output channel c reads input channel c / depth_multiplier. weights [kernel_h][kernel_w][channels * depth_multiplier].`,
    params: depthwiseConv2dParams,
    operands: [
      input('input', 'float32', DEPTHWISE_CONV2D.input),
      constant('weights', 'float32', DEPTHWISE_CONV2D.weights),
      constant('bias', 'float32', DEPTHWISE_CONV2D.channels),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'float32', DEPTHWISE_CONV2D.output),
    ],
    rule: 'depthwise_conv2d',
    macs: DEPTHWISE_CONV2D.macs,
    vector: 'simd-f32',
  },

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
};
