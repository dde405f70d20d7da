import { type Kernel, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { HALF, type ShiftParams } from './shift-s8.ts';

/** As shift_s8, of 16-bit codes. */
export type ShiftS16 = StepOf<'shift_s16', ShiftParams>;

export const shiftS16: Kernel<ShiftS16> = {
  signature: {
    about: `shift_s8 of 16-bit codes: buffer[i] = buffer[i + from] for i in 0 .. size - 1, in this order.`,
    params: { from: HALF, size: HALF },
    operands: [update('buffer', 'int16', [{ sum: ['from', 'size'] }])],
    calls: 'shift_s8',
  },
  run({ params: { from, size } }, { outputs: [buffer] }) {
    buffer!.copyWithin(0, from, from + size);
  },
};
