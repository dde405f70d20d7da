import { unreachable } from '../diagnostics/errors.ts';
import type { FeatureSettings, LogSettings } from './settings.ts';

/** The DCT-II over `bands` values, scaled as the settings say: one row of float64 for each coefficient. */
export function cosineTransform(
  { coefficients, norm }: NonNullable<FeatureSettings['mfcc']>,
  bands: number,
): readonly (readonly number[])[] {
  const scale = Math.sqrt(2 / bands);
  return Array.from({ length: coefficients }, (_, k) => {
    const height = k === 0 && norm === 'ortho' ? scale / Math.SQRT2 : scale;
    return Array.from(
      { length: bands },
      (_, b) => height * Math.cos((Math.PI * k * (2 * b + 1)) / (2 * bands)),
    );
  });
}

/** What log2 of the energy of a band is multiplied by. */
export function logUnit(base: LogSettings['base'], spectrum: FeatureSettings['spectrum']): number {
  switch (base) {
    case 'natural':
      return Math.LN2;
    case 'log10':
      return Math.log10(2);
    case 'decibel':
      return (spectrum === 'power' ? 10 : 20) * Math.log10(2);
    default:
      return unreachable(base);
  }
}
