import { type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type FillS8Params = { readonly size: number; readonly value: number };

/** y[0 .. size) = value: the border of a pad, before the inside is copied. outputs [y]. */
export type FillS8 = StepOf<'fill_s8', FillS8Params>;

export const fillS8: Kernel<FillS8> = {
  signature: {
    about: `output[0 .. size) = value (padding before a copy).`,
    params: { size: RANGE.size, value: RANGE.code },
    operands: [output('output', 'int8', ['size'])],
  },
  run({ params }, { outputs }) {
    const [y] = outputs as [Int8Array];
    y.fill(params.value, 0, params.size);
  },
};
