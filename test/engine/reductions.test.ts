/** Native reductions give the bits of those in TypeScript. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OCTAVE_BINS, octaveStart, reductionsOf } from '../../src/engine/reductions.ts';
import type { Reductions } from '../../src/engine/types.ts';
import { randomNumbers } from '../passes/helpers.ts';
import { nativeKernels } from './programs.ts';

const kernels = nativeKernels();
const skip = typeof kernels === 'string' ? kernels : false;
const typescript = reductionsOf({ kind: 'typescript', reason: 'the test' });
const both = (): readonly Reductions[] =>
  typeof kernels === 'string' ? [typescript] : [typescript, reductionsOf(kernels)];

/** Lengths around those at which the native code changes its ways. */
const LENGTHS = [1, 2, 31, 32, 33, 511, 512, 513, 1000, 32767, 32768, 40003];

function numbers(length: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length }, (_, i) => {
    const scale = i % 7 === 0 ? 1e-42 : i % 5 === 0 ? 0 : i % 3 === 0 ? 100 : 1;
    return scale * random();
  });
}

test('extents: ends, and whether all is finite, wherever the odd one stands', { skip }, () => {
  for (const length of LENGTHS) {
    const values = numbers(length, length);
    const sorted = values.toSorted();
    for (const { extent } of both()) {
      const ends = new Float32Array(2);
      assert.equal(extent(values, ends), true);
      assert.deepEqual([...ends], [sorted[0]! + 0, sorted.at(-1)! + 0], `${length} values`);
      for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        for (const at of [0, length >> 1, length - 1]) {
          assert.equal(extent(values.with(at, odd), ends), false, `${odd} at ${at} of ${length}`);
        }
      }
    }
  }
  for (const { extent } of both()) {
    const ends = new Float32Array(2);
    for (const zeros of [[0, -0], [-0, 0], [-0]]) {
      assert.equal(extent(Float32Array.from(zeros), ends), true);
      assert.deepEqual(ends, Float32Array.of(0, 0), `zeros ${zeros}`);
    }
  }
});

test('bins: every value in the one that it lies in, those beyond in the outermost', { skip }, () => {
  for (const length of LENGTHS) {
    for (const [bins, perUnit] of [
      [8192, 32],
      [8192, 2 ** -20],
      [64, 2 ** 10],
      [2, 1],
    ] as const) {
      const values = numbers(length, length + bins);
      const want = new Float64Array(bins).fill(3);
      for (const value of values) {
        const bin = Math.floor(value * perUnit) + bins / 2;
        want[Math.min(Math.max(bin, 0), bins - 1)]!++;
      }
      for (const { countBins } of both()) {
        const counts = new Float64Array(bins).fill(3);
        countBins(values, perUnit, counts);
        assert.deepEqual(counts, want, `${length} values, ${bins} bins, ${perUnit} a unit`);
      }
    }
  }
});

test('octaves: every value in the bin of its sign and magnitude', { skip }, () => {
  const half = OCTAVE_BINS / 2;
  for (const length of LENGTHS) {
    const values = numbers(length, length);
    const [want, got] = both().map(({ countOctaves }) => {
      const counts = new Float64Array(OCTAVE_BINS).fill(3);
      countOctaves(values, counts);
      return counts;
    });
    assert.deepEqual(got, want, `${length} values`);
    for (const value of values.subarray(0, 40)) {
      const single = new Float64Array(OCTAVE_BINS);
      typescript.countOctaves(Float32Array.of(value), single);
      const bin = single.indexOf(1);
      assert.equal(bin >= half, value < 0 || Object.is(value, -0), `sign of ${value}`);
      const magnitude = Math.abs(value);
      assert.ok(
        octaveStart(bin) <= magnitude && magnitude < octaveStart((bin % half) + 1),
        `bin of ${value}`,
      );
    }
  }
});

test('errors of codes: the same sums', { skip }, () => {
  for (const length of LENGTHS) {
    const values = numbers(length, length);
    const codes = Int8Array.from(values, (value) => Math.max(-128, Math.min(127, Math.round(value * 2) + 5)));
    const [want, got] = both().map(({ compareCodes }) => {
      const sums = Float64Array.of(1, 2, 3);
      compareCodes(values, codes, 0.5, 5, -66.75, 61.25, sums);
      return sums;
    });
    assert.deepEqual(got, want, `${length} values`);
    const noise = values.reduce((sum, value, i) => sum + (value - (codes[i]! - 5) * 0.5) ** 2, 2);
    const beyond = values.filter((value) => value < -66.75 || value > 61.25).length;
    assert.ok(Math.abs(want![1]! - noise) <= 1e-12 * noise, `noise of ${length} values`);
    assert.equal(want![2], beyond + 3, `${length} values`);
  }
});

test('values in shared memory are taken, too', { skip }, () => {
  const shared = new Float32Array(new SharedArrayBuffer(8));
  shared.set([3, -4]);
  for (const { extent } of both()) {
    const ends = new Float32Array(2);
    assert.equal(extent(shared, ends), true);
    assert.deepEqual([...ends], [-4, 3]);
  }
});
