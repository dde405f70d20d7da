import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  equivalenceP,
  mean,
  meanInterval,
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

test('an interval of a mean', () => {
  const values = [5.1, 4.9, 5.6, 4.7, 5.2];
  near(mean(values), 5.1);
  near(standardDeviation(values), Math.sqrt(0.46 / 4));
  const { n, low, high } = meanInterval(values, 0.95);
  assert.equal(n, 5);
  near(high, 5.1 + (2.7764451051977987 * Math.sqrt(0.115)) / Math.sqrt(5));
  near(low, 5.1 - (2.7764451051977987 * Math.sqrt(0.115)) / Math.sqrt(5));
  assert.deepEqual(meanInterval([3], 0.95), { n: 1, mean: 3, deviation: null, low: null, high: null });
});

test('equivalence by two one-sided tests agrees with the 90 % interval', () => {
  const values = [0.1, -0.2, 0.3, 0.05, 0.15];
  const interval = meanInterval(values, 0.95);
  const { low, high } = meanInterval(values, 0.9);
  const edge = Math.max(Math.abs(low!), Math.abs(high!));
  near(equivalenceP(interval, edge), 0.05, 1e-9);
  assert.ok(equivalenceP(interval, edge * 1.1)! < 0.05);
  assert.ok(equivalenceP(interval, edge * 0.9)! > 0.05);
  assert.equal(equivalenceP(meanInterval([0.1, 0.1], 0.95), 0.5), 0);
  assert.equal(equivalenceP(meanInterval([0.6, 0.6], 0.95), 0.5), 1);
  assert.equal(equivalenceP(meanInterval([0.1], 0.95), 0.5), null);
});
