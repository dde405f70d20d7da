import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type ReduceSumS8Params = {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  /** 1: 2^8 times the square root of the sum; 0: the sum. */
  readonly root: number;
  readonly outputOffset: number;
  readonly outputMultiplier: number;
  readonly outputShift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/**
 * Sum over one axis of what each code stands for (magnitudes, squares), or the root of it. inputs [x [outer][size][inner]],
 * constants [integers of the codes [256]], outputs [y [outer][inner]].
 */
export type ReduceSumS8 = StepOf<'reduce_sum_s8', ReduceSumS8Params>;

export const reduceSumS8: Kernel<ReduceSumS8> = {
  signature: {
    about: `output[o][k] = requantise(s), s = the sum over i of table[input[o][i][k] + 128], which wraps; with root 1: s = the integer part of the square root of 2^16 times the sum, which is taken for 0 where it is negative.`,
    params: {
      outer: RANGE.count,
      size: RANGE.count,
      inner: RANGE.count,
      root: RANGE.flag,
      outputOffset: RANGE.code,
      outputMultiplier: RANGE.multiplier,
      outputShift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [
      input('input', 'int8', ['outer', 'size', 'inner']),
      constant('table', 'int32', [256]),
      output('output', 'int8', ['outer', 'inner']),
    ],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [table] = constants as [Int32Array];
    const [y] = outputs as [Int8Array];
    for (let o = 0; o < p.outer; o++) {
      for (let k = 0; k < p.inner; k++) {
        let sum = 0;
        for (let i = 0; i < p.size; i++) sum = (sum + table[x[(o * p.size + i) * p.inner + k]! + 128]!) | 0;
        const value = p.root === 0 ? sum : integerRoot(Math.max(sum, 0) * 2 ** 16);
        y[o * p.inner + k] = clamp(
          requantize(value, p.outputMultiplier, p.outputShift) + p.outputOffset,
          p.actMin,
          p.actMax,
        );
      }
    }
  },
};

/** The greatest integer whose square is not above `x`, below 2^53. */
function integerRoot(x: number): number {
  const near = Math.floor(Math.sqrt(x));
  return near * near > x ? near - 1 : near;
}
