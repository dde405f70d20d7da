/** From what was observed of a tensor to the range of real values that its codes shall cover. */
import { unreachable } from '../../diagnostics/errors.ts';
import type { CodeRange } from '../affine.ts';
import { entropyRange } from './entropy.ts';
import type { Histogram, Range } from './histogram.ts';
import { mseRange } from './mse.ts';
import { percentileRange } from './percentile.ts';

export type ObserverKind =
  /** Every value seen is covered. */
  | { readonly kind: 'min-max' }
  /** Covers the values between the (100 - percentile)-th and the percentile-th percentile; in (50, 100]. */
  | { readonly kind: 'percentile'; readonly percentile: number }
  /** Least Kullback-Leibler divergence between the values and their quantised histogram. */
  | { readonly kind: 'entropy' }
  /** Least mean squared error of quantising the values. */
  | { readonly kind: 'mse' };

/** The range for the codes `codes`. Nothing observed gives [0, 0]. */
export function observedRange(histogram: Histogram, observer: ObserverKind, codes: CodeRange): Range {
  if (histogram.total === 0 || histogram.limit === 0) return { min: 0, max: 0 };
  switch (observer.kind) {
    case 'min-max':
      return { min: histogram.min, max: histogram.max };
    case 'percentile':
      return percentileRange(histogram, observer.percentile);
    case 'entropy':
      return entropyRange(histogram);
    case 'mse':
      return mseRange(histogram, codes);
    default:
      return unreachable(observer);
  }
}
