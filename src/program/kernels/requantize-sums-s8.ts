import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type RequantizeSumsS8Params = {
  readonly channels: number;
  /** Added to each sum: minus its zero points. */
  readonly sumOffset: number;
  readonly outputOffset: number;
  /** Scale of the sums / output scale = multiplier * 2^(shift - 31). */
  readonly multiplier: number;
  readonly shift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Sums into a scale of their own, rounded once, as mean_pool2d_s8 does. inputs [sums int32 [channels]], outputs [y [channels]]. */
export type RequantizeSumsS8 = StepOf<'requantize_sums_s8', RequantizeSumsS8Params>;

export const requantizeSumsS8: Kernel<RequantizeSumsS8> = {
  signature: {
    about: `output[c] = sums[c] + sum_offset, requantised by multiplier and shift, plus output_offset, between act_min and act_max.`,
    params: {
      channels: RANGE.count,
      sumOffset: [-(2 ** 30), 2 ** 30],
      outputOffset: RANGE.code,
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [input('sums', 'int32', ['channels']), output('output', 'int8', ['channels'])],
  },

  run({ params: p }, { inputs, outputs }) {
    const [sums] = inputs as [Int32Array];
    const [y] = outputs as [Int8Array];
    for (let c = 0; c < p.channels; c++) {
      const code = requantize((sums[c]! + p.sumOffset) | 0, p.multiplier, p.shift) + p.outputOffset;
      y[c] = clamp(code, p.actMin, p.actMax);
    }
  },
};
