import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type AverageSumsS8Params = {
  readonly channels: number;
  /** Positions that were added to each sum. */
  readonly count: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Averages of sums, equal scales in and out; halves round away from zero, as avg_pool2d_s8 does. inputs [sums int32 [channels]], outputs [y [channels]]. */
export type AverageSumsS8 = StepOf<'average_sums_s8', AverageSumsS8Params>;

export const averageSumsS8: Kernel<AverageSumsS8> = {
  signature: {
    about: `output[c] = sums[c] / count, halves away from zero, between act_min and act_max. Equal scales in and out.`,
    params: {
      channels: RANGE.count,
      count: [1, 2 ** 23],
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [input('sums', 'int32', ['channels']), output('output', 'int8', ['channels'])],
  },

  run({ params: { channels, count, actMin, actMax } }, { inputs, outputs }) {
    const [sums] = inputs as [Int32Array];
    const [y] = outputs as [Int8Array];
    const half = Math.trunc(count / 2);
    for (let c = 0; c < channels; c++) {
      const sum = sums[c]!;
      y[c] = clamp(Math.trunc((sum > 0 ? sum + half : sum - half) / count), actMin, actMax);
    }
  },
};
