import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Ranges } from './common.ts';

type WeightedSumS8Params = {
  readonly size: number;
  readonly factor1: number;
  readonly factor2: number;
  readonly bias: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Bits of a sum behind its code. */
export const FRACTION = 22;

/** inputs [a, b] of equal shape, outputs [y]; y may lie on a or on b. */
export type WeightedSumS8 = StepOf<'weighted_sum_s8', WeightedSumS8Params>;

const params: Ranges<WeightedSumS8Params> = {
  size: RANGE.size,
  factor1: RANGE.any,
  factor2: RANGE.any,
  bias: RANGE.any,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

export const weightedSumS8: Kernel<WeightedSumS8> = {
  signature: {
    about: `Elementwise sum of two tensors of equal shape, each times a factor; may run in place on either input. Sums are int32 with ${FRACTION} bits behind the code; zero points and half a code are in the bias.`,
    params,
    operands: [
      input('input1', 'int8', ['size']),
      input('input2', 'int8', ['size']),
      output('output', 'int8', ['size']),
    ],
    inPlace: [0, 1],
  },

  run({ params: p }, { inputs, outputs }) {
    const [a, b] = inputs as [Int8Array, Int8Array];
    const [y] = outputs as [Int8Array];
    for (let i = 0; i < p.size; i++) {
      const sum = (Math.imul(a[i]!, p.factor1) + Math.imul(b[i]!, p.factor2) + p.bias) | 0;
      y[i] = clamp(sum >> FRACTION, p.actMin, p.actMax);
    }
  },
};
