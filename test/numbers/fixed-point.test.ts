import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantizeMultiplier, requantize, roundingHighMultiply } from '../../src/numbers/fixed-point.ts';

const EDGES = [
  0, 1, -1, 2, -2, 3, 0x7fff, -0x8000, 0xffff, 0x10000, -0x10000, 0x3fffffff, 0x40000000, -0x40000000,
  0x7ffffffe, 0x7fffffff, -0x7fffffff, -0x80000000,
];

/** int32 values, dense near the edges and spread over all magnitudes. */
function* integers(count: number): Generator<number> {
  yield* EDGES;
  let state = 12345;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    yield state >> (i % 32);
  }
}

/** The definition in 64-bit integers: gemmlowp's doubling high multiply and rounding divide by a power of two. */
function requantizeBigInt(x: number, multiplier: number, shift: number): number {
  const shifted = BigInt.asIntN(32, BigInt(x) << BigInt(Math.max(shift, 0)));
  const product = shifted * BigInt(multiplier);
  const nudge = product >= 0n ? 1n << 30n : 1n - (1n << 30n);
  const high = (product + nudge) / (1n << 31n);
  const right = BigInt(Math.max(-shift, 0));
  const half = right === 0n ? 0n : 1n << (right - 1n);
  const magnitude = high < 0n ? -high : high;
  const rounded = (magnitude + half) >> right;
  return Number(high < 0n ? -rounded : rounded);
}

test('requantise equals the 64-bit definition for every magnitude, multiplier and shift', () => {
  const multipliers = [0, 2 ** 30, 2 ** 30 + 1, 1518500250, 2 ** 31 - 2, 2 ** 31 - 1];
  for (const multiplier of multipliers) {
    for (let shift = -31; shift <= 30; shift++) {
      for (const x of integers(150)) {
        assert.equal(
          requantize(x, multiplier, shift),
          requantizeBigInt(x, multiplier, shift),
          `x ${x} multiplier ${multiplier} shift ${shift}`,
        );
      }
    }
  }
});

test('roundingHighMultiply is exact for random pairs', () => {
  const pairs = [...integers(4000)];
  for (let i = 1; i < pairs.length; i++) {
    const x = pairs[i]!;
    const y = pairs[i - 1]! & 0x7fffffff;
    const exact = Number((BigInt(x) * BigInt(y) + (1n << 30n)) >> 31n);
    assert.equal(roundingHighMultiply(x, y), exact, `${x} * ${y}`);
  }
});

test('quantizeMultiplier gives the fraction in [0.5, 1) as Q31 and the exponent', () => {
  assert.deepEqual(quantizeMultiplier(1), { multiplier: 2 ** 30, shift: 1 });
  assert.deepEqual(quantizeMultiplier(0.5), { multiplier: 2 ** 30, shift: 0 });
  assert.deepEqual(quantizeMultiplier(0.75), { multiplier: 3 * 2 ** 29, shift: 0 });
  assert.deepEqual(quantizeMultiplier(2 ** -31), { multiplier: 2 ** 30, shift: -30 });
  assert.deepEqual(quantizeMultiplier(0), { multiplier: 0, shift: 0 });
  assert.deepEqual(quantizeMultiplier(2 ** -40), { multiplier: 0, shift: 0 });
  // Just below a power of two: the fraction rounds up to 2^31 and must be renormalised.
  assert.deepEqual(quantizeMultiplier(1 - 2 ** -40), { multiplier: 2 ** 30, shift: 1 });
  let real = 2 ** -31;
  while (real < 2 ** 29) {
    const { multiplier, shift } = quantizeMultiplier(real);
    assert.ok(multiplier >= 2 ** 30 && multiplier < 2 ** 31, `multiplier ${multiplier} of ${real}`);
    const relative = Math.abs((multiplier * 2 ** (shift - 31)) / real - 1);
    assert.ok(relative <= 2 ** -31, `relative error ${relative} of ${real}`);
    real *= 1.37;
  }
});

test('quantizeMultiplier refuses what has no fixed-point form', () => {
  for (const real of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 30]) {
    assert.throws(() => quantizeMultiplier(real), { code: 'E_QUANT' }, `${real}`);
  }
});
