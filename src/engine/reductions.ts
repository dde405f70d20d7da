/**
 * Reductions over the values of a tensor, for calibration and error analysis: natively where the addon loads, else in
 * TypeScript, with the same bits.
 */
import { type Kernels, loadKernels } from './load.ts';
import type { Reductions } from './types.ts';

/** Bits of a float32 that a bin of countOctaves leaves open, as in native/reductions/reductions.h: 32 bins an octave. */
const OCTAVE_SHIFT = 18;
export const OCTAVE_BINS = 2 ** (32 - OCTAVE_SHIFT);

const OCTAVE_STARTS = new Float32Array(
  Uint32Array.from({ length: OCTAVE_BINS / 2 }, (_, bin) => bin << OCTAVE_SHIFT).buffer,
);

/** The magnitude at which a bin of countOctaves starts; bins from OCTAVE_BINS / 2 on are those of negative values. */
export function octaveStart(bin: number): number {
  return OCTAVE_STARTS[bin % OCTAVE_STARTS.length]!;
}

export function reductionsOf(kernels: Kernels = loadKernels()): Reductions {
  const compiled = kernels.kind === 'typescript' ? null : kernels.library.reductions;
  if (compiled === null) return reference;
  return {
    ...compiled,
    compareCodes: (values, codes, ...rest) =>
      (codes instanceof Int8Array ? compiled : reference).compareCodes(values, codes, ...rest),
  };
}

/** Sums that run side by side, as in native/reductions/reductions.c. */
const LANES = 32;

const reference: Reductions = {
  extent: (values, result) => {
    let [least, greatest] = [values[0]!, values[0]!];
    let poison = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
      poison += value * 0;
    }
    result[0] = least + 0; // no -0
    result[1] = greatest + 0;
    return poison === 0;
  },

  countBins: (values, perUnit, counts) => {
    const half = counts.length / 2;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const scaled = Math.fround(value * perUnit);
      const bounded = Math.max(Math.min(scaled, half - 1), -half);
      const underflow = value < 0 && scaled === 0 ? 1 : 0;
      counts[Math.floor(bounded) - underflow + half]!++;
    }
  },

  countOctaves: (values, counts) => {
    const bits = new Uint32Array(Float32Array.from(values).buffer);
    for (let i = 0; i < bits.length; i++) counts[bits[i]! >>> OCTAVE_SHIFT]!++;
  },

  compareCodes: (values, codes, scale, zeroPoint, low, high, sums) => {
    const [signal, noise] = [new Float64Array(LANES), new Float64Array(LANES)];
    let beyond = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const error = value - (codes[i]! - zeroPoint) * scale;
      const lane = i % LANES;
      signal[lane]! += value * value;
      noise[lane]! += error * error;
      if (value < low || value > high) beyond++;
    }
    sums[0]! += signal.reduce((sum, lane) => sum + lane, 0);
    sums[1]! += noise.reduce((sum, lane) => sum + lane, 0);
    sums[2]! += beyond;
  },
};
