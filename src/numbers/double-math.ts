/**
 * Functions of float64 from additions, multiplications, divisions and square roots in a fixed order: the same bits on every
 * machine. Arguments are float32 numbers, and results exact enough to be rounded to float32.
 * native/kernels/generic/tinyml_double_math.h has the same formulas.
 */
import { portableExp, portableLog } from './portable-math.ts';

/** exp(x). */
function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  return x > 0 ? 1 / portableExp(-x) : portableExp(x);
}

/** log(1 + x) for -1 < x < Infinity, exact where x is tiny. */
function log1p(x: number): number {
  if (x > 0.25) return portableLog(1 + x);
  if (x < -0.25) return -portableLog(1 / (1 + x));
  // 2 atanh(t).
  const t = x / (2 + x);
  const square = t * t;
  let sum = 0;
  for (let n = 23; n >= 1; n -= 2) sum = 1 / n + square * sum;
  return 2 * t * sum;
}

/** log(x) for finite x > 0, exact near 1. */
function log(x: number): number {
  if (x > 0.75 && x < 1.25) return log1p(x - 1);
  return x > 1 ? portableLog(x) : -portableLog(1 / x);
}

/** x^y, with the special cases of IEEE 754. */
export function portablePow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const size = Math.abs(x);
  if (y === Infinity || y === -Infinity) {
    if (size === 1) return 1;
    return size > 1 === y > 0 ? Infinity : 0;
  }
  const isWhole = Math.floor(y) === y;
  const isOdd = isWhole && y * 0.5 !== Math.floor(y * 0.5);
  if (x < 0 && !isWhole && size !== Infinity) return Number.NaN;
  const power = powerOf(size, y);
  return isOdd && (x < 0 || Object.is(x, -0)) ? -power : power;
}

/** For x >= 0 and finite y. */
function powerOf(x: number, y: number): number {
  if (x === 0) return y > 0 ? 0 : Infinity;
  if (x === Infinity) return y > 0 ? Infinity : 0;
  return exp(y * log(x));
}

/** 2/pi as 24 bits after 24 bits. */
const TWO_OVER_PI = [
  0xa2f983, 0x6e4e44, 0x1529fc, 0x2757d1, 0xf534dd, 0xc0db62, 0x95993c, 0x439041, 0xfe5163, 0xabdebb,
] as const;

/** x = k pi/2 + r, |r| <= pi/4: k modulo 4, and r. */
function quarterTurns(x: number): readonly [turns: number, rest: number] {
  if (Math.abs(x) < 0.5) return [0, x];
  // x = m 2^e, m an integer below 2^24 in size.
  let [m, e] = [x, 0];
  for (; Math.abs(m) >= 2 ** 24; m *= 0.5) e++;
  for (; m !== Math.floor(m); m *= 2) e--;
  // Of each product of m with 24 bits of 2/pi, which is exact, what is below four quarter turns.
  let turns = 0;
  let sum = 0;
  let added = 0;
  for (let i = 0; i < TWO_OVER_PI.length && added < 4; i++) {
    let unit = 1;
    const power = e - 24 * (i + 1);
    if (power >= 2) continue;
    for (let n = power; n < 0; n++) unit *= 0.5;
    for (let n = 0; n < power; n++) unit *= 2;
    const part = m * TWO_OVER_PI[i]! * unit;
    const below = part - 4 * Math.floor(part * 0.25);
    sum += below;
    const whole = Math.floor(sum + 0.5);
    turns += whole;
    sum -= whole;
    added++;
  }
  return [turns - 4 * Math.floor(turns * 0.25), sum * 1.5707963267948966];
}

/** sin(r) and cos(r) for |r| <= pi/4: Taylor series by Horner's rule. */
function sinOf(r: number): number {
  const square = r * r;
  let sum = 1;
  for (let n = 16; n >= 2; n -= 2) sum = 1 - (square * sum) / (n * (n + 1));
  return r * sum;
}

function cosOf(r: number): number {
  const square = r * r;
  let sum = 1;
  for (let n = 17; n >= 1; n -= 2) sum = 1 - (square * sum) / (n * (n + 1));
  return sum;
}

export function portableSin(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const [turns, rest] = quarterTurns(x);
  const value = turns % 2 === 0 ? sinOf(rest) : cosOf(rest);
  return turns >= 2 ? -value : value;
}

export function portableCos(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const [turns, rest] = quarterTurns(x);
  const value = turns % 2 === 0 ? cosOf(rest) : sinOf(rest);
  return turns === 1 || turns === 2 ? -value : value;
}

export function portableTan(x: number): number {
  if (!Number.isFinite(x)) return Number.NaN;
  const [turns, rest] = quarterTurns(x);
  return turns % 2 === 0 ? sinOf(rest) / cosOf(rest) : -cosOf(rest) / sinOf(rest);
}

/** Half the angle twice, then the series of the arc tangent. */
export function portableAtan(x: number): number {
  const size = Math.abs(x);
  const isSteep = size > 1;
  let t = isSteep ? 1 / size : size;
  t = t / (1 + Math.sqrt(1 + t * t));
  t = t / (1 + Math.sqrt(1 + t * t));
  const square = t * t;
  let sum = 0;
  for (let n = 25; n >= 1; n -= 2) sum = 1 / n - square * sum;
  const angle = 4 * t * sum;
  const value = isSteep ? 1.5707963267948966 - angle : angle;
  return x < 0 || Object.is(x, -0) ? -value : value;
}

export function portableAsin(x: number): number {
  return portableAtan(x / Math.sqrt((1 - x) * (1 + x)));
}

export function portableAcos(x: number): number {
  return 2 * portableAtan(Math.sqrt((1 - x) / (1 + x)));
}

export function portableSinh(x: number): number {
  const size = Math.abs(x);
  if (size < 1) {
    const square = x * x;
    let sum = 1;
    for (let n = 14; n >= 2; n -= 2) sum = 1 + (square * sum) / (n * (n + 1));
    return x * sum;
  }
  const value = (exp(size) - exp(-size)) * 0.5;
  return x < 0 ? -value : value;
}

export function portableCosh(x: number): number {
  const size = Math.abs(x);
  return (exp(size) + exp(-size)) * 0.5;
}

export function portableAsinh(x: number): number {
  const size = Math.abs(x);
  if (!(size < Infinity)) return x;
  const value = log1p(size + (size * size) / (1 + Math.sqrt(1 + size * size)));
  return x < 0 || Object.is(x, -0) ? -value : value;
}

export function portableAcosh(x: number): number {
  if (!(x >= 1)) return Number.NaN;
  if (x === Infinity) return x;
  return log1p(x - 1 + Math.sqrt((x - 1) * (x + 1)));
}

export function portableAtanh(x: number): number {
  const size = Math.abs(x);
  if (!(size <= 1)) return Number.NaN;
  const value = size === 1 ? Infinity : 0.5 * log1p((2 * size) / (1 - size));
  return x < 0 || Object.is(x, -0) ? -value : value;
}
