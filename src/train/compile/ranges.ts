/** Ranges of values that stay as they were taken from data before the step was derived. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { QUANTIZER } from '../../program/kernels/quantizer.ts';
import { rangeParameters } from '../../quantize/affine.ts';
import type { Range } from '../../quantize/observers/histogram.ts';

/** The range that a value had in data, by its name. @throws TinymlError E_INTERNAL for a value that was not seen */
export type RangeOf = (value: string) => Range;

/** Ranges that are fixed, of values that are kept in codes. */
export type FixedRanges = {
  readonly rangeOf: RangeOf;
  /** Of values that are kept without a zero point. */
  readonly isSymmetric: (value: string) => boolean;
};

/** Of steps that learn their ranges. */
export const noRanges: RangeOf = (value) => {
  throw new TinymlError('E_INTERNAL', 'a value has no range from data', { at: `tensor "${value}"` });
};

/** Where memory is planned without data: what is planned does not depend on the numbers. */
export const anyRanges: RangeOf = () => ({ min: -1, max: 1 });

/**
 * The quantiser that covers a range, as kernels of training take it: the scale and zero point that quantisation gives the same range.
 * @param limit greatest code
 */
export function quantizerOver(range: Range, limit: number, affine: boolean): Float32Array {
  const codes = { min: affine ? -limit - 1 : -limit, max: limit, symmetric: !affine };
  const { scale, zeroPoint } = rangeParameters(range, codes);
  const quantizer = new Float32Array(QUANTIZER.length);
  quantizer[QUANTIZER.scale] = scale;
  quantizer[QUANTIZER.inverse] = Math.fround(1 / scale);
  quantizer[QUANTIZER.zeroPoint] = zeroPoint;
  return quantizer;
}
