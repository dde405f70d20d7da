import { type Kernel, type Range, update } from '../signature.ts';
import type { StepOf } from '../types.ts';

export type ShiftParams = {
  /** Where what is moved begins. */
  readonly from: number;
  /** Elements that are moved. */
  readonly size: number;
};

/** The sum of two is an int32, and twice as many bytes as well. */
export const HALF: Range = [1, 2 ** 29 - 1];

/** Elements of a buffer to its front, over those that are there: buffer[i] = buffer[i + from]. outputs [buffer [from + size]]. */
export type ShiftS8 = StepOf<'shift_s8', ShiftParams>;

export const shiftS8: Kernel<ShiftS8> = {
  signature: {
    about: `buffer[i] = buffer[i + from] for i in 0 .. size - 1, in this order: the rows of an image that the next rows of a layer still need.`,
    params: { from: HALF, size: HALF },
    operands: [update('buffer', 'int8', [{ sum: ['from', 'size'] }])],
  },
  run({ params: { from, size } }, { outputs: [buffer] }) {
    buffer!.copyWithin(0, from, from + size);
  },
};
