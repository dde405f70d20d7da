import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { avgPool2dF32 } from './avg-pool2d-f32.ts';
import { type AvgPool2dShape, avgPool2dParams, POOL2D } from './common.ts';
import { decodeS8 } from './decode-s8.ts';
import { QUANTIZER } from './quantizer.ts';

/**
 * Average pooling of codes: decode_s8 and avg_pool2d_f32 at once, so that no image of numbers is there.
 * inputs [x int8 NHWC, quantiser of x], outputs [y float32 NHWC].
 */
export type AvgPool2dDecodeS8 = StepOf<'avg_pool2d_decode_s8', AvgPool2dShape>;

export const avgPool2dDecodeS8: Kernel<AvgPool2dDecodeS8> = {
  signature: {
    about: `avg_pool2d_f32 of decode_s8: every code is decoded as it is added.`,
    params: avgPool2dParams,
    operands: [
      input('input', 'int8', POOL2D.input),
      input('quantizer', 'float32', [QUANTIZER.length]),
      output('output', 'float32', POOL2D.output),
    ],
    rule: 'avg_pool2d',
  },
  run({ name, params }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const nothing = { name, inputs: [], constants: [], outputs: [] };
    const real = new Float32Array(x.length);
    decodeS8.run(
      { ...nothing, kernel: 'decode_s8', params: { size: x.length } },
      { inputs, constants: [], outputs: [real] },
    );
    avgPool2dF32.run(
      { ...nothing, kernel: 'avg_pool2d_f32', params },
      { inputs: [real], constants: [], outputs },
    );
  },
};
