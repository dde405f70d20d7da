import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addHistogram,
  BINS,
  binStart,
  binWidth,
  createHistogram,
  observe,
} from '../../../src/quantize/observers/histogram.ts';
import { histogramOf, normalNumbers, reductions } from './distributions.ts';

test('every value lies in the bin that covers it, however the range grew', () => {
  const batches = [1e-3, 0.5, 40, 7].map((scale, seed) => normalNumbers(500, seed, scale));
  const histogram = histogramOf(...batches);
  const all = batches.flatMap((batch) => [...batch]);
  const expected = new Float64Array(BINS);
  for (const value of all) expected[Math.floor(value / binWidth(histogram)) + BINS / 2]!++;
  assert.deepEqual(histogram.counts, expected);
  assert.equal(histogram.total, all.length);
  assert.equal(histogram.min, Math.min(...all), 'the minimum is exact');
  assert.equal(histogram.max, Math.max(...all), 'the maximum is exact');
});

test('the limit is a power of two above every magnitude, at most four times the largest', () => {
  for (const largest of [1e-30, 0.4, 1, 255, 3e38]) {
    const histogram = histogramOf(Float32Array.of(0, largest / 3), Float32Array.of(-largest));
    assert.ok(Number.isInteger(Math.log2(histogram.limit)), `limit ${histogram.limit}`);
    assert.ok(histogram.limit > largest * (1 - 1e-6), `limit ${histogram.limit} for ${largest}`);
    assert.ok(
      binWidth(histogram) <= largest * 2 ** -11 * (1 + 1e-6),
      'a bin is at most 2^-11 of the largest',
    );
  }
});

test('histograms add up to that of all values, in any order', () => {
  const zeros = new Float32Array(7);
  const subnormal = Float32Array.of(-1.4e-45, 3e-40, 0);
  const parts = [
    normalNumbers(300, 1, 1e-3),
    zeros,
    normalNumbers(200, 2, 1e6),
    subnormal,
    normalNumbers(99, 3),
  ];
  const whole = histogramOf(...parts);
  const sum = createHistogram();
  for (const part of parts.toReversed()) addHistogram(sum, histogramOf(part));
  assert.deepEqual(sum, whole);
  addHistogram(sum, createHistogram());
  assert.deepEqual(sum, whole, 'nothing adds nothing');
});

test('memory does not grow with the data', () => {
  const histogram = createHistogram();
  const { counts } = histogram;
  for (let i = 0; i < 200; i++) observe(histogram, normalNumbers(100, i, 1 + i), 'x', reductions);
  assert.equal(histogram.counts, counts, 'the same bins');
  assert.deepEqual(Object.keys(histogram).sort(), ['counts', 'limit', 'max', 'min', 'octaves', 'total']);
  assert.equal(counts.length, BINS);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    20_000,
    'no value is lost',
  );
});

test('zeros are counted at zero before and after other values', () => {
  const histogram = histogramOf(new Float32Array(10), Float32Array.of(3, 0, -0));
  assert.equal(histogram.counts[BINS / 2], 12);
  assert.equal(binStart(histogram, BINS / 2), 0);
});

test('NaN and infinity are refused with the name of the tensor, and nothing is added', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const histogram = histogramOf(Float32Array.of(1, 2));
    assert.throws(() => observe(histogram, Float32Array.of(0, 5, bad), 'conv1_out', reductions), {
      code: 'E_NOT_FINITE',
      message: `an activation is ${bad} (element 2)`,
      at: ['tensor "conv1_out"'],
    });
    assert.deepEqual([histogram.total, histogram.max], [2, 2]);
  }
});
