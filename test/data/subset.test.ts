import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseIndices, subsetOf } from '../../src/data/subset.ts';
import type { Dataset } from '../../src/data/types.ts';
import { collect } from './files.ts';

test('a choice is ascending, without repeats, in range, and the same for the same seed', () => {
  for (const [length, count] of [
    [10, 3],
    [1000, 999],
    [2 ** 31, 50],
  ] as const) {
    const chosen = chooseIndices(length, count, 7);
    assert.equal(chosen.length, count);
    assert.ok(
      chosen.every((one, i) => one >= 0 && one < length && (i === 0 || one > chosen[i - 1]!)),
      `not ascending within 0 .. ${length - 1}: ${chosen.slice(0, 20)}`,
    );
    assert.deepEqual(chooseIndices(length, count, 7), chosen);
    assert.notDeepEqual(chooseIndices(length, count, 8), chosen);
  }
  assert.deepEqual(chooseIndices(1000, 5, 0), [1, 148, 224, 266, 469]);
});

test('all indices where as many or more are asked for', () => {
  assert.deepEqual(chooseIndices(4, 4, 1), [0, 1, 2, 3]);
  assert.deepEqual(chooseIndices(2, 9, 1), [0, 1]);
  assert.deepEqual(chooseIndices(0, 3, 1), []);
});

test('every index is chosen about equally often', () => {
  const counts = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 2000; seed++) for (const i of chooseIndices(10, 3, seed)) counts[i]!++;
  for (const [i, count] of counts.entries()) {
    assert.ok(Math.abs(count - 600) < 100, `index ${i} was chosen ${count} times instead of about 600`);
  }
});

test('a negative or fractional count is a fault of the caller', () => {
  assert.throws(() => chooseIndices(10, -1, 0), { code: 'E_INTERNAL' });
  assert.throws(() => chooseIndices(10, 1.5, 0), { code: 'E_INTERNAL' });
});

test('a subset is a data set of the chosen samples', async () => {
  const dataset: Dataset = {
    name: 'numbers',
    length: 10,
    classes: 10,
    files: ['numbers'],
    async *samples(indices = Array.from({ length: 10 }, (_, i) => i)) {
      for (const label of indices) yield { inputs: [], label };
    },
  };
  const subset = subsetOf(dataset, [2, 5, 7]);
  assert.equal(subset.length, 3);
  assert.deepEqual(
    (await collect(subset.samples())).map(({ label }) => label),
    [2, 5, 7],
  );
  assert.deepEqual(
    (await collect(subset.samples([2, 0]))).map(({ label }) => label),
    [7, 2],
  );
});
