import { realSpectrum, WEIGHT_BITS } from './fourier.ts';
import { LOG_BITS } from './log2-table.ts';
import { rootOf } from './root.ts';
import { joined, log2Of, plus, type Scaled, scaled, times } from './scaled.ts';
import { ENERGY_BITS, FEATURE_BITS, type FrontEndTables } from './tables.ts';

/**
 * A front end in whole numbers, the same to the bit as native/signal/tinyml_front_end.c. Float64 holds every one of them
 * exactly, since none reaches 2^53; a division by a power of two and a floor is the arithmetic shift of C.
 *
 * Scaling: a sample is taken times 2^14 (pre-emphasis has 14 fraction bits), and a frame is shifted left by s, so that its greatest
 * value has 30 bits: an amplitude of 1 is 2^(29 + s). The transform divides by its size n, and bins keep 26 bits: 1 is
 * 2^(25 + s) / n. A power of 1 is then 2^(50 + 2s) / n^2. Absolute values have 10 bits more, so 1 is 2^(35 + s) / n.
 * @param pcm tables.samples 16-bit samples.
 * @returns frames x values, time first; FEATURE_BITS fraction bits.
 */
export function fixedFeatures(tables: FrontEndTables, pcm: Int16Array): Int32Array {
  const logs = bounded(tables, logEnergies(tables, pcm));
  const { transform, unit, frames, values, bands } = tables;
  if (transform === null) return logs.map((log) => divided(log * unit, FROM_UNIT));
  const short = logs.map((log) => divided(log, FROM_LOG));
  const out = new Int32Array(frames * values);
  for (let t = 0; t < frames; t++) {
    for (let k = 0; k < values; k++) {
      const row = transform[k]!;
      let sum = 0;
      for (let b = 0; b < bands.length; b++) sum += row[b]! * short[t * bands.length + b]!;
      out[t * values + k] = divided(sum, FROM_WEIGHTS);
    }
  }
  return out;
}

const FROM_LOG = 2 ** (FEATURE_BITS - LOG_BITS);
const FROM_WEIGHTS = 2 ** -WEIGHT_BITS;
const FROM_UNIT = FROM_LOG * FROM_WEIGHTS;

/** Times a power of two below 1, rounded to the nearest. */
const divided = (value: number, scale: number): number => Math.floor(value * scale + 0.5);

/** What is too far below the greatest of a recording is raised, and all are taken relative to it, where settings say so. */
function bounded({ range, relative }: FrontEndTables, logs: Int32Array): Int32Array {
  if (range === null && !relative) return logs;
  const greatest = logs.reduce((a, b) => Math.max(a, b));
  const least = range === null ? -(2 ** 31) : greatest - range;
  const zero = relative ? greatest : 0;
  return logs.map((log) => Math.max(log, least) - zero);
}

/** log2 of the energy of each band of each frame: frames x bands, LOG_BITS fraction bits. */
function logEnergies(tables: FrontEndTables, pcm: Int16Array): Int32Array {
  const { frames, bands, magnitude } = tables;
  const level = levelOf(tables, pcm);
  const signal = new Float64Array(tables.fftSize);
  const out = new Int32Array(frames * bands.length);
  for (let t = 0; t < frames; t++) {
    const shift = takeFrame(tables, pcm, t, signal);
    const { re, im } = realSpectrum(signal, tables.cosines);
    // Halves of 26 bits, in place of the spectrum.
    for (let k = 0; k < re.length; k++) {
      const square = re[k]! * re[k]! + im[k]! * im[k]!;
      const energy = magnitude ? rootOf(square) : square;
      re[k] = Math.floor(energy / 2 ** 26);
      im[k] = energy - re[k]! * 2 ** 26;
    }
    for (let b = 0; b < bands.length; b++) {
      out[t * bands.length + b] = logEnergy(tables, level, shift, b, re, im);
    }
  }
  return out;
}

/** Of a whole recording. */
type Level = {
  /** log2 of what energies are divided by, LOG_BITS. */
  readonly log: number;
  /** What is added to undivided energies of frames without a shift, before weights of bands; null is nothing. */
  readonly offset: Scaled | null;
};

function levelOf({ peak, magnitude, offset }: FrontEndTables, pcm: Int16Array): Level {
  if (!peak) return { log: 0, offset };
  const greatest = pcm.reduce((most, sample) => Math.max(most, sample), 1);
  const log = log2Of(scaled(greatest, -15));
  const once = (one: Scaled): Scaled => {
    const { mantissa, exponent } = times(one, greatest);
    return { mantissa, exponent: exponent - 15 };
  };
  if (magnitude) return { log, offset: offset === null ? null : once(offset) };
  return { log: 2 * log, offset: offset === null ? null : once(once(offset)) };
}

/** Writes frame t, windowed and shifted left, and gives the shift. What is behind the window is left at 0. */
function takeFrame(tables: FrontEndTables, pcm: Int16Array, t: number, signal: Float64Array): number {
  const { samples, frameLength, frameStep, start, reflect, preEmphasis, window, windowPeriod } = tables;
  const from = start + t * frameStep;
  let greatest = 0;
  for (let i = 0; i < frameLength; i++) {
    const at = from + i;
    const n = at >= 0 && at < samples ? at : reflect ? (at < 0 ? -at : 2 * (samples - 1) - at) : -1;
    const before = n > 0 ? pcm[n - 1]! : 0;
    const value = n < 0 ? 0 : pcm[n]! * 2 ** 14 - preEmphasis * before;
    signal[i] = value;
    greatest = Math.max(greatest, Math.abs(value));
  }
  const shift = greatest === 0 ? 0 : Math.clz32(greatest) - 2;
  const scale = 2 ** (shift - WEIGHT_BITS);
  for (let i = 0; i < frameLength; i++) {
    signal[i] = Math.floor(signal[i]! * window[Math.min(i, windowPeriod - i)]! * scale + 0.5);
  }
  return shift;
}

function logEnergy(
  tables: FrontEndTables,
  level: Level,
  shift: number,
  band: number,
  upper: Float64Array,
  lower: Float64Array,
): number {
  const { first, weights, bits } = tables.bands[band]!;
  let [high, low] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    high += weights[i]! * upper[first + i]!;
    low += weights[i]! * lower[first + i]!;
  }
  const power = tables.magnitude ? 1 : 2;
  const shifts = power * shift + bits;
  const { offset } = level;
  const sum = joined(high, low);
  const total =
    offset === null ? sum : plus(sum, { mantissa: offset.mantissa, exponent: offset.exponent + shifts });
  if (total.mantissa === 0) return tables.floor;
  const unit = power * Math.log2(tables.fftSize) - ENERGY_BITS[tables.magnitude ? 'magnitude' : 'power'];
  const log = log2Of(total) + (unit - shifts) * 2 ** LOG_BITS - level.log;
  return offset === null ? Math.max(log, tables.floor) : log;
}
