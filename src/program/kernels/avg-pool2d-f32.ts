import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type AvgPool2dShape, avgPool2dParams, POOL2D } from './common.ts';

/**
 * Average pooling of float32: the sum of the valid window by row and column from +0, one rounding each, then one
 * division by the number of taps. inputs [x NHWC], outputs [y NHWC].
 */
export type AvgPool2dF32 = StepOf<'avg_pool2d_f32', AvgPool2dShape>;

export const avgPool2dF32: Kernel<AvgPool2dF32> = {
  signature: {
    about: `Average over the valid window, or over the whole window when count_include_pad is 1: float32 additions from +0 by row and column, then one division by the number of taps.`,
    params: avgPool2dParams,
    operands: [input('input', 'float32', POOL2D.input), output('output', 'float32', POOL2D.output)],
    rule: 'avg_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced'] },
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [y] = outputs as [Float32Array];
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let c = 0; c < p.channels; c++) {
            let sum = 0;
            let valid = 0;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                sum = Math.fround(sum + x[((n * p.inH + iy) * p.inW + ix) * p.channels + c]!);
                valid++;
              }
            }
            y[out++] = sum / (p.countIncludePad === 1 ? p.kernelH * p.kernelW : valid);
          }
        }
      }
    }
  },
};
