import { constant, input, type Kernel, output, RANGE, update, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { between, QUANTIZER, roundNearest, setQuantizer } from './quantizer.ts';

/** How the clip of a gradient is chosen, as numbers of the parameter `mode`. */
export const CLIP_MODES = { none: 0, fixed: 1, zscore: 2, mse: 3, learned: 4 } as const;

type ClipRangeF32Params = {
  readonly size: number;
  readonly mode: (typeof CLIP_MODES)[keyof typeof CLIP_MODES];
  /** Width of the codes in bits, 2 to 8: the greatest is 2^(bits - 1) - 1. */
  readonly bits: number;
};

/**
 * Octo's parameterised range clipping (PRC, Zhou et al., USENIX ATC 2021): a clip tau for a gradient, and the symmetric
 * quantiser that covers [-tau, tau]. With m the greatest magnitude, everything else from a sample of at most 2^15 values (every n-th):
 * - none: tau = m. fixed: tau = value * m (the published code has 0.95).
 * - zscore: tau = |mean| + value * standard deviation, at most m.
 * - mse: the tau of least quantisation error, by the fixed point tau = sum(|g| > tau) / (4^-bits / 3 * #(0 < |g| <= tau)
 *   + #(|g| > tau)) (Sakr et al., ICML 2022, "Optimal Clipping and Magnitude-aware Differentiation", eq. 6), 12 rounds
 *   from the mean magnitude on, over a histogram of 2048 bins.
 * - learned: tau = ratio * m, where the ratio descends the quantisation error: the derivative of a code's value is
 *   sign(g) beyond tau, else (round(g / s) - g / s) / limit; ratio *= 1 - value * its normalised sum, within [0.02, 1].
 * inputs [g float32, extent float32 [2]], constants [value float32 [1]],
 * outputs [ratio float32 [1] (read and written), quantiser].
 */
export type ClipRangeF32 = StepOf<'clip_range_f32', ClipRangeF32Params>;

const BINS = 2048;
const SAMPLES = 16384;
const ROUNDS = 12;

export const clipRangeF32: Kernel<ClipRangeF32> = {
  signature: {
    about: `A clip tau for a gradient, and the symmetric quantiser of \`bits\` bits that covers [-tau, tau] (Octo's parameterised range clipping). mode 0: the greatest magnitude; 1: value times it; 2: |mean| + value * standard deviation; 3: least quantisation error, with 8192 bytes of scratch; 4: ratio (updated) times it, descending the error at the rate \`value\`.`,
    params: { size: RANGE.size, mode: [0, 4], bits: [2, 8] },
    operands: [
      input('gradient', 'float32', ['size']),
      input('extent', 'float32', [2]),
      constant('value', 'float32', [1]),
      update('ratio', 'float32', [1]),
      output('quantizer', 'float32', [QUANTIZER.length]),
    ],
    scratch: [when('mode', CLIP_MODES.mse, 4 * BINS, 0)],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [g, extent] = inputs as [Float32Array, Float32Array];
    const [value] = constants as [Float32Array];
    const [ratio, quantizer] = outputs as [Float32Array, Float32Array];
    const limit = 2 ** (p.bits - 1) - 1;
    const most = Math.max(-extent[0]!, extent[1]!);
    if (!(most > 0 && most <= MOST)) {
      setQuantizer(quantizer, 0, 0);
      return;
    }
    const stride = Math.max(1, Math.floor(p.size / SAMPLES));
    const tau = ((): number => {
      switch (p.mode) {
        case CLIP_MODES.none:
          return most;
        case CLIP_MODES.fixed:
          return Math.fround(value[0]! * most);
        case CLIP_MODES.zscore:
          return Math.min(most, deviation(g, p.size, stride, value[0]!));
        case CLIP_MODES.mse:
          return leastError(g, p.size, stride, most, p.bits);
        case CLIP_MODES.learned:
          return descend(g, p.size, stride, most, limit, ratio, value[0]!);
      }
    })();
    setQuantizer(quantizer, Math.fround(tau / limit), 0);
  },
};

/** Magnitudes beyond it are no range. */
const MOST = 2 ** 100;

const LEAST_RATIO = Math.fround(0.02);

/** |mean| + z * standard deviation, in float64 chains over the sample, rounded to float32. */
function deviation(g: Float32Array, size: number, stride: number, z: number): number {
  let [sum, squares, count] = [0, 0, 0];
  for (let i = 0; i < size; i += stride) {
    sum += g[i]!;
    squares += g[i]! * g[i]!;
    count++;
  }
  const mean = sum / count;
  const variance = Math.max(squares / count - mean * mean, 0);
  return Math.fround(Math.abs(mean) + z * Math.sqrt(variance));
}

/** The fixed point, in halves of a bin: bin b stands for the magnitude (2 b + 1) / (2 BINS) * most. */
function leastError(g: Float32Array, size: number, stride: number, most: number, bits: number): number {
  const counts = new Int32Array(BINS);
  const perUnit = Math.fround(BINS / most);
  for (let i = 0; i < size; i += stride) {
    const magnitude = Math.abs(g[i]!);
    if (magnitude > 0) {
      const bin = Math.trunc(between(Math.fround(magnitude * perUnit), 0, BINS - 1));
      counts[bin] = counts[bin]! + 1;
    }
  }
  let [count, sum] = [0, 0];
  for (let bin = 0; bin < BINS; bin++) {
    count += counts[bin]!;
    sum += counts[bin]! * (2 * bin + 1);
  }
  if (count === 0) return most;
  const inside = 1 / 4 ** bits / 3;
  let tau = sum / count;
  for (let round = 0; round < ROUNDS; round++) {
    let [above, aboveSum] = [0, 0];
    for (let bin = BINS - 1; bin >= 0 && 2 * bin + 1 > tau; bin--) {
      above += counts[bin]!;
      aboveSum += counts[bin]! * (2 * bin + 1);
    }
    if (above === 0) break;
    tau = aboveSum / (inside * (count - above) + above);
  }
  return Math.fround(Math.min(tau / (2 * BINS), 1) * most);
}

function descend(
  g: Float32Array,
  size: number,
  stride: number,
  most: number,
  limit: number,
  ratio: Float32Array,
  rate: number,
): number {
  const old = ratio[0]! >= LEAST_RATIO && ratio[0]! <= 1 ? ratio[0]! : 1;
  const tau = Math.fround(old * most);
  const scale = Math.fround(tau / limit);
  const inverse = Math.fround(1 / scale);
  let [slope, size1] = [0, 0];
  for (let i = 0; i < size; i += stride) {
    const value = g[i]!;
    const scaled = Math.fround(value * inverse);
    const code = roundNearest(between(scaled, -limit, limit));
    const error = code * scale - value;
    const derivative = Math.abs(value) > tau ? Math.sign(value) : (code - scaled) / limit;
    slope += error * derivative;
    size1 += Math.abs(error * derivative);
  }
  const step = size1 > 0 ? slope / size1 : 0;
  ratio[0] = between(Math.fround(old * Math.fround(1 - rate * step)), LEAST_RATIO, 1);
  return Math.fround(ratio[0]! * most);
}
