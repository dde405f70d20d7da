import { cosineTransform, logUnit } from './cosine-transform.ts';
import { type Band, melBands } from './mel.ts';
import type { FeatureSettings } from './settings.ts';
import { type FeatureShape, firstSample, sampleAt } from './shape.ts';
import { windowOf } from './window.ts';

/**
 * The definition of a front end, in float64: slow and obvious, what the fixed-point form is held against.
 * @param rate in Hz.
 * @param pcm shape.samples 16-bit samples.
 * @returns frames x values, time first.
 * @throws TinymlError E_PREPROCESS from melBands.
 */
export function floatFeatures(
  settings: FeatureSettings,
  rate: number,
  shape: FeatureShape,
  pcm: Int16Array,
): Float64Array {
  const { log, mel, mfcc, fftSize, frameLength, frameStep } = settings;
  const bands = melBands(mel, rate, fftSize);
  const window = windowOf(settings.window, frameLength);
  const level = settings.level === 'peak' ? pcm.reduce((a, b) => Math.max(a, b), 1) : 32768;
  const sample = (at: number): number => {
    const n = sampleAt(settings, shape.samples, at);
    return n === null ? 0 : (pcm[n]! - settings.preEmphasis * (n === 0 ? 0 : pcm[n - 1]!)) / level;
  };
  const energies = Array.from({ length: shape.frames }, (_, t) => {
    const start = t * frameStep + firstSample(settings);
    const frame = Array.from({ length: fftSize }, (_, i) =>
      i < frameLength ? sample(start + i) * window[i]! : 0,
    );
    return energyOf(bands, spectrum(frame, settings.spectrum));
  });
  const levels = energies.map((row) => row.map((x) => Math.log2(Math.max(x, log.floor) + log.offset)));
  const unit = logUnit(log.base, settings.spectrum);
  const greatest = levels.flat().reduce((a, b) => Math.max(a, b));
  const least = log.range === null ? Number.NEGATIVE_INFINITY : greatest - log.range / unit;
  const zero = log.reference === 'maximum' ? greatest : 0;
  const logs = levels.map((row) => row.map((x) => (Math.max(x, least) - zero) * unit));
  if (mfcc === null) return Float64Array.from(logs.flat());
  const transform = cosineTransform(mfcc, mel.bands);
  return Float64Array.from(
    logs.flatMap((row) =>
      transform.map((line) => line.reduce((sum, weight, b) => sum + weight * row[b]!, 0)),
    ),
  );
}

const energyOf = (bands: readonly Band[], bins: readonly number[]): readonly number[] =>
  bands.map(({ first, weights }) => weights.reduce((sum, weight, i) => sum + weight * bins[first + i]!, 0));

/** Of a real signal of n samples: n / 2 + 1 bins. */
function spectrum(signal: readonly number[], kind: FeatureSettings['spectrum']): readonly number[] {
  const { re, im } = transform(signal);
  const power = re.slice(0, signal.length / 2 + 1).map((x, k) => x * x + im[k]! * im[k]!);
  return kind === 'power' ? power : power.map(Math.sqrt);
}

type Complex = { readonly re: readonly number[]; readonly im: readonly number[] };

/** Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", Math. Comp. 19 (1965). */
function transform(signal: readonly number[]): Complex {
  const n = signal.length;
  if (n === 1) return { re: signal, im: [0] };
  const even = transform(signal.filter((_, i) => i % 2 === 0));
  const odd = transform(signal.filter((_, i) => i % 2 === 1));
  const [re, im] = [new Array<number>(n), new Array<number>(n)];
  for (let k = 0; k < n / 2; k++) {
    const [c, s] = [Math.cos((2 * Math.PI * k) / n), -Math.sin((2 * Math.PI * k) / n)];
    const [tr, ti] = [odd.re[k]! * c - odd.im[k]! * s, odd.re[k]! * s + odd.im[k]! * c];
    [re[k], im[k]] = [even.re[k]! + tr, even.im[k]! + ti];
    [re[k + n / 2], im[k + n / 2]] = [even.re[k]! - tr, even.im[k]! - ti];
  }
  return { re, im };
}
