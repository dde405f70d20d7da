import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type MaxPool2dShape, maxPool2dParams, POOL2D } from './common.ts';

/**
 * Maximum pooling of float32 over the valid window, by row and column from -Infinity: of equal numbers (zeros) the first,
 * NaN where there is one. inputs [x NHWC], outputs [y NHWC].
 */
export type MaxPool2dF32 = StepOf<'max_pool2d_f32', MaxPool2dShape>;

export const maxPool2dF32: Kernel<MaxPool2dF32> = {
  signature: {
    about: `Maximum over the valid window, by row and column from -infinity: the first of equal numbers, NaN where there is one.`,
    params: maxPool2dParams,
    operands: [input('input', 'float32', POOL2D.input), output('output', 'float32', POOL2D.output)],
    rule: 'max_pool2d',
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
            let best = Number.NEGATIVE_INFINITY;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky * p.dilationH - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                const value = x[((n * p.inH + iy) * p.inW + ix) * p.channels + c]!;
                if (value > best || Number.isNaN(value)) best = value;
              }
            }
            y[out++] = best;
          }
        }
      }
    }
  },
};
