import { unreachable } from '../diagnostics/errors.ts';
import type { WindowShape } from './settings.ts';

/**
 * The window of a frame: `length` weights of 0 to 1 in float64. Harris, "On the Use of Windows for Harmonic Analysis with the
 * Discrete Fourier Transform", Proceedings of the IEEE 66 (1978): a - (1 - a) cos(2 pi i / n), with n the length, or for
 * symmetric windows the length less one; a = 0.5 (Hann), 0.54 (Hamming).
 */
export function windowOf(shape: WindowShape, length: number): Float64Array {
  const period = windowPeriod(shape, length);
  const a = meanWeight(shape);
  return Float64Array.from({ length }, (_, i) => a - (1 - a) * Math.cos((2 * Math.PI * i) / period));
}

/** n such that the weights i and n - i are equal. */
export function windowPeriod(shape: WindowShape, length: number): number {
  return shape === 'hann' || shape === 'hamming' ? length : length - 1;
}

function meanWeight(shape: WindowShape): number {
  switch (shape) {
    case 'hann':
    case 'hann-symmetric':
      return 0.5;
    case 'hamming':
    case 'hamming-symmetric':
      return 0.54;
    case 'none':
      return 1;
    default:
      return unreachable(shape);
  }
}
