import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type AddS16Params = {
  readonly size: number;
  readonly leftShift: number;
  readonly input1Multiplier: number;
  readonly input1Shift: number;
  readonly input2Multiplier: number;
  readonly input2Shift: number;
  readonly outputMultiplier: number;
  readonly outputShift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Elementwise sum of int16. inputs [a, b] of equal shape, outputs [y]; y may lie on a or on b. */
export type AddS16 = StepOf<'add_s16', AddS16Params>;

export const addS16: Kernel<AddS16> = {
  signature: {
    about: `As add_s8, of int16 codes with zero point 0.`,
    params: {
      size: RANGE.size,
      leftShift: [0, 15],
      input1Multiplier: RANGE.multiplier,
      input1Shift: RANGE.shift,
      input2Multiplier: RANGE.multiplier,
      input2Shift: RANGE.shift,
      outputMultiplier: RANGE.multiplier,
      outputShift: RANGE.shift,
      actMin: RANGE.code16,
      actMax: RANGE.code16,
    },
    operands: [
      input('input1', 'int16', ['size']),
      input('input2', 'int16', ['size']),
      output('output', 'int16', ['size']),
    ],
    inPlace: [0, 1],
  },

  run({ params: p }, { inputs, outputs }) {
    const [a, b] = inputs as [Int16Array, Int16Array];
    const [y] = outputs as [Int16Array];
    const unit = 1 << p.leftShift;
    for (let i = 0; i < p.size; i++) {
      const scaledA = requantize(a[i]! * unit, p.input1Multiplier, p.input1Shift);
      const scaledB = requantize(b[i]! * unit, p.input2Multiplier, p.input2Shift);
      const sum = requantize((scaledA + scaledB) | 0, p.outputMultiplier, p.outputShift);
      y[i] = clamp(sum, p.actMin, p.actMax);
    }
  },
};
