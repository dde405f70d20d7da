import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  equivalenceP,
  mean,
  meanInterval,
  roundingDeviation,
  standardDeviation,
  tCdf,
  tQuantile,
} from '../../../src/train/ablation/statistics.ts';

const near = (actual: number | null, expected: number, within = 1e-9): void =>
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= within,
    `${actual} is not ${expected} within ${within}`,
  );

test('quantiles of t are those of the tables', () => {
  // Tables of Student's distribution, to the digits that they print.
  const known: readonly (readonly [probability: number, df: number, t: number])[] = [
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 3, 3.182],
    [0.975, 4, 2.776],
    [0.975, 5, 2.571],
    [0.975, 9, 2.262],
    [0.975, 10, 2.228],
    [0.975, 30, 2.042],
    [0.975, 100, 1.984],
    [0.95, 4, 2.132],
    [0.95, 19, 1.729],
    [0.995, 4, 4.604],
    [0.9995, 7, 5.408],
    [0.75, 6, 0.718],
  ];
  for (const [probability, df, t] of known) near(tQuantile(probability, df), t, 0.0005);
});

test('t of one and of two degrees of freedom has closed forms', () => {
  for (const p of [0.6, 0.9, 0.975, 0.999]) {
    const cauchy = Math.tan(Math.PI * (p - 0.5));
    near(tQuantile(p, 1), cauchy, 1e-9 * cauchy);
    const two = (2 * p - 1) / Math.sqrt(2 * p * (1 - p));
    near(tQuantile(p, 2), two, 1e-9 * two);
    near(tQuantile(1 - p, 2), -two, 1e-9 * two);
  }
  near(tCdf(1, 1), 0.75);
  near(tCdf(-1, 1), 0.25);
  near(tCdf(0, 5), 0.5);
});

test('t of many degrees of freedom is nearly normal', () => {
  near(tQuantile(0.975, 100_000), 1.959963985, 5e-5);
  near(tCdf(1.6448536269514722, 1_000_001), 0.95, 1e-6);
});

test('the distribution is the integral of its density', () => {
  for (const df of [1, 2, 3, 4, 7, 8, 15]) {
    // Simpson's rule on (1 + x^2 / df)^(-(df + 1) / 2), normalised by its values on both sides of the median.
    const density = (x: number) => (1 + (x * x) / df) ** (-(df + 1) / 2);
    const integral = (to: number, parts: number): number => {
      const width = to / parts;
      let sum = density(0) + density(to);
      for (let i = 1; i < parts; i++) sum += (i % 2 === 1 ? 4 : 2) * density(i * width);
      return (sum * width) / 3;
    };
    const ratio = integral(0.7, 2000) / integral(2.1, 2000);
    near((tCdf(0.7, df) - 0.5) / (tCdf(2.1, df) - 0.5), ratio, 1e-10);
  }
});

/** Values that may be anything. */
const FREE = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };

test('an interval of a mean', () => {
  const values = [5.1, 4.9, 5.6, 4.7, 5.2];
  near(mean(values), 5.1);
  near(standardDeviation(values), Math.sqrt(0.46 / 4));
  const { n, low, high } = meanInterval(values, 0.95, FREE);
  assert.equal(n, 5);
  near(high, 5.1 + (2.7764451051977987 * Math.sqrt(0.115)) / Math.sqrt(5));
  near(low, 5.1 - (2.7764451051977987 * Math.sqrt(0.115)) / Math.sqrt(5));
});

test('an interval ends where a mean can be', () => {
  // Mean 8, deviation sqrt(109); t of two degrees of freedom is 0.95 / sqrt(2 * 0.975 * 0.025): 8 -+ 25.935.
  const half = (0.95 / Math.sqrt(2 * 0.975 * 0.025)) * Math.sqrt(109 / 3);
  near(half, 25.935, 5e-4);
  const free = meanInterval([1, 3, 20], 0.95, FREE);
  near(free.low, 8 - half);
  near(free.high, 8 + half);
  const share = meanInterval([1, 3, 20], 0.95, { min: 0, max: 100 });
  assert.equal(share.low, 0);
  near(share.high, 8 + half);
  assert.equal(meanInterval([99, 97, 80], 0.95, { min: 0, max: 100 }).high, 100);
  assert.equal(meanInterval([-99, -97, -80], 0.95, { min: -100, max: 100 }).low, -100);
});

test('values without spread have no interval', () => {
  assert.deepEqual(meanInterval([3], 0.95, FREE), { n: 1, mean: 3, deviation: null, low: null, high: null });
  assert.deepEqual(meanInterval([2, 2, 2], 0.95, FREE), {
    n: 3,
    mean: 2,
    deviation: 0,
    low: null,
    high: null,
  });
  // The same two samples of 300 more, but for the arithmetic.
  const same = [100 * (0.82 - 0.8), 100 * (0.32 - 0.3), 100 * (0.02 - 0)];
  assert.ok(new Set(same).size > 1);
  assert.deepEqual([meanInterval(same, 0.95, FREE).low, meanInterval(same, 0.95, FREE).high], [null, null]);
});

test('equivalence by two one-sided tests agrees with the 90 % interval', () => {
  const values = [0.1, -0.2, 0.3, 0.05, 0.15];
  const interval = meanInterval(values, 0.95, FREE);
  const { low, high } = meanInterval(values, 0.9, FREE);
  const edge = Math.max(Math.abs(low!), Math.abs(high!));
  near(equivalenceP(interval, edge, 0), 0.05, 1e-9);
  assert.ok(equivalenceP(interval, edge * 1.1, 0)! < 0.05);
  assert.ok(equivalenceP(interval, edge * 0.9, 0)! > 0.05);
  assert.equal(equivalenceP(meanInterval([0.1], 0.95, FREE), 0.5, 0), null);
});

test('equal values are equivalent as surely as the test set tells them apart', () => {
  // Two seeds, 150 samples: rounding deviates by 100 / 150 / sqrt(12), a difference by sqrt(2) times that; one degree of
  // freedom has a closed form, 1/2 - atan(t) / pi, with t = 0.5 / (0.27217 / sqrt(2)) = 2.5981.
  near(roundingDeviation(150), 0.19245, 5e-6);
  const resolution = Math.sqrt(2) * roundingDeviation(150);
  const none = meanInterval([0, 0], 0.95, FREE);
  near(
    equivalenceP(none, 0.5, resolution),
    0.5 - Math.atan((0.5 * Math.sqrt(2)) / resolution) / Math.PI,
    1e-12,
  );
  near(equivalenceP(none, 0.5, resolution), 0.11695, 5e-6);
  // Three seeds, 10,000 samples, two degrees of freedom: 1/2 - t / (2 sqrt(t^2 + 2)), t = 0.5 * sqrt(3) / 0.0040825.
  const t = (0.5 * Math.sqrt(3)) / (Math.sqrt(2) * roundingDeviation(10_000));
  const fine = equivalenceP(
    meanInterval([0, 0, 0], 0.95, FREE),
    0.5,
    Math.sqrt(2) * roundingDeviation(10_000),
  );
  near(fine, 0.5 - t / (2 * Math.sqrt(t * t + 2)), 1e-9);
  assert.ok(fine! < 1e-4);
  // The spread of the values counts where it is larger.
  const wide = meanInterval([-1, 1], 0.95, FREE);
  assert.equal(equivalenceP(wide, 0.5, resolution), equivalenceP(wide, 0.5, 0));
});
