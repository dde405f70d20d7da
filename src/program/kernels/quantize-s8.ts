import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type QuantizeS8Params = { readonly size: number; readonly zeroPoint: number };

/**
 * y = clamp(round(x / scale) + zeroPoint), halves away from zero (TFLite), division in float32; NaN gives zeroPoint.
 * inputs [x float32], constants [scale: one float32], outputs [y int8].
 */
export type QuantizeS8 = StepOf<'quantize_s8', QuantizeS8Params>;

export const quantizeS8: Kernel<QuantizeS8> = {
  signature: {
    about: `output = clamp(round_half_away(input / scale) + zero_point); NaN gives zero_point. scale: one float.`,
    params: { size: RANGE.size, zeroPoint: RANGE.code },
    operands: [
      input('input', 'float32', ['size']),
      constant('scale', 'float32', [1]),
      output('output', 'int8', ['size']),
    ],
    overlap: 'quantize_s8',
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [scale] = constants as [Float32Array];
    const [y] = outputs as [Int8Array];
    for (let i = 0; i < p.size; i++) y[i] = quantizeValue(x[i]!, scale[0]!, p.zeroPoint);
  },
};

/** One value to int8 as TFLite does it: halves away from zero, saturating. */
export function quantizeValue(x: number, scale: number, zeroPoint: number): number {
  const scaled = Math.fround(x / scale);
  // Integers from here on: evaluation calls this for every value of every sample.
  if (scaled >= 256) return 127;
  if (scaled <= -256) return -128;
  const rounded = scaled < 0 ? -((0.5 - scaled) | 0) : (scaled + 0.5) | 0; // NaN becomes 0
  return clamp(rounded + zeroPoint, -128, 127);
}
