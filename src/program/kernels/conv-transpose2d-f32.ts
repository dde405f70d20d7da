import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded, CONV_TRANSPOSE2D, type ConvTranspose2dParams, convTranspose2dParams } from './common.ts';

/**
 * Transposed convolution of float32, one group: per output a chain of fused multiply-adds that starts from the bias and
 * goes by kernel row, kernel column and input channel; a tap that meets no input is left out.
 * inputs [x NHWC], constants [weights OHWI, bias, bounds], outputs [y NHWC].
 */
export type ConvTranspose2dF32 = StepOf<'conv_transpose2d_f32', ConvTranspose2dParams>;

export const convTranspose2dF32: Kernel<ConvTranspose2dF32> = {
  signature: {
    about: `Transposed convolution of float32, one group: per output a chain of fused multiply-adds that starts from the bias and goes by kernel row, kernel column and input channel; a tap that meets no input is left out. weights [out_channels][kernel_h][kernel_w][in_channels], bounds: the lowest and the highest output.`,
    params: convTranspose2dParams,
    operands: [
      input('input', 'float32', CONV_TRANSPOSE2D.input),
      constant('weights', 'float32', CONV_TRANSPOSE2D.weights),
      constant('bias', 'float32', CONV_TRANSPOSE2D.channels),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'float32', CONV_TRANSPOSE2D.output),
    ],
    rule: 'conv_transpose2d',
    macs: CONV_TRANSPOSE2D.macs,
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [weights, bias, bounds] = constants as [Float32Array, Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
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
                  acc = fusedMultiplyAdd(x[xAt + ic]!, weights[wAt + ic]!, acc);
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
