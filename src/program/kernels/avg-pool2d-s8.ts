import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type AvgPool2dShape, avgPool2dParams, clamp, POOL2D } from './common.ts';
import { eachWindow } from './windows.ts';

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
    overlap: 'avg_pool2d',
    cmsisScratch: (p, core) => (core.dsp && !core.mve ? 4 * p.channels : 0),
    vector: 'simd',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [y] = outputs as [Int8Array];
    const window = p.kernelH * p.kernelW;
    eachWindow(p, (output, inside) => {
      const valid = inside.reduce((sum, at) => sum + x[at]!, 0);
      const acc = p.countIncludePad === 1 ? valid + (window - inside.length) * -p.inputOffset : valid;
      const count = p.countIncludePad === 1 ? window : inside.length;
      const half = Math.trunc(count / 2);
      const mean = Math.trunc((acc > 0 ? acc + half : acc - half) / count);
      y[output] = clamp(mean, p.actMin, p.actMax);
    });
  },
};
