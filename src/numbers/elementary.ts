/**
 * Elementary functions of float32 from float32 additions, multiplications, divisions and fused multiply-adds in a fixed order:
 * the same bits on every machine, within two units in the last place where nothing else is said.
 * native/kernels/generic/tinyml_elementary.h has the same formulas, for single numbers and for vectors.
 */
import { fusedMultiplyAdd as fma } from './fused-multiply-add.ts';

const f32 = Math.fround;
const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** Adding it rounds a number below 2^22 to an integer, ties to even: its last bit stands for 1. */
const ROUNDER = 12582912;
const LOG2E = f32(1.4426950216293335);
/** ln 2 in two parts. */
const LN2 = f32(0.6931471824645996);
const LN2_REST = f32(-1.9046542121259336e-9);

/** (exp(f) - 1 - f) / f^2 for |f| <= ln 2 / 2, and (log(1 + f) - f) / f^2 for |f| <= 1/3: least greatest relative error. */
const EXP = [
  0.00019845875794999301, 0.0013940619537606835, 0.008333389647305012, 0.041666362434625626,
  0.1666666567325592, 0.5,
] as const;
const LOG = [
  -0.12948833405971527, 0.14004762470722198, -0.12167185544967651, 0.14001159369945526, -0.16682302951812744,
  0.20010747015476227, -0.24999716877937317, 0.3333320915699005, -0.5,
] as const;

/** By Horner's rule, the coefficient of the highest power first. */
function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.slice(1).reduce((sum, next) => fma(sum, x, next), coefficients[0]!);
}

function nearestInteger(x: number): number {
  return f32(f32(x + ROUNDER) - ROUNDER);
}

/** 2^n for an integer n in [-126, 127]. */
function powerOfTwo(n: number): number {
  word[0] = (n + 127) << 23;
  return float[0]!;
}

/** x = n ln 2 + f with |f| <= ln 2 / 2, and exp(f) - 1. */
function reduced(x: number): readonly [n: number, rest: number] {
  const n = f32(fma(x, LOG2E, ROUNDER) - ROUNDER);
  const f = fma(n, -LN2_REST, fma(n, -LN2, x));
  return [n, fma(polynomial(f, EXP), f32(f * f), f)];
}

/** exp(x). */
export function expF32(x: number): number {
  if (Number.isNaN(x)) return x;
  const [n, rest] = reduced(Math.min(Math.max(x, -104), 89));
  // In two steps: 2^n itself may be too small or too large.
  const half = nearestInteger(n * 0.5);
  return f32(f32(f32(1 + rest) * powerOfTwo(half)) * powerOfTwo(n - half));
}

/** exp(x) - 1 for x <= 88, exact where x is tiny. */
export function expm1F32(x: number): number {
  if (Number.isNaN(x)) return x;
  const [n, rest] = reduced(Math.min(Math.max(x, -87), 88));
  const power = powerOfTwo(n);
  return fma(rest, power, f32(power - 1));
}

/** log(x). */
export function logF32(x: number): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (x === Number.POSITIVE_INFINITY) return x;
  const isSubnormal = x < 2 ** -126;
  float[0] = isSubnormal ? x * 2 ** 23 : x;
  // x = 2^e m with m in [2/3, 4/3).
  const exponent = ((word[0]! - 0x3f2aaaab + 0x40000000) >>> 23) - 128;
  word[0] = word[0]! - exponent * 2 ** 23;
  const f = f32(float[0]! - 1);
  const e = isSubnormal ? exponent - 23 : exponent;
  return fma(e, LN2, fma(e, LN2_REST, fma(polynomial(f, LOG), f32(f * f), f)));
}

/** log(1 + x) for 0 <= x <= 1. */
export function log1pF32(x: number): number {
  const sum = f32(1 + x);
  return f32(logF32(sum) + f32(f32(x - f32(sum - 1)) / sum));
}

/** 1 / (1 + exp(-x)). */
export function sigmoidF32(x: number): number {
  return f32(1 / f32(1 + expF32(-x)));
}

/** tanh(x). */
export function tanhF32(x: number): number {
  const size = Math.abs(x);
  const power = expm1F32(f32(2 * Math.min(size, 20)));
  return withSign(f32(power / f32(power + 2)), x);
}

/** Polynomials by Norbert Juffa ("A more accurate erff()", 2018), error below one unit in the last place. */
const ERF_TAIL = [
  -1.7285346984863281e-5, 3.831971262115985e-4, -3.883964382112026e-3, 2.4254621937870979e-2,
] as const;
const ERF_TAIL_LOW = [-1.0677777975797653e-1, -6.348468661308289e-1, -1.2871751189231873e-1] as const;
const ERF = [
  -5.9676170349121094e-4, 4.9911942332983017e-3, -2.6768134906888008e-2, 1.1281992495059967e-1,
  -3.761253356933594e-1, 1.2837916612625122e-1,
] as const;

/** The error function. */
export function erfF32(x: number): number {
  const size = Math.abs(x);
  const square = f32(x * x);
  if (!(size > 0.927734375)) return fma(polynomial(square, ERF), x, x);
  const [a, b, c, d] = ERF_TAIL.map(f32) as [number, number, number, number];
  const high = fma(fma(a, size, b), square, fma(c, size, d));
  const tail = polynomial(size, [high, ...ERF_TAIL_LOW]);
  return withSign(f32(1 - expF32(fma(tail, size, -size))), x);
}

/** The nearest integer, ties to even. */
export function roundF32(x: number): number {
  const size = Math.abs(x);
  if (!(size < 2 ** 23)) return x;
  return withSign(f32(f32(size + 2 ** 23) - 2 ** 23), x);
}

function withSign(size: number, of: number): number {
  return of < 0 || Object.is(of, -0) ? -size : size;
}
