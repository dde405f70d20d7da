import { roundingHighMultiply, roundingShiftRight } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

/** The sum of exponentials has 13 integer bits: each is at most 1. */
export const LONGEST_SOFTMAX = 2 ** 13 - 1;

type SoftmaxS8Params = {
  readonly rows: number;
  readonly rowSize: number;
  /** beta * inputScale * 2^26 as a Q31 multiplier and a left shift. */
  readonly multiplier: number;
  readonly shift: number;
  /** Differences to the row maximum below this give -128. */
  readonly diffMin: number;
};

/** Softmax over rows, output scale 1/256 and zero point -128, in TFLite's fixed point. inputs [x], outputs [y]. */
export type SoftmaxS8 = StepOf<'softmax_s8', SoftmaxS8Params>;

export const softmaxS8: Kernel<SoftmaxS8> = {
  signature: {
    about: `Softmax of \`rows\` rows of \`row_size\`; output scale 1/256, zero point -128 (TFLite fixed point).`,
    params: {
      rows: RANGE.count,
      rowSize: RANGE.count,
      multiplier: RANGE.multiplier,
      shift: [0, 30],
      diffMin: [RANGE.any[0], 0],
    },
    operands: [input('input', 'int8', ['rows', 'rowSize']), output('output', 'int8', ['rows', 'rowSize'])],
    rule: 'softmax',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [y] = outputs as [Int8Array];
    for (let row = 0; row < p.rows; row++) {
      softmaxRow(p, x, y, row * p.rowSize, () => true);
    }
  },
};

type MaskedSoftmaxS8Params = Omit<SoftmaxS8Params, 'rows'> & {
  /** Rows, in three loops. */
  readonly outer0: number;
  readonly outer1: number;
  readonly outer2: number;
  /** First element of the mask, and the distances between its rows; elements of a row lie side by side. */
  readonly maskStart: number;
  readonly maskStride0: number;
  readonly maskStride1: number;
  readonly maskStride2: number;
  /** The least code that lets an element count. */
  readonly maskLeast: number;
};

/** Softmax over the elements of rows that a mask lets count; the others are -128. inputs [x, mask], outputs [y]. */
export type MaskedSoftmaxS8 = StepOf<'masked_softmax_s8', MaskedSoftmaxS8Params>;

export const maskedSoftmaxS8: Kernel<MaskedSoftmaxS8> = {
  signature: {
    about: `Softmax of outer0 * outer1 * outer2 rows of \`row_size\` over the elements whose code in the mask is at least \`mask_least\`; the others, and rows without any, are -128. Rows of the mask lie at any strides.`,
    params: {
      outer0: RANGE.count,
      outer1: RANGE.count,
      outer2: RANGE.count,
      rowSize: RANGE.count,
      maskStart: RANGE.size,
      maskStride0: RANGE.stride,
      maskStride1: RANGE.stride,
      maskStride2: RANGE.stride,
      maskLeast: RANGE.code,
      multiplier: RANGE.multiplier,
      shift: [0, 30],
      diffMin: [RANGE.any[0], 0],
    },
    operands: [
      input('input', 'int8', ['outer0', 'outer1', 'outer2', 'rowSize']),
      input('mask', 'int8', null),
      output('output', 'int8', ['outer0', 'outer1', 'outer2', 'rowSize']),
    ],
    rule: 'masked_softmax',
  },

  run({ params: p }, { inputs, outputs }) {
    const [x, mask] = inputs as [Int8Array, Int8Array];
    const [y] = outputs as [Int8Array];
    let start = 0;
    for (let i = 0; i < p.outer0; i++) {
      for (let j = 0; j < p.outer1; j++) {
        for (let k = 0; k < p.outer2; k++, start += p.rowSize) {
          const from = p.maskStart + i * p.maskStride0 + j * p.maskStride1 + k * p.maskStride2;
          softmaxRow(p, x, y, start, (at) => mask[from + at]! >= p.maskLeast);
        }
      }
    }
  },
};

/** One row, over the elements that count. */
function softmaxRow(
  p: Pick<SoftmaxS8Params, 'rowSize' | 'multiplier' | 'shift' | 'diffMin'>,
  x: Int8Array,
  y: Int8Array,
  start: number,
  counts: (i: number) => boolean,
): void {
  const row = probabilities(x.subarray(start, start + p.rowSize), counts, (difference) =>
    exponential(p, difference),
  );
  y.set(row, start);
}

type Scaling = Pick<SoftmaxS8Params, 'multiplier' | 'shift' | 'diffMin'>;

