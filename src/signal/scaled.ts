import { LOG_BITS, LOG2_TABLE } from './log2-table.ts';

/** A positive number, mantissa x 2^exponent with the mantissa in [2^30, 2^31); zero has mantissa 0. */
export type Scaled = { readonly mantissa: number; readonly exponent: number };

/** 2^(i - 22), i = 0 .. 52. */
const POWERS = Float64Array.from({ length: 53 }, (_, i) => 2 ** (i - 22));

const ZERO: Scaled = { mantissa: 0, exponent: 0 };

/** value x 2^exponent, rounded down to 31 bits; value an integer in [0, 2^53). */
export function scaled(value: number, exponent: number): Scaled {
  if (value === 0) return ZERO;
  const high = Math.floor(value / 2 ** 31);
  const bits = high === 0 ? 32 - Math.clz32(value) : 63 - Math.clz32(high);
  return { mantissa: Math.floor(value * POWERS[53 - bits]!), exponent: exponent + bits - 31 };
}

/** high x 2^26 + low, both integers in [0, 2^53); where that has more than 52 bits, low bits are dropped. */
export function joined(high: number, low: number): Scaled {
  const carry = Math.floor(low / 2 ** 26);
  const upper = high + carry;
  return upper < 2 ** 26 ? scaled(upper * 2 ** 26 + (low - carry * 2 ** 26), 0) : scaled(upper, 26);
}

/** times an integer in [0, 2^16), rounded down. */
export function times({ mantissa, exponent }: Scaled, factor: number): Scaled {
  return scaled(mantissa * factor, exponent);
}

/** Rounded down; of two numbers more than 31 bits apart it is the greater one. */
export function plus(a: Scaled, b: Scaled): Scaled {
  if (a.mantissa === 0) return b;
  if (b.mantissa === 0) return a;
  const [large, small] = a.exponent >= b.exponent ? [a, b] : [b, a];
  const distance = large.exponent - small.exponent;
  const aligned = distance > 31 ? 0 : small.mantissa >>> Math.min(distance, 31);
  return scaled(large.mantissa + aligned, large.exponent);
}

/** log2 with LOG_BITS fraction bits, of what is above 0: at most 1.2e-5 too small, between the points of a table. */
export function log2Of({ mantissa, exponent }: Scaled): number {
  const at = (mantissa >>> 23) - 128;
  const between = (mantissa & 0x7fffff) >>> 8;
  const [from, to] = [LOG2_TABLE[at]!, LOG2_TABLE[at + 1]!];
  return from + (((to - from) * between + 2 ** 14) >> 15) + (exponent + 30) * 2 ** LOG_BITS;
}
