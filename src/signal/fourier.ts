/** Fraction bits of windows, of sines and of what logarithms are multiplied by; with 31 bits of signal a product is below 2^53. */
export const WEIGHT_BITS = 22;

/** Bins 0 .. n / 2 of a spectrum over 16 n: |re|, |im| <= 2^26. */
type Spectrum = { readonly re: Float64Array; readonly im: Float64Array };

/**
 * The Fourier transform of n real samples through a complex one of n / 2 (Cooley and Tukey; Press et al., "Numerical Recipes", 12.3),
 * in whole numbers: each of its steps halves, so that the length of a complex number, at first at most 2^30.5, never grows, and products
 * with sines of WEIGHT_BITS stay below 2^53.
 * @param signal n integers, at most 2^30 in absolute value; n a power of two, 32 or more.
 * @param cosines cos(2 pi k / n) in WEIGHT_BITS, k = 0 .. n / 2.
 */
export function realSpectrum(signal: Float64Array, cosines: Int32Array): Spectrum {
  const half = signal.length / 2;
  const re = new Float64Array(half + 1);
  const im = new Float64Array(half + 1);
  for (let i = 0, j = 0; i < half; i++) {
    re[j] = signal[2 * i]!;
    im[j] = signal[2 * i + 1]!;
    j = nextReversed(j, half);
  }
  for (let reach = 1; reach < half; reach *= 2) step(re, im, half, reach, cosines);
  for (let i = 0; i < half; i++) {
    re[i] = Math.floor((re[i]! + 8) / 16);
    im[i] = Math.floor((im[i]! + 8) / 16);
  }
  unfold(re, im, half, cosines);
  return { re, im };
}

/** The number behind `reversed` when counting with the bits of numbers below `size` in reverse order. */
function nextReversed(reversed: number, size: number): number {
  let bit = size >> 1;
  let rest = reversed;
  while ((rest & bit) !== 0) {
    rest ^= bit;
    bit >>= 1;
  }
  return rest | bit;
}

/** Joins transforms of `reach` points to those of twice as many: (a + w b) / 2 and (a - w b) / 2 in place. */
function step(re: Float64Array, im: Float64Array, half: number, reach: number, cosines: Int32Array): void {
  const quarter = half / 2;
  for (let j = 0; j < reach; j++) {
    const angle = (j * half) / reach;
    const c = cosines[angle]!;
    const s = cosines[Math.abs(angle - quarter)]!;
    for (let a = j; a < half; a += 2 * reach) {
      const b = a + reach;
      const [x, y] = [re[b]!, im[b]!];
      const tr = Math.floor((x * c + y * s + 2 ** 22) / 2 ** 23);
      const ti = Math.floor((y * c - x * s + 2 ** 22) / 2 ** 23);
      const ar = Math.floor((re[a]! + 1) / 2);
      const ai = Math.floor((im[a]! + 1) / 2);
      re[a] = ar + tr;
      im[a] = ai + ti;
      re[b] = ar - tr;
      im[b] = ai - ti;
    }
  }
}

/** From the transform z of pairs to that of single samples: bins k and half - k need z[k] and z[half - k] alone. */
function unfold(re: Float64Array, im: Float64Array, half: number, cosines: Int32Array): void {
  const quarter = half / 2;
  re[half] = re[0]!;
  im[half] = im[0]!;
  for (let k = 0; k <= quarter; k++) {
    const m = half - k;
    const [er, ei] = [(re[k]! + re[m]!) * 2 ** 22, (im[k]! - im[m]!) * 2 ** 22];
    const [dr, di] = [re[k]! - re[m]!, im[k]! + im[m]!];
    const [c, s] = [cosines[k]!, cosines[quarter - k]!];
    const [fr, fi] = [c * di - s * dr, c * dr + s * di];
    re[k] = Math.floor((er + fr + 2 ** 23) / 2 ** 24);
    im[k] = Math.floor((ei - fi + 2 ** 23) / 2 ** 24);
    re[m] = Math.floor((er - fr + 2 ** 23) / 2 ** 24);
    im[m] = Math.floor((-ei - fi + 2 ** 23) / 2 ** 24);
  }
}
