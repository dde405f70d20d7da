import { input, type Kernel, output, RANGE, when } from '../signature.ts';
import type { StepOf } from '../types.ts';

type PoolSumsS8Params = {
  readonly positions: number;
  readonly channels: number;
  /** 1: the sums begin with these positions, and `before` is not read. */
  readonly isFirst: number;
};

/** Sums of channels, to which positions are added as they come. inputs [x [positions][channels], before int32 [channels]], outputs [sums int32 [channels] (may lie on before)]. */
export type PoolSumsS8 = StepOf<'pool_sums_s8', PoolSumsS8Params>;

export const poolSumsS8: Kernel<PoolSumsS8> = {
  signature: {
    about: `sums[c] = before[c] + the sum of input[p][c] over the positions; \`before\` is taken for zero, and not read, where is_first is 1. In place allowed.`,
    params: { positions: [1, 2 ** 23], channels: RANGE.count, isFirst: RANGE.flag },
    operands: [
      input('input', 'int8', ['positions', 'channels']),
      input('before', 'int32', [when('isFirst', 1, 0, 'channels')]),
      output('sums', 'int32', ['channels']),
    ],
    inPlace: [1],
  },

  run({ params: { positions, channels, isFirst } }, { inputs, outputs }) {
    const [x, before] = inputs as [Int8Array, Int32Array];
    const [sums] = outputs as [Int32Array];
    for (let c = 0; c < channels; c++) {
      sums[c] = isFirst === 1 ? 0 : before[c]!;
      for (let p = 0; p < positions; p++) sums[c]! += x[p * channels + c]!;
    }
  },
};
