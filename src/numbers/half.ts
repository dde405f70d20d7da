/** float16 (IEEE 754 binary16) of float32 numbers, rounded to nearest, ties to even. */

/** Largest finite float16. */
export const HALF_MAX = 65504;

/** Numbers up to this magnitude are 0 in float16. */
export const HALF_ZERO = 2 ** -25;

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** The 16 bits of the nearest float16. Numbers beyond its range become infinity, NaN stays NaN. */
function halfBits(value: number): number {
  float[0] = value;
  const bits = word[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and more round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | roundShifted(magnitude - 0x38000000, 13);
  // Below 2^-14 the last place is 2^-24: the mantissa with its hidden bit, shifted by the exponent that is missing.
  const shift = 126 - (magnitude >>> 23);
  return shift > 24 ? sign : sign | roundShifted((magnitude & 0x7fffff) | 0x800000, shift);
}

/** `bits` without its last `shift` places, rounded to nearest, ties to even. */
function roundShifted(bits: number, shift: number): number {
  const kept = bits >>> shift;
  const rest = bits & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}

/** The nearest float16 as a number. */
export function roundToHalf(value: number): number {
  const bits = halfBits(value);
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
}

/** The nearest float16 of each number, as numbers. */
export function roundedToHalf(values: Float32Array): Float32Array {
  const rounded = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) rounded[i] = roundToHalf(values[i]!);
  return rounded;
}

/** The bits of the nearest float16 of each number. */
export function halfCodes(values: Float32Array): Uint16Array {
  const codes = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) codes[i] = halfBits(values[i]!);
  return codes;
}
