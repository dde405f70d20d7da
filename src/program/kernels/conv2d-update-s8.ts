import { input, type Kernel, output, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { CONV2D, type Conv2dParams, conv2dParams } from './common.ts';
import { conv2dWeightGradientS8 } from './conv2d-sums.ts';
import { CONTROL, sgdS8 } from './optimisers.ts';
import { QUANTIZER } from './quantizer.ts';

type Conv2dUpdateS8Params = Conv2dParams & {
  /** As those of sgd_s8. */
  readonly limit: number;
  readonly stream: number;
  readonly ofCodes: number;
};

/**
 * The weight gradient of a convolution and the descent of its weights at once, some at a time: the gradient of all never exists.
 * conv2d_weight_gradient_s8, times the scales of both factors as rescale_s32 has it, then sgd_s8.
 * inputs [x int8 NHWC, quantiser of x, g int8 NHWC of the output, quantiser of g, scale float32 [O], control, key int32 [1]],
 * outputs [codes int8 OHWI (updated), db int32 [O]].
 */
export type Conv2dUpdateS8 = StepOf<'conv2d_update_s8', Conv2dUpdateS8Params>;

export const conv2dUpdateS8: Kernel<Conv2dUpdateS8> = {
  signature: {
    about: `codes (updated): sgd_s8 by the gradient of conv2d_weight_gradient_s8 times the scales of both quantisers, some weights at a time; bias_gradient = sum of gradient.`,
    params: { ...conv2dParams, limit: RANGE.limit, stream: RANGE.any, ofCodes: RANGE.flag },
    operands: [
      input('input', 'int8', CONV2D.input),
      input('quantizer', 'float32', [QUANTIZER.length]),
      input('gradient', 'int8', CONV2D.output),
      input('gradientQuantizer', 'float32', [QUANTIZER.length]),
      input('scale', 'float32', CONV2D.channels),
      input('control', 'float32', [CONTROL.length]),
      input('key', 'int32', [1]),
      update('codes', 'int8', CONV2D.weights),
      output('biasGradient', 'int32', CONV2D.channels),
    ],
    rule: 'conv2d',
    macs: CONV2D.macs,
  },
  run({ name, params }, { inputs, outputs }) {
    const [x, quantizer, g, gradientQuantizer, scale, control, key] = inputs as [
      ...[Int8Array, Float32Array, Int8Array, Float32Array],
      ...[Float32Array, Float32Array, Int32Array],
    ];
    const [codes, biasGradient] = outputs as [Int8Array, Int32Array];
    const { limit, stream, ofCodes, ...conv } = params;
    const nothing = { name, inputs: [], constants: [], outputs: [] };
    const sums = new Int32Array(codes.length);
    conv2dWeightGradientS8.run(
      { ...nothing, kernel: 'conv2d_weight_gradient_s8', params: conv },
      { inputs: [x, quantizer, g], constants: [], outputs: [sums, biasGradient] },
    );
    const factor = Math.fround(quantizer[QUANTIZER.scale]! * gradientQuantizer[QUANTIZER.scale]!);
    const gradient = Float32Array.from(sums, (sum) => Math.fround(sum) * factor);
    const rows = params.outChannels;
    sgdS8.run(
      {
        ...nothing,
        kernel: 'sgd_s8',
        params: { rows, columns: codes.length / rows, limit, stream, ofCodes },
      },
      { inputs: [gradient, scale, control, key], constants: [], outputs: [codes] },
    );
  },
};
