import type { Kernel, StepOf } from '../types.ts';
import { realOf } from './quantizer.ts';

/** Codes to the real numbers that they stand for. inputs [x int8, quantiser], outputs [y float32]. */
export type DecodeS8 = StepOf<'decode_s8', { readonly size: number }>;

export const decodeS8: Kernel<DecodeS8> = {
  paramNames: ['size'],
  run({ params: p }, { inputs, outputs }) {
    const [x, quantizer] = inputs as [Int8Array, Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) y[i] = realOf(x[i]!, quantizer);
  },
  scratchBytes: () => 0,
  inPlace: () => [],
  macs: () => 0,
};
