import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type AddS8Params = {
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
  signature: {
    about: `Elementwise sum of two tensors of equal shape; may run in place on either input. a = requantise((a + input1_offset) << left_shift, input1), likewise b; sum requantised by \`output\`.`,
    params: {
      size: RANGE.size,
      leftShift: [0, 22],
      input1Offset: RANGE.offset,
      input1Multiplier: RANGE.multiplier,
      input1Shift: RANGE.shift,
      input2Offset: RANGE.offset,
      input2Multiplier: RANGE.multiplier,
      input2Shift: RANGE.shift,
      outputOffset: RANGE.code,
      outputMultiplier: RANGE.multiplier,
      outputShift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [
      input('input1', 'int8', ['size']),
      input('input2', 'int8', ['size']),
      output('output', 'int8', ['size']),
    ],
    inPlace: [0, 1],
    vector: 'simd',
  },

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
};
