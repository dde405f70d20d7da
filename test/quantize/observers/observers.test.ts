import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ASYMMETRIC_INT8,
  type CodeRange,
  rangeParameters,
  SYMMETRIC_INT8,
} from '../../../src/quantize/affine.ts';
import { binWidth, createHistogram, type Range } from '../../../src/quantize/observers/histogram.ts';
import { type ObserverKind, observedRange } from '../../../src/quantize/observers/index.ts';
import { histogramOf, normalNumbers, relu } from './distributions.ts';

const OBSERVERS: readonly ObserverKind[] = [
  { kind: 'min-max' },
  { kind: 'percentile', percentile: 99.99 },
  { kind: 'entropy' },
  { kind: 'mse' },
];

/** Mean squared error of quantising the values themselves. */
function quantizationError(values: Float32Array, range: Range, codes: CodeRange): number {
  const { scale, zeroPoint } = rangeParameters(range, codes);
  let sum = 0;
  for (const value of values) {
    const code = Math.min(Math.max(Math.round(value / scale) + zeroPoint, codes.min), codes.max);
    sum += ((code - zeroPoint) * scale - value) ** 2;
  }
  return sum / values.length;
}

test('min-max gives the exact extent', () => {
  const values = normalNumbers(5000, 1);
  const range = observedRange(histogramOf(values), { kind: 'min-max' }, ASYMMETRIC_INT8);
  assert.deepEqual(range, { min: Math.min(...values), max: Math.max(...values) });
});

test('percentiles are those of the sorted values, within one bin', () => {
  const values = normalNumbers(20_000, 2, 3);
  const sorted = [...values].sort((a, b) => a - b);
  const histogram = histogramOf(values.subarray(0, 7000), values.subarray(7000));
  for (const percentile of [90, 99, 99.9, 99.99]) {
    const range = observedRange(histogram, { kind: 'percentile', percentile }, ASYMMETRIC_INT8);
    const tail = ((100 - percentile) / 100) * values.length;
    const bin = binWidth(histogram);
    // A percentile lies between two neighbours of the sorted values: any number between them is right.
    const isBetween = (value: number, rank: number): boolean =>
      value >= sorted[Math.round(rank) - 1]! - bin && value <= sorted[Math.round(rank)]! + bin;
    assert.ok(isBetween(range.min, tail), `${percentile}: min ${range.min}, bin ${bin}`);
    assert.ok(isBetween(range.max, values.length - tail), `${percentile}: max ${range.max}, bin ${bin}`);
  }
});

test('the 100th percentile is min-max', () => {
  const histogram = histogramOf(normalNumbers(1000, 3));
  const range = observedRange(histogram, { kind: 'percentile', percentile: 100 }, ASYMMETRIC_INT8);
  assert.ok(Math.abs(range.max - histogram.max) <= binWidth(histogram), `${range.max} of ${histogram.max}`);
  assert.ok(Math.abs(range.min - histogram.min) <= binWidth(histogram), `${range.min} of ${histogram.min}`);
});

test('entropy clips a lone outlier and keeps a bounded distribution whole', () => {
  const bulk = relu(normalNumbers(50_000, 4));
  const bulkMax = Math.max(...bulk);
  const clipped = observedRange(histogramOf(bulk, Float32Array.of(50)), { kind: 'entropy' }, ASYMMETRIC_INT8);
  assert.ok(clipped.max < 1.5 * bulkMax, `an outlier at 50 stretches the range to ${clipped.max}`);
  assert.ok(clipped.max > 0.5 * bulkMax, `the bulk reaches ${bulkMax}, the range only ${clipped.max}`);

  const uniform = Float32Array.from({ length: 50_000 }, (_, i) => (i % 5000) / 5000);
  const whole = observedRange(histogramOf(uniform), { kind: 'entropy' }, ASYMMETRIC_INT8);
  assert.ok(whole.max > 0.97, `a uniform distribution to 1 is cut at ${whole.max}`);
});

test('entropy clips both signs at one magnitude', () => {
  const values = normalNumbers(50_000, 5);
  const range = observedRange(
    histogramOf(values, Float32Array.of(-60, 60)),
    { kind: 'entropy' },
    ASYMMETRIC_INT8,
  );
  assert.ok(range.max < 10 && range.max > 2, `${range.max}`);
  assert.equal(range.min, -range.max);
});

test('mse comes within 1 % of the least error over all ranges', () => {
  const inputs = [
    { values: normalNumbers(4000, 6), codes: ASYMMETRIC_INT8 },
    { values: relu(normalNumbers(4000, 7)).map((x) => x ** 3), codes: ASYMMETRIC_INT8 },
    { values: normalNumbers(4000, 8).map((x) => x ** 3 + 5), codes: ASYMMETRIC_INT8 },
    { values: normalNumbers(4000, 9).map((x) => x ** 3), codes: SYMMETRIC_INT8 },
  ];
  for (const { values, codes } of inputs) {
    const histogram = histogramOf(values);
    const found = quantizationError(values, observedRange(histogram, { kind: 'mse' }, codes), codes);
    let least = Number.POSITIVE_INFINITY;
    const [min, max] = [Math.min(histogram.min, 0), Math.max(histogram.max, 0)];
    for (let low = 1; low <= (min < 0 ? 40 : 1); low++) {
      for (let high = 1; high <= 40; high++) {
        const range = { min: (min * low) / 40, max: (max * high) / 40 };
        least = Math.min(least, quantizationError(values, range, codes));
      }
    }
    assert.ok(found <= 1.01 * least, `${found} where ${least} is possible`);
    const whole = quantizationError(values, { min, max }, codes);
    assert.ok(found <= whole, `${found} is worse than the whole extent (${whole})`);
  }
});

test('no observer goes beyond what was seen, and nothing seen gives [0, 0]', () => {
  const histogram = histogramOf(normalNumbers(2000, 10), Float32Array.of(9));
  for (const observer of OBSERVERS) {
    const { min, max } = observedRange(histogram, observer, ASYMMETRIC_INT8);
    assert.ok(min >= histogram.min && max <= histogram.max, `${observer.kind}: [${min}, ${max}]`);
    for (const empty of [createHistogram(), histogramOf(new Float32Array(10))]) {
      assert.deepEqual(observedRange(empty, observer, ASYMMETRIC_INT8), { min: 0, max: 0 }, observer.kind);
    }
  }
});
