import { constant, input, type Kernel, output, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { accumulateF32 } from './accumulate-f32.ts';
import { CONV2D, type Conv2dParams, conv2dParams } from './common.ts';
import { conv2dWeightGradientS8 } from './conv2d-sums.ts';
import { CONTROL } from './optimisers.ts';
import { QUANTIZER } from './quantizer.ts';

/**
 * The weight gradient of a convolution, some weights at a time, added to those of the steps before it: that of one step never exists as a whole.
 * conv2d_weight_gradient_s8, times the scales of both factors as rescale_s32 has it, then accumulate_f32.
 * inputs [x int8 NHWC, quantiser of x, g int8 NHWC of the output, quantiser of g, control], constants [share: float32 [1]],
 * outputs [sum float32 OHWI (updated), db int32 [O]].
 */
export type Conv2dAccumulateS8 = StepOf<'conv2d_accumulate_s8', Conv2dParams>;

export const conv2dAccumulateS8: Kernel<Conv2dAccumulateS8> = {
  signature: {
    about: `sum (updated): accumulate_f32 of the gradient of conv2d_weight_gradient_s8 times the scales of both quantisers, some weights at a time; bias_gradient = sum of gradient.`,
    params: conv2dParams,
    operands: [
      input('input', 'int8', CONV2D.input),
      input('quantizer', 'float32', [QUANTIZER.length]),
      input('gradient', 'int8', CONV2D.output),
      input('gradientQuantizer', 'float32', [QUANTIZER.length]),
      input('control', 'float32', [CONTROL.length]),
      constant('share', 'float32', [1]),
      update('sum', 'float32', CONV2D.weights),
      output('biasGradient', 'int32', CONV2D.channels),
    ],
    rule: 'conv2d',
    macs: CONV2D.macs,
  },
  run({ name, params }, { inputs, constants, outputs }) {
    const [x, quantizer, g, gradientQuantizer, control] = inputs as [
      ...[Int8Array, Float32Array, Int8Array, Float32Array],
      Float32Array,
    ];
    const [sum, biasGradient] = outputs as [Float32Array, Int32Array];
    const nothing = { name, inputs: [], constants: [], outputs: [] };
    const sums = new Int32Array(sum.length);
    conv2dWeightGradientS8.run(
      { ...nothing, kernel: 'conv2d_weight_gradient_s8', params },
      { inputs: [x, quantizer, g], constants: [], outputs: [sums, biasGradient] },
    );
    const factor = Math.fround(quantizer[QUANTIZER.scale]! * gradientQuantizer[QUANTIZER.scale]!);
    const gradient = Float32Array.from(sums, (own) => Math.fround(own) * factor);
    accumulateF32.run(
      { ...nothing, kernel: 'accumulate_f32', params: { size: sum.length } },
      { inputs: [gradient, control], constants, outputs: [sum] },
    );
  },
};
