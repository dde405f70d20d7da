/** sqrt(i / 64) * 2^25, i = 64 .. 256. */
export const ROOT_TABLE: Int32Array = Int32Array.from({ length: 193 }, (_, i) =>
  Math.round(Math.sqrt(1 + i / 64) * 2 ** 25),
);

/** 2^(i - 28), i = 0 .. 52. */
const POWERS = Float64Array.from({ length: 53 }, (_, i) => 2 ** (i - 28));

/**
 * 2^10 sqrt(square), rounded down, of an integer in [0, 2^53): between the points of a table, at most 8e-6 of it (and 1) too small.
 * The square is brought to [2^24, 2^26) by an even shift, whose half the root is shifted back by.
 */
export function rootOf(square: number): number {
  if (square === 0) return 0;
  const high = Math.floor(square / 2 ** 31);
  const bits = high === 0 ? 32 - Math.clz32(square) : 63 - Math.clz32(high);
  const shift = (26 - bits) & ~1;
  const mantissa = Math.floor(square * POWERS[shift + 28]!);
  const at = (mantissa >>> 18) - 64;
  const between = (mantissa & 0x3ffff) >>> 6;
  const [from, to] = [ROOT_TABLE[at]!, ROOT_TABLE[at + 1]!];
  const root = from + (((to - from) * between + 2 ** 11) >> 12);
  return Math.floor(root * POWERS[25 - shift / 2]!);
}
