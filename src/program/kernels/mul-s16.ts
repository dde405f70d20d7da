import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, over, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type MulShape, mulParams } from './common.ts';

type MulS16Params = MulShape & {
  readonly outputMultiplier: number;
  readonly outputShift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Elementwise product of int16. inputs [a [outer][channels], b [outer / repeat][channels]], outputs [y [outer][channels]]. */
export type MulS16 = StepOf<'mul_s16', MulS16Params>;

export const mulS16: Kernel<MulS16> = {
  signature: {
    about: `As mul_s8, of int16 codes with zero point 0.`,
    params: {
      ...mulParams,
      outputMultiplier: RANGE.multiplier,
      outputShift: RANGE.shift,
      actMin: RANGE.code16,
      actMax: RANGE.code16,
    },
    operands: [
      input('input1', 'int16', ['outer', 'channels']),
      input('input2', 'int16', [over('outer', 'repeat'), 'channels']),
      output('output', 'int16', ['outer', 'channels']),
    ],
    inPlace: [0, 1],
  },

  run({ params: p }, { inputs, outputs }) {
    const [a, b] = inputs as [Int16Array, Int16Array];
    const [y] = outputs as [Int16Array];
    for (let position = 0; position < p.outer; position++) {
      const row = Math.floor(position / p.repeat);
      for (let c = 0; c < p.channels; c++) {
        const i = position * p.channels + c;
        const product = a[i]! * b[row * p.channels + c]!;
        y[i] = clamp(requantize(product, p.outputMultiplier, p.outputShift), p.actMin, p.actMax);
      }
    }
  },
};
