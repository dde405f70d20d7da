/** One value far from all others must not take the resolution from them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ASYMMETRIC_INT8, rangeParameters } from '../../../src/quantize/affine.ts';
import { addHistogram, createHistogram } from '../../../src/quantize/observers/histogram.ts';
import { type ObserverKind, observedRange } from '../../../src/quantize/observers/index.ts';
import { histogramOf, normalNumbers, relu } from './distributions.ts';

const SPIKES = [100, 1e3, 1e4, 1e5, 1e6, 1e9, 1e30, 3e38];
const DEFAULT: ObserverKind = { kind: 'percentile', percentile: 99.98 };

test('a spike among 24,576 values does not move the scale of the default observer', () => {
  for (const bulk of [
    normalNumbers(24_575, 1),
    relu(normalNumbers(24_575, 2)),
    normalNumbers(24_575, 3, 1e-3),
  ]) {
    const sorted = [...bulk].sort((a, b) => a - b);
    const tail = 2e-4 * (bulk.length + 1);
    // Rank by rank: a percentile lies between two neighbours of the sorted values.
    const low = [sorted[Math.floor(tail) - 1]!, sorted[Math.ceil(tail)]!] as const;
    for (const spike of SPIKES) {
      for (const sign of [1, -1]) {
        const values = bulk.map((value) => sign * value);
        const histogram = histogramOf(
          values.subarray(0, 5000),
          Float32Array.of(sign * spike),
          values.subarray(5000),
        );
        const { min, max } = observedRange(histogram, DEFAULT, ASYMMETRIC_INT8);
        const [near, far] = sign > 0 ? [min, max] : [-max, -min];
        const top = [sorted.at(-Math.ceil(tail))!, sorted.at(-Math.floor(tail) + 1)!] as const;
        assert.ok(far >= top[0] * 0.96 && far <= top[1] * 1.04, `spike ${sign * spike}: ${far}, not ${top}`);
        const slack = 0.04 * Math.abs(low[0]) + 1e-6;
        assert.ok(
          near >= low[0] - slack && near <= low[1] + slack,
          `spike ${sign * spike}: ${near}, not ${low}`,
        );
      }
    }
  }
});

test('the entropy observer sees the distribution behind a spike', () => {
  const bulk = normalNumbers(24_575, 4);
  const alone = observedRange(histogramOf(bulk), { kind: 'entropy' }, ASYMMETRIC_INT8);
  const width = rangeParameters(alone, ASYMMETRIC_INT8).scale;
  for (const spike of SPIKES.slice(1)) {
    const range = observedRange(
      histogramOf(bulk, Float32Array.of(spike)),
      { kind: 'entropy' },
      ASYMMETRIC_INT8,
    );
    const { scale } = rangeParameters(range, ASYMMETRIC_INT8);
    assert.ok(scale > width / 2 && scale < width * 2, `spike ${spike}: scale ${scale}, without it ${width}`);
  }
});

test('what hides behind a spike does not depend on the order of the samples', () => {
  const parts = [
    normalNumbers(999, 5),
    Float32Array.of(1e12),
    normalNumbers(999, 6, 10),
    Float32Array.of(-1e20),
  ];
  const whole = histogramOf(...parts);
  const sum = createHistogram();
  for (const part of parts.toReversed()) addHistogram(sum, histogramOf(part));
  assert.deepEqual(sum, whole);
  assert.equal(
    whole.octaves.reduce((total, count) => total + count, 0),
    2000,
    'no value is lost',
  );
});
