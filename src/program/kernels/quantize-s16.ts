import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type QuantizeS16Params = { readonly size: number };

/**
 * y = clamp(round(x / scale)), halves away from zero, division in float32; NaN gives 0.
 * inputs [x float32], constants [scale: one float32], outputs [y int16].
 */
export type QuantizeS16 = StepOf<'quantize_s16', QuantizeS16Params>;

export const quantizeS16: Kernel<QuantizeS16> = {
  signature: {
    about: `output = clamp(round_half_away(input / scale)); NaN gives 0. scale: one float.`,
    params: { size: RANGE.size },
    operands: [
      input('input', 'float32', ['size']),
      constant('scale', 'float32', [1]),
      output('output', 'int16', ['size']),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [scale] = constants as [Float32Array];
    const [y] = outputs as [Int16Array];
    for (let i = 0; i < p.size; i++) y[i] = quantizeValue16(x[i]!, scale[0]!);
  },
};

/** One value to int16: halves away from zero, saturating. */
export function quantizeValue16(x: number, scale: number): number {
  const scaled = Math.fround(x / scale);
  if (Number.isNaN(scaled)) return 0;
  return clamp(Math.sign(scaled) * Math.round(Math.abs(scaled)), -32768, 32767);
}
