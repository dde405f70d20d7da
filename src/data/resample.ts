/**
 * Sound at another rate, by the filter of scipy.signal.resample_poly with its defaults: from `from` to `to` Hz, up = to / g and
 * down = from / g with g their greatest common divisor. New sample m is the sum over old samples k of x[k] h[m down - k up], silence
 * around the recording, with h[n] = sinc(n / w) / w, |n| <= 10 w, w = max(up, down), under a Kaiser window of beta 5, scaled to the
 * sum `up`. (A. Oppenheim, R. Schafer: Discrete-Time Signal Processing, 3rd edition, 4.6 and 7.5.3.) Weights are integers of
 * 24 fractional bits and sums exact, so the same recording gives the same samples on every machine; halves are rounded up.
 */

import { TinymlError } from '../diagnostics/errors.ts';
import { greatestCommonDivisor } from '../numbers/divisors.ts';

/** In Hz; what is above is no rate of sound. */
export const MAX_RATE = 384_000;

/** The most samples that a recording may have. */
const MAX_SAMPLES = 2 ** 27;

const ZERO_CROSSINGS = 10;
const KAISER_BETA = 5;
const WEIGHT_ONE = 2 ** 24;

type Filter = {
  readonly up: number;
  readonly down: number;
  /** The middle of `weights`. */
  readonly half: number;
  readonly weights: Int32Array;
};

/** Samples after resampling: all that begin within the recording. */
export function resampledLength(length: number, from: number, to: number): number {
  return Math.ceil((length * to) / from);
}

/**
 * A function that resamples to `rate`; filters are made once for each rate.
 * @throws TinymlError E_DATA for rates outside 1 .. 384000 Hz, and for more than 2^27 samples
 */
export function createResampler(rate: number): (pcm: Int16Array, from: number, at: string) => Int16Array {
  const filters = new Map<number, Filter>();
  return (pcm, from, at) => {
    if (from === rate) return pcm;
    if (from < 1 || from > MAX_RATE || resampledLength(pcm.length, from, rate) > MAX_SAMPLES) {
      throw new TinymlError('E_DATA', `${pcm.length} samples at ${from} Hz are not resampled to ${rate} Hz`, {
        at,
        hint: `Rates are 1 to ${MAX_RATE} Hz, and a recording has at most ${MAX_SAMPLES} samples.`,
      });
    }
    const filter = filters.get(from) ?? filterOf(from, rate);
    filters.set(from, filter);
    return filtered(pcm, filter, resampledLength(pcm.length, from, rate));
  };
}

function filtered(pcm: Int16Array, { up, down, half, weights }: Filter, length: number): Int16Array {
  const out = new Int16Array(length);
  for (let m = 0; m < length; m++) {
    const centre = m * down;
    const first = Math.max(0, Math.ceil((centre - half) / up));
    const last = Math.min(pcm.length - 1, Math.floor((centre + half) / up));
    let sum = 0;
    for (let k = first, n = centre - first * up + half; k <= last; k++, n -= up) sum += pcm[k]! * weights[n]!;
    out[m] = Math.min(32767, Math.max(-32768, Math.floor(sum / WEIGHT_ONE + 0.5)));
  }
  return out;
}

function filterOf(from: number, to: number): Filter {
  const divisor = greatestCommonDivisor(from, to);
  const [up, down] = [to / divisor, from / divisor];
  const width = Math.max(up, down);
  const half = ZERO_CROSSINGS * width;
  const shape = Float64Array.from({ length: 2 * half + 1 }, (_, i) => {
    const x = (Math.PI * (i - half)) / width;
    const edge = (i - half) / half;
    return (x === 0 ? 1 : Math.sin(x) / x) * bessel(KAISER_BETA * Math.sqrt(1 - edge * edge));
  });
  const sum = shape.reduce((total, one) => total + one, 0);
  const weights = Int32Array.from(shape, (one) => Math.round((one / sum) * up * WEIGHT_ONE));
  return { up, down, half, weights };
}

/** The modified Bessel function of the first kind, of order 0, by its power series: 0 <= x <= 5. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; k <= 25; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}
