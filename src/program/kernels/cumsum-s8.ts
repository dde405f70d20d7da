import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Requantization, requantizationParams } from './common.ts';

type CumsumS8Params = {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  /** 1: without the element itself. */
  readonly exclusive: number;
  /** 1: from the end. */
  readonly reverse: number;
} & Requantization & { readonly multiplier: number; readonly shift: number };

/** Running sums along one axis, into a scale of their own. inputs [x [outer][size][inner]], outputs [y, the same]. */
export type CumsumS8 = StepOf<'cumsum_s8', CumsumS8Params>;

export const cumsumS8: Kernel<CumsumS8> = {
  signature: {
    about: `Running sums of input + input_offset along the axis \`size\`, requantised; exclusive 1: without the element itself, reverse 1: from the end. Sums wrap.`,
    params: {
      outer: RANGE.count,
      size: RANGE.count,
      inner: RANGE.count,
      exclusive: RANGE.flag,
      reverse: RANGE.flag,
      ...requantizationParams,
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
    },
    operands: [
      input('input', 'int8', ['outer', 'size', 'inner']),
      output('output', 'int8', ['outer', 'size', 'inner']),
    ],
    inPlace: [0],
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [y] = outputs as [Int8Array];
    for (let o = 0; o < p.outer; o++) {
      for (let k = 0; k < p.inner; k++) {
        let sum = 0;
        for (let i = 0; i < p.size; i++) {
          const at = (o * p.size + (p.reverse === 1 ? p.size - 1 - i : i)) * p.inner + k;
          const next = (sum + x[at]! + p.inputOffset) | 0;
          const value = requantize(p.exclusive === 1 ? sum : next, p.multiplier, p.shift);
          sum = next;
          y[at] = clamp(value + p.outputOffset, p.actMin, p.actMax);
        }
      }
    }
  },
};
