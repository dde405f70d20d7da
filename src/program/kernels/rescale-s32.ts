import { input, type Kernel, output, RANGE, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { emptyExtent, extend, QUANTIZER, settleExtent } from './quantizer.ts';

type RescaleS32Params = {
  readonly size: number;
  /** Channels of the sums: element i is of channel i mod channels. */
  readonly channels: number;
  /** 1: `scale` has one number per channel; 0: one for all. */
  readonly perChannel: number;
  /** Bias of element i is bias[i mod biasSize]: channels, or positions times channels; 0: none, and `bias` is not read. */
  readonly biasSize: number;
};

/**
 * Sums of products of codes to real numbers: y = x * (scale of the quantiser * scale[channel]) + bias, every operation
 * in float32, and the least and the greatest y.
 * inputs [x int32, quantiser, scale float32, bias float32], outputs [y float32 (may lie on x), extent float32 [2]].
 */
export type RescaleS32 = StepOf<'rescale_s32', RescaleS32Params>;

export const rescaleS32: Kernel<RescaleS32> = {
  signature: {
    about: `Sums of products of codes to real numbers: output = input * (scale of the quantiser * scale[channel]) + bias, and its extent. Element i is of channel i mod channels and has bias[i mod bias_size], none where bias_size is 0. \`scale\` has one number per channel when per_channel is 1, else one for all. In place allowed.`,
    params: { size: RANGE.size, channels: RANGE.count, perChannel: RANGE.flag, biasSize: RANGE.size },
    operands: [
      input('input', 'int32', ['size']),
      input('quantizer', 'float32', [QUANTIZER.length]),
      { ...input('scale', 'float32', [when('perChannel', 1, 'channels', 1)]), longer: true },
      input('bias', 'float32', ['biasSize']),
      output('output', 'float32', ['size']),
      output('extent', 'float32', [2]),
    ],
    inPlace: [0],
    split: { by: 'channels', operands: ['sliced', 'shared', 'shared', 'shared', 'sliced', 'extent'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x, quantizer, scale, bias] = inputs as [Int32Array, Float32Array, Float32Array, Float32Array];
    const [y, extent] = outputs as [Float32Array, Float32Array];
    emptyExtent(extent);
    for (let i = 0; i < p.size; i++) {
      const own = scale[p.perChannel === 1 ? i % p.channels : 0]!;
      const factor = Math.fround(quantizer[QUANTIZER.scale]! * own);
      const scaled = Math.fround(Math.fround(x[i]!) * factor);
      y[i] = p.biasSize === 0 ? scaled : Math.fround(scaled + bias[i % p.biasSize]!);
      extend(extent, y[i]!);
    }
    settleExtent(extent);
  },
};
