import { TinymlError } from '../diagnostics/errors.ts';
import type { MelSettings } from './settings.ts';

/** One triangle over the bins of a spectrum. */
export type Band = {
  /** The first bin of a weight above 0. */
  readonly first: number;
  /** Float64, of this bin and those after it; empty where the triangle lies between two bins. */
  readonly weights: readonly number[];
};

/**
 * Triangles whose corners are evenly spaced on the mel scale from `low` to `high`, each from the middle of the one before to
 * that of the one behind. Stevens, Volkmann and Newman, "A scale for the measurement of the psychological magnitude pitch",
 * JASA 8 (1937); the two scales are those of the HTK Book and of Slaney's Auditory Toolbox (Interval Research, TR 1998-010).
 * @param rate in Hz.
 * @throws TinymlError E_PREPROCESS where the band of frequencies is not below half the rate.
 */
export function melBands(settings: MelSettings, rate: number, fftSize: number): readonly Band[] {
  const { bands, low, scale, norm, triangles } = settings;
  const high = settings.high ?? rate / 2;
  if (high > rate / 2 || low >= high) {
    throw new TinymlError(
      'E_PREPROCESS',
      `mel bands from ${low} to ${high} Hz cannot be taken from sound of ${rate} Hz`,
      { at: 'sound.features.mel', hint: `The highest frequency is at most half the rate, ${rate / 2} Hz.` },
    );
  }
  const toMel = (hertz: number): number => (scale === 'htk' ? htkMel(hertz) : slaneyMel(hertz));
  const toHertz = (mel: number): number => (scale === 'htk' ? htkHertz(mel) : slaneyHertz(mel));
  const [from, to] = [toMel(low), toMel(high)];
  const corners = Array.from({ length: bands + 2 }, (_, i) => from + ((to - from) * i) / (bands + 1));
  const place = (mel: number): number => (triangles === 'mel' ? mel : toHertz(mel));
  const bins = Array.from({ length: fftSize / 2 + 1 }, (_, k) => (k * rate) / fftSize);
  const binPlaces = triangles === 'mel' ? bins.map(toMel) : bins;
  return Array.from({ length: bands }, (_, b) => {
    const [left, middle, right] = [place(corners[b]!), place(corners[b + 1]!), place(corners[b + 2]!)];
    const height = norm === 'slaney' ? 2 / (toHertz(corners[b + 2]!) - toHertz(corners[b]!)) : 1;
    const weights = binPlaces.map((at) =>
      Math.max(0, height * Math.min((at - left) / (middle - left), (right - at) / (right - middle))),
    );
    const first = weights.findIndex((weight) => weight > 0);
    if (first < 0) return { first: 0, weights: [] };
    return { first, weights: weights.slice(first, weights.findLastIndex((weight) => weight > 0) + 1) };
  });
}

const htkMel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const htkHertz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** Slaney: 200/3 Hz for each mel up to 1000 Hz (15 mel), above that 27 mel for each factor of 6.4. */
const slaneyMel = (hertz: number): number =>
  hertz < 1000 ? (3 * hertz) / 200 : 15 + (27 * Math.log(hertz / 1000)) / Math.log(6.4);
const slaneyHertz = (mel: number): number =>
  mel < 15 ? (200 * mel) / 3 : 1000 * Math.exp(((mel - 15) * Math.log(6.4)) / 27);
