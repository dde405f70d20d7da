/** What the recurrent kernels share: their shapes, their gates in 16 bits, and the table of the logistic function. */
import { requantize, requantizeWide } from '../../numbers/fixed-point.ts';
import { constant, type Operand, RANGE, type Size } from '../signature.ts';
import { clamp, type Ranges } from './common.ts';

export type Recurrence = {
  readonly steps: number;
  readonly batch: number;
  readonly inputSize: number;
  readonly hidden: number;
  /** Of the output, and which of them this step computes. */
  readonly directions: number;
  readonly direction: number;
  /** 1: from the last time to the first. */
  readonly reverse: number;
  /** From 2^-30 (lstm_s8) or 2^-15 to the codes of the hidden state, and their zero point. */
  readonly hiddenMultiplier: number;
  readonly hiddenShift: number;
  readonly outputOffset: number;
};

/** Of 16-bit codes, which are symmetric. */
export type WideRecurrence = Omit<Recurrence, 'outputOffset'>;

/** Sums of so many products of int8 stay within int32 beside a bias. */
export const MOST_FEATURES = 2 ** 16;
const FEATURES = [1, MOST_FEATURES] as const;

export const wideRecurrence: Ranges<WideRecurrence> = {
  steps: RANGE.count,
  batch: RANGE.count,
  inputSize: FEATURES,
  hidden: FEATURES,
  directions: [1, 2],
  direction: [0, 1],
  reverse: RANGE.flag,
  hiddenMultiplier: RANGE.multiplier,
  hiddenShift: RANGE.shift,
};

export const recurrence: Ranges<Recurrence> = { ...wideRecurrence, outputOffset: RANGE.code };

export const RECURRENT = {
  input: ['steps', 'batch', 'inputSize'],
  output: ['steps', 'directions', 'batch', 'hidden'],
  state: ['batch', 'hidden'],
} as const satisfies Readonly<Record<string, Size>>;

/** Entries of the table of gates: the logistic function at -16, -15.9375, ... 16, in 2^-15. */
const GATE_TABLE = 513;

/** Fraction bits of what goes into the functions of gates. */
export const GATE_BITS = 11;

/**
 * The constants of a cell: two matrices with what requantises their products into 2^-11, and the table of gates.
 * @param shifts `wide_shifts` where sums have 64 bits
 */
export function cellConstants(gates: number, shifts: 'shifts' | 'wide_shifts'): readonly Operand[] {
  const rows: Size = [gates, 'hidden'];
  return [
    constant('weights', 'int8', [...rows, 'inputSize']),
    constant('bias', 'int32', rows),
    constant('multiplier', 'int32', rows, 'multipliers'),
    constant('shift', 'int32', rows, shifts),
    constant('recurrent_weights', 'int8', [...rows, 'hidden']),
    constant('recurrent_bias', 'int32', rows),
    constant('recurrent_multiplier', 'int32', rows, 'multipliers'),
    constant('recurrent_shift', 'int32', rows, shifts),
    constant('table', 'int16', [GATE_TABLE]),
  ];
}

/** Multiply-accumulates of a cell over a sequence. */
export function cellMacs(gates: number): Size {
  return ['steps', 'batch', gates, 'hidden', { sum: ['inputSize', 'hidden'] }];
}

/** Activations: all of a step are of one type. */
export type Codes = Int8Array | Int16Array;

/** One of the two products of a cell. */
type Product = {
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
};

/**
 * Row `row` of a product with `x`, `count` elements from `at` on: in 2^-11, within 21 bits. Sums of int8 wrap at 32 bits, those of
 * int16 have 64.
 */
export function productRow(
  { weights, bias, multiplier, shift }: Product,
  row: number,
  x: Codes,
  at: number,
  count: number,
): number {
  const isWide = x instanceof Int16Array;
  let sum = bias[row]!;
  for (let k = 0; k < count; k++) {
    const next = sum + x[at + k]! * weights[row * count + k]!;
    sum = isWide ? next : next | 0;
  }
  const scaled = (isWide ? requantizeWide : requantize)(sum, multiplier[row]!, shift[row]!);
  return clamp(scaled, -(2 ** 20), 2 ** 20 - 1);
}

export const int16 = (x: number): number => clamp(x, -32768, 32767);
export const int8 = (x: number): number => clamp(x, -128, 127);

/** x / 2^15 rounded to the nearest, ties up. */
export const q15 = (x: number): number => (x + 2 ** 14) >> 15;

/** The logistic function of x in 2^-11, in 2^-15: straight lines between the entries of the table. */
export function logistic(table: Int16Array, x: number): number {
  const code = int16(x);
  const at = 256 + (code >> 7);
  return Math.max(0, table[at]! + (((table[at + 1]! - table[at]!) * (code & 127) + 64) >> 7));
}

/** The hyperbolic tangent of x in 2^-11, in 2^-15: twice the logistic function of 2x, less one. */
export function hyperbolicTangent(table: Int16Array, x: number): number {
  return 2 * logistic(table, 2 * int16(x)) - 2 ** 15;
}

/** The table that these functions take. */
export function gateTable(): Int16Array {
  return Int16Array.from({ length: GATE_TABLE }, (_, i) =>
    Math.min(Math.round(2 ** 15 / (1 + Math.exp((256 - i) / 16))), 2 ** 15 - 1),
  );
}

export function productOf(constants: readonly unknown[], first: number): Product {
  const [weights, bias, multiplier, shift] = constants.slice(first, first + 4) as [
    Int8Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  return { weights, bias, multiplier, shift };
}

/** Where a time and an image lie: in the input, in the output, and in the output of the time before (null at first). */
export function* walk(
  p: WideRecurrence,
): Generator<{ image: number; input: number; output: number; before: number | null }> {
  const row = (time: number, image: number): number =>
    ((time * p.directions + p.direction) * p.batch + image) * p.hidden;
  for (let step = 0; step < p.steps; step++) {
    const [time, last] = p.reverse === 1 ? [p.steps - 1 - step, p.steps - step] : [step, step - 1];
    for (let image = 0; image < p.batch; image++) {
      yield {
        image,
        input: (time * p.batch + image) * p.inputSize,
        output: row(time, image),
        before: step === 0 ? null : row(last, image),
      };
    }
  }
}
