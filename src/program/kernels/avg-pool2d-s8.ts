import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type AvgPool2dShape, avgPool2dParams, clamp, POOL2D } from './common.ts';

/** With countIncludePad the padding counts as real zero, which is -inputOffset. */
type AvgPool2dS8Params = AvgPool2dShape & {
  readonly inputOffset: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Average pooling, equal scales in and out; halves round away from zero. inputs [x NHWC], outputs [y NHWC]. */
export type AvgPool2dS8 = StepOf<'avg_pool2d_s8', AvgPool2dS8Params>;

export const avgPool2dS8: Kernel<AvgPool2dS8> = {
  signature: {
    about: `Average over the valid window (padding is not counted), or over the whole window when count_include_pad is 1 (padding then counts as real zero, -input_offset). Equal scales in and out.`,
    params: { ...avgPool2dParams, inputOffset: RANGE.offset, actMin: RANGE.code, actMax: RANGE.code },
    operands: [input('input', 'int8', POOL2D.input), output('output', 'int8', POOL2D.output)],
    rule: 'avg_pool2d',
    cmsisScratch: (p, core) => (core.dsp && !core.mve ? 4 * p.channels : 0),
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
            let acc = 0;
            let valid = 0;
            for (let ky = 0; ky < p.kernelH; ky++) {
              const iy = oy * p.strideH + ky - p.padTop;
              if (iy < 0 || iy >= p.inH) continue;
              for (let kx = 0; kx < p.kernelW; kx++) {
                const ix = ox * p.strideW + kx - p.padLeft;
                if (ix < 0 || ix >= p.inW) continue;
                acc += x[((n * p.inH + iy) * p.inW + ix) * p.channels + c]!;
                valid++;
              }
            }
            const window = p.kernelH * p.kernelW;
            if (p.countIncludePad === 1) acc += (window - valid) * -p.inputOffset;
            const count = p.countIncludePad === 1 ? window : valid;
            const half = Math.trunc(count / 2);
            const mean = Math.trunc((acc > 0 ? acc + half : acc - half) / count);
            y[out++] = clamp(mean, p.actMin, p.actMax);
          }
        }
      }
    }
  },
};
