/** The nearest integer, ties to the even one: IEEE 754's default, and that of QuantizeLinear. NaN stays NaN, -0 becomes 0. */
export function roundHalfToEven(x: number): number {
  // Adding 1.5 * 2^52 leaves no bits for a fraction, so the addition itself rounds.
  return Math.abs(x) < 2 ** 51 ? x + 6755399441055744 - 6755399441055744 : x;
}
