import { requantize } from '../../numbers/fixed-point.ts';
import type { Kernel, StepOf } from '../types.ts';
import { clamp } from './common.ts';

export type AddS8Params = {
  readonly size: number;
  readonly leftShift: number;
  readonly input1Offset: number;
  readonly input1Multiplier: number;
  readonly input1Shift: number;
  readonly input2Offset: number;
  readonly input2Multiplier: number;
  readonly input2Shift: number;
  readonly outputOffset: number;
  readonly outputMultiplier: number;
  readonly outputShift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Elementwise sum. inputs [a, b] of equal shape, outputs [y]; y may lie on a or on b. */
export type AddS8 = StepOf<'add_s8', AddS8Params>;

export const addS8: Kernel<AddS8> = {
  paramNames: [
    'size',
    'leftShift',
    'input1Offset',
    'input1Multiplier',
    'input1Shift',
    'input2Offset',
    'input2Multiplier',
    'input2Shift',
    'outputOffset',
    'outputMultiplier',
    'outputShift',
    'actMin',
    'actMax',
  ],

  run({ params: p }, { inputs, outputs }) {
    const [a, b] = inputs as [Int8Array, Int8Array];
    const [y] = outputs as [Int8Array];
    const unit = 1 << p.leftShift;
    for (let i = 0; i < p.size; i++) {
      const scaledA = requantize((a[i]! + p.input1Offset) * unit, p.input1Multiplier, p.input1Shift);
      const scaledB = requantize((b[i]! + p.input2Offset) * unit, p.input2Multiplier, p.input2Shift);
      const sum = requantize((scaledA + scaledB) | 0, p.outputMultiplier, p.outputShift) + p.outputOffset;
      y[i] = clamp(sum, p.actMin, p.actMax);
    }
  },

  scratchBytes: () => 0,
  inPlace: () => [
    [0, 0],
    [1, 0],
  ],
  macs: () => 0,
};
