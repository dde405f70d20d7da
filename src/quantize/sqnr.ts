/**
 * Signal to quantisation noise in dB: 10 log10(signal / noise).
 * @param signal sum of squares of the float values @param noise sum of squares of the error
 * @returns null without an error
 */
export function sqnrDb(signal: number, noise: number): number | null {
  return noise === 0 ? null : 10 * Math.log10(Math.max(signal, Number.MIN_VALUE) / noise);
}
