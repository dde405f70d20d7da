import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fusedMultiplyAdd } from '../../src/numbers/fused-multiply-add.ts';
import { seededRandom } from '../../src/numbers/random.ts';

/** a * b + c of finite float32 numbers in exact integers, rounded once to float32, ties to even. */
function exact(a: number, b: number, c: number): number {
  const UNIT = 298; // every float32 is a multiple of 2^-149, every product of 2^-298
  const integer = (value: number, exponent: number): bigint => {
    const scaled = value * 2 ** 149;
    return BigInt(scaled) << BigInt(exponent - 149);
  };
  const sum = integer(a, 149) * integer(b, 149) + integer(c, UNIT);
  if (sum === 0n) return a * b + c; // no rounding: only the sign of zero
  const magnitude = sum < 0n ? -sum : sum;
  const bits = magnitude.toString(2).length;
  // The last place of the result: 24 bits, but never below 2^-149.
  const drop = BigInt(Math.max(bits - 24, UNIT - 149));
  const half = drop > 0n ? 1n << (drop - 1n) : 0n;
  let kept = magnitude >> drop;
  const rest = magnitude - (kept << drop);
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++;
  const exponent = Number(drop) - UNIT;
  // Two factors, so that neither is beyond float64.
  const value = Number(kept) * 2 ** Math.trunc(exponent / 2) * 2 ** (exponent - Math.trunc(exponent / 2));
  return Math.fround(sum < 0n ? -value : value);
}

function assertFused(a: number, b: number, c: number): void {
  const [want, got] = [exact(a, b, c), fusedMultiplyAdd(a, b, c)];
  assert.ok(Object.is(got, want), `fusedMultiplyAdd(${a}, ${b}, ${c}) is ${got}, not ${want}`);
}

test('the exact sum is rounded once where rounding it twice goes wrong', () => {
  const HALF_STEP = 2 ** -24;
  const cases = [
    // 1 + half a step + a little: float64 drops the little, and a tie goes to even.
    [1 + 2 ** -23, HALF_STEP, 1],
    [2 ** -90, 1, 1 + 2 ** -23],
    [2 ** -60, 2 ** -60, HALF_STEP],
    [1 + 2 ** -12, 1 + 2 ** -12, 2 ** -25],
    [2 ** -75, 2 ** -75, 2 ** -126],
    [3 * 2 ** -75, 2 ** -75, -(2 ** -149)],
    [2 ** -149, 2 ** -149, 2 ** -149],
  ] as const;
  for (const [a, b, c] of cases) {
    for (const sign of [1, -1]) {
      assertFused(sign * a, b, c);
      assertFused(sign * a, b, -c);
    }
  }
  let wrong = 0;
  const random = seededRandom(3);
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let i = 0; i < 30_000; i++) {
    // a * b is half a step of c and a little more or less: 24 bits times 2, of which the last is far away.
    const c = Math.fround(1 + random());
    const k = Math.floor(random() * 20) + 1;
    const [a, b] = [1 + 2 ** -k, Math.fround((1 - 2 ** -k) * HALF_STEP)];
    const offset = Math.floor(random() * 3) - 1;
    float[0] = b;
    bits[0] = bits[0]! + offset;
    assertFused(a, float[0], c);
    assertFused(-a, float[0], c);
    const tie = (random() < 0.5 ? 1 : -1) * HALF_STEP;
    const crumb = Math.fround(random() * 2 ** -80);
    assertFused(crumb, 1, Math.fround(c));
    const [p, q] = [Math.fround(c), Math.fround(tie * (1 + 2 ** -23))];
    assertFused(p, q, c);
    if (Math.fround(p * q + c) !== fusedMultiplyAdd(p, q, c)) wrong++;
    if (Math.fround(a * float[0] + c) !== fusedMultiplyAdd(a, float[0], c)) wrong++;
  }
  assert.ok(wrong > 100, `only ${wrong} cases tell one rounding from two`);
});

test('random numbers of all magnitudes, subnormal ones included', () => {
  const random = seededRandom(5);
  const number = () => {
    const exponent = Math.floor(random() * 276) - 149;
    return Math.fround((random() < 0.5 ? -1 : 1) * (1 + random()) * 2 ** exponent);
  };
  for (let i = 0; i < 30_000; i++) {
    const [a, b] = [number(), number()];
    // Of about the size of the product, so that both count.
    const near = Math.fround(a * b * (random() * 4 - 2));
    assertFused(a, b, Number.isFinite(near) && random() < 0.7 ? near : number());
  }
});

test('zeros, infinities and NaN are those of IEEE 754', () => {
  const special = [0, -0, 1, -1, 3.4e38, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN].map(
    Math.fround,
  );
  for (const a of special) {
    for (const b of special) {
      for (const c of special) {
        const finite = Number.isFinite(a) && Number.isFinite(b) && Number.isFinite(c);
        const want = finite ? exact(a, b, c) : a * b + c;
        const got = fusedMultiplyAdd(a, b, c);
        assert.ok(Object.is(got, want), `fusedMultiplyAdd(${a}, ${b}, ${c}) is ${got}, not ${want}`);
      }
    }
  }
});
