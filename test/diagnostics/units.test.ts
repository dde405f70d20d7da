import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCount, formatMs } from '../../src/diagnostics/units.ts';

test('thousands are told apart before the point, never behind it', () => {
  assert.deepEqual([1234567, 999, -1234, 0.05547, 1234.5678].map(formatCount), [
    '1,234,567',
    '999',
    '-1,234',
    '0.05547',
    '1,234.5678',
  ]);
  assert.deepEqual([0.05547, 12.34, 1234].map(formatMs), ['0.0555 ms', '12.3 ms', '1,234 ms']);
});