/** exp of a difference to the maximum, Q0.31. */
function exponential(p: Scaling, difference: number): number {
  if (difference < p.diffMin) return 0;
  return expOnNegative(doublingHighMultiply(difference * 2 ** p.shift, p.multiplier));
}

/** exp of the differences 0, -1, ... -255 to the maximum, Q0.31. */
export function exponentialTable(p: Scaling): Int32Array {
  return Int32Array.from({ length: 256 }, (_, i) => exponential(p, -i));
}

/** Codes of the softmax of a row, over the elements that count. @param exponentialOf a difference to the maximum, Q0.31 */
export function probabilities(
  x: Int8Array,
  counts: (i: number) => boolean,
  exponentialOf: (difference: number) => number,
): Int8Array {
  let max = -128;
  x.forEach((code, i) => {
    if (counts(i)) max = Math.max(max, code);
  });
  const exponentials = Array.from(x, (code, i) => (counts(i) ? exponentialOf(code - max) : 0));
  const sum = exponentials.reduce((total, one) => total + roundingShiftRight(one, 12), 0); // Q12.19
  const headroom = Math.min(Math.clz32(sum), 31);
  const reciprocal = reciprocalOnePlus((sum * 2 ** headroom - (sum === 0 ? 0 : 2 ** 31)) | 0);
  const exponent = 12 - headroom + 31 - 8; // beyond 31, in long and flat rows, nothing is left
  return Int8Array.from(exponentials, (one) => {
    if (one === 0 || exponent > 31) return -128;
    return clamp(roundingShiftRight(doublingHighMultiply(reciprocal, one), exponent) - 128, -128, 127);
  });
}

/** floor((a * b + 2^30) / 2^31) for operands of any sign. */
function doublingHighMultiply(a: number, b: number): number {
  if (b >= 0) return roundingHighMultiply(a, b);
  return a >= 0 ? roundingHighMultiply(b, a) : roundingHighMultiply(-a, -b);
}

const INT32_MAX = 2 ** 31 - 1;
const INT32_MIN = -(2 ** 31);

/** x * 2^bits, saturated to int32. */
function saturatingShiftLeft(x: number, bits: number): number {
  return clamp(x * 2 ** bits, INT32_MIN, INT32_MAX);
}

/** exp(-2^k) in Q0.31 for k = -2 .. 4 (gemmlowp's barrel shifter). */
const EXP_OF_MINUS_POWER: readonly number[] = [
  1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242,
];

/** exp(a) for a <= 0: a in Q5.26, result in Q0.31 (gemmlowp fixedpoint, exp_on_negative_values). */
function expOnNegative(a: number): number {
  if (a === 0) return INT32_MAX;
  const quarter = 1 << 24;
  const fraction = (a & (quarter - 1)) - quarter;
  let result = expOnLastQuarter(saturatingShiftLeft(fraction, 5));
  const remainder = (fraction - a) | 0;
  EXP_OF_MINUS_POWER.forEach((factor, k) => {
    if ((remainder & (1 << (24 + k))) !== 0) result = doublingHighMultiply(result, factor);
  });
  return result;
}

/** exp(a) for -1/4 <= a < 0 in Q0.31: Taylor series to the fourth order around -1/8. */
function expOnLastQuarter(a: number): number {
  const expMinusEighth = 1895147668;
  const third = 715827883;
  const x = a + (1 << 28);
  const x2 = doublingHighMultiply(x, x);
  const x3 = doublingHighMultiply(x2, x);
  const x4 = doublingHighMultiply(x2, x2);
  const tail = roundingShiftRight(
    (doublingHighMultiply((roundingShiftRight(x4, 2) + x3) | 0, third) + x2) | 0,
    1,
  );
  return (expMinusEighth + doublingHighMultiply(expMinusEighth, (x + tail) | 0)) | 0;
}

/** 1 / (1 + a) for 0 <= a < 1, Q0.31: three Newton-Raphson steps (gemmlowp, one_over_one_plus_x_for_x_in_0_1). */
function reciprocalOnePlus(a: number): number {
  const halfDenominator = Math.trunc((a + INT32_MAX + 1) / 2); // (1 + a) / 2
  const one = 1 << 29; // Q2.29
  let x = (1515870810 + doublingHighMultiply(halfDenominator, -1010580540)) | 0; // 48/17 - 32/17 d
  for (let step = 0; step < 3; step++) {
    const error = (one - doublingHighMultiply(halfDenominator, x)) | 0;
    x = (x + saturatingShiftLeft(doublingHighMultiply(x, error), 2)) | 0;
  }
  return saturatingShiftLeft(x, 1);
}
