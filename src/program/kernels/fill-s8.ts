import type { Kernel, StepOf } from '../types.ts';

export type FillS8Params = { readonly size: number; readonly value: number };

/** y[0 .. size) = value: the border of a pad, before the inside is copied. outputs [y]. */
export type FillS8 = StepOf<'fill_s8', FillS8Params>;

export const fillS8: Kernel<FillS8> = {
  paramNames: ['size', 'value'],
  run({ params }, { outputs }) {
    const [y] = outputs as [Int8Array];
    y.fill(params.value, 0, params.size);
  },
  scratchBytes: () => 0,
  inPlace: () => [],
  macs: () => 0,
};
