import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type MaxPool2dShape, maxPool2dParams, POOL2D } from './common.ts';

type MaxPool2dS8Params = MaxPool2dShape & { readonly actMin: number; readonly actMax: number };

/** Maximum pooling over the valid window, equal scales in and out. inputs [x NHWC], outputs [y NHWC]. */
export type MaxPool2dS8 = StepOf<'max_pool2d_s8', MaxPool2dS8Params>;

export const maxPool2dS8: Kernel<MaxPool2dS8> = {
  signature: {
    about: `Maximum over the valid window. Equal scales in and out.`,
    params: { ...maxPool2dParams, actMin: RANGE.code, actMax: RANGE.code },
    operands: [input('input', 'int8', POOL2D.input), output('output', 'int8', POOL2D.output)],
    rule: 'max_pool2d',
    split: { by: 'images', operands: ['sliced', 'sliced'] },
    vector: 'simd',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [y] = outputs as [Int8Array];
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let c = 0; c < p.channels; c++) {
            let best = -128;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky * p.dilationH - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx * p.dilationW - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                best = Math.max(best, x[((n * p.inH + iy) * p.inW + ix) * p.channels + c]!);
              }
            }
            y[out++] = clamp(best, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};
