import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearest } from '../../src/diagnostics/nearest.ts';

test('the distance counts insertions, deletions, replacements and swaps', () => {
  assert.equal(editDistance('', 'abc'), 3);
  assert.equal(editDistance('kitten', 'sitting'), 3);
  assert.equal(editDistance('same', 'same'), 0);
  assert.equal(editDistance('scael', 'scale'), 1);
  assert.equal(editDistance('ab', 'bca'), 3, 'swapped letters are neighbours');
});

test('slips of the finger find their word, nonsense finds nothing', () => {
  const words = ['stm32h743', 'stm32h7a3', 'nrf52840', 'rp2040'];
  assert.equal(nearest('stm32h734', words)[0], 'stm32h743');
  assert.equal(nearest('NRF52', words)[0], 'nrf52840');
  assert.deepEqual(nearest('toaster', words), []);
  assert.deepEqual(nearest('', words), []);
});

test('equal resemblance is ordered by name', () => {
  assert.deepEqual(nearest('ab', ['ad', 'ac']), []);
  assert.deepEqual(nearest('abcd', ['abce', 'abcc']), ['abcc', 'abce']);
});
