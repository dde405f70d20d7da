/** The nearest integer, ties to the even one: IEEE 754's default, and that of QuantizeLinear. NaN stays NaN, -0 becomes 0. */
export function roundHalfToEven(x: number): number {
  // Adding 1.5 * 2^52 leaves no bits for a fraction, so the addition itself rounds.
  return Math.abs(x) < 2 ** 51 ? x + 6755399441055744 - 6755399441055744 : x;
}

/**
 * One of the two whole numbers beside x, at random by how near they are: x on the mean. Whole numbers stay what they are.
 * @param draw uniform in [0, 1)
 */
export function roundAtRandom(x: number, draw: number): number {
  return Math.floor(x + draw);
}
