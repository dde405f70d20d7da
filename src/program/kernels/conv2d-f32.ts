import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded, CONV2D, type Conv2dParams, conv2dParams } from './common.ts';

/**
 * Convolution of float32: per output a chain of fused multiply-adds that starts from the bias and goes by kernel row,
 * kernel column and input channel; taps in the padding multiply zero.
 * inputs [x NHWC], constants [weights OHWI (I = inChannels / groups), bias, bounds], outputs [y NHWC].
 */
export type Conv2dF32 = StepOf<'conv2d_f32', Conv2dParams>;

export const conv2dF32: Kernel<Conv2dF32> = {
  signature: {
    about: `Convolution of float32, any number of groups. weights [out_channels][kernel_h][kernel_w][in_channels / groups].`,
    params: conv2dParams,
    operands: [
      input('input', 'float32', CONV2D.input),
      constant('weights', 'float32', CONV2D.weights),
      constant('bias', 'float32', CONV2D.channels),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'float32', CONV2D.output),
    ],
    rule: 'conv2d',
    macs: CONV2D.macs,
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [weights, bias, bounds] = constants as [Float32Array, Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
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
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                const inside = iy >= 0 && iy < p.inH && ix >= 0 && ix < p.inW;
                const xAt = ((n * p.inH + iy) * p.inW + ix) * p.inChannels + firstChannel;
                const wAt = ((oc * p.kernelH + ky) * p.kernelW + kx) * groupIn;
                for (let ic = 0; ic < groupIn; ic++) {
                  acc = fusedMultiplyAdd(inside ? x[xAt + ic]! : 0, weights[wAt + ic]!, acc);
                }
              }
            }
            y[out++] = bounded(acc, bounds);
          }
        }
      }
    }
  },
};
