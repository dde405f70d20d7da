/** Fraction bits of logarithms. */
export const LOG_BITS = 20;

/** log2(1 + i / 128), i = 0 .. 128. */
export const LOG2_TABLE: Int32Array = Int32Array.from({ length: 129 }, (_, i) =>
  Math.round(Math.log2(1 + i / 128) * 2 ** LOG_BITS),
);
