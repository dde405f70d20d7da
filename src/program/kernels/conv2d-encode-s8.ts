import { constant, input, type Kernel, output, RANGE, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { CONV2D, type Conv2dParams, conv2dParams } from './common.ts';
import { conv2dSumsS8 } from './conv2d-sums.ts';
import { encodeS8 } from './encode-s8.ts';
import { QUANTIZER } from './quantizer.ts';
import { rescaleS32 } from './rescale-s32.ts';
import { joined, WEIGHT_PARTS, type WeightParts, weightParts } from './weight-parts.ts';

type Conv2dEncodeS8Params = Conv2dParams &
  WeightParts & {
    /** As those of rescale_s32. */
    readonly perChannel: number;
    readonly biasSize: number;
    /** As those of encode_s8. */
    readonly low: number;
    readonly high: number;
  };

/**
 * A convolution from codes to codes whose range is known: conv2d_sums_s8, rescale_s32 and encode_s8 to the nearest at once, element by
 * element, so that neither sums nor real numbers are there as a whole.
 * inputs [x int8 NHWC, quantiser of x, weights int8, rest int8, scale float32, bias float32, quantiser of y], constants [bounds], outputs [y int8 NHWC].
 */
export type Conv2dEncodeS8 = StepOf<'conv2d_encode_s8', Conv2dEncodeS8Params>;

export const conv2dEncodeS8: Kernel<Conv2dEncodeS8> = {
  signature: {
    about: `output = encode_s8 to the nearest of rescale_s32 of conv2d_sums_s8, one element after the other. Weights of the first channels are in weights, those of the others in rest; scale has one number per output channel when per_channel is 1.`,
    params: {
      ...conv2dParams,
      ...weightParts,
      perChannel: RANGE.flag,
      biasSize: RANGE.size,
      low: RANGE.code,
      high: RANGE.code,
    },
    operands: [
      input('input', 'int8', CONV2D.input),
      input('quantizer', 'float32', [QUANTIZER.length]),
      ...WEIGHT_PARTS,
      { ...input('scale', 'float32', [when('perChannel', 1, 'outChannels', 1)]), longer: true },
      input('bias', 'float32', ['biasSize']),
      input('outputQuantizer', 'float32', [QUANTIZER.length]),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'int8', CONV2D.output),
    ],
    rule: 'conv2d_parts',
    macs: CONV2D.macs,
  },
  run({ name, params: p }, { inputs, constants, outputs }) {
    const [x, quantizer, weights, rest, scale, bias, outputQuantizer] = inputs as [
      ...[Int8Array, Float32Array, Int8Array, Int8Array],
      ...[Float32Array, Float32Array, Float32Array],
    ];
    const [y] = outputs as [Int8Array];
    const { outChannels: channels, perChannel, biasSize, low, high } = p;
    const nothing = { name, inputs: [], constants: [], outputs: [] };
    const size = y.length;
    const [sums, real] = [new Int32Array(size), new Float32Array(size)];
    conv2dSumsS8.run(
      { ...nothing, kernel: 'conv2d_sums_s8', params: p },
      { inputs: [x, quantizer, joined(p, weights, rest)], constants: [], outputs: [sums] },
    );
    rescaleS32.run(
      { ...nothing, kernel: 'rescale_s32', params: { size, channels, perChannel, biasSize } },
      { inputs: [sums, quantizer, scale, bias], constants: [], outputs: [real, new Float32Array(2)] },
    );
    encodeS8.run(
      { ...nothing, kernel: 'encode_s8', params: { size, low, high, stochastic: 0, stream: 0 } },
      { inputs: [real, outputQuantizer, new Int32Array(1)], constants, outputs: [y] },
    );
  },
};
