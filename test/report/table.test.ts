import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatCount, formatPercent, formatSeconds } from '../../src/diagnostics/units.ts';
import { fieldList, textTable } from '../../src/report/table.ts';

test('columns are aligned, and colour does not count', () => {
  const red = (text: string): string => `\u001b[31m${text}\u001b[39m`;
  const table = textTable(
    [{ title: 'NAME' }, { title: 'BYTES', align: 'right' }, { title: 'NOTE' }],
    [
      [{ painted: red('a') }, '5', ''],
      ['longer', '123456', 'x'],
    ],
  );
  assert.deepEqual(table.split('\n'), [
    'NAME     BYTES  NOTE',
    `${red('a')}            5`,
    'longer  123456  x',
  ]);
});

test('a table without rows is its header', () => {
  assert.equal(textTable([{ title: 'A' }, { title: 'B' }], []), 'A  B');
});

test('field names make one column', () => {
  assert.equal(
    fieldList([
      ['core', 'm4'],
      ['clock', ''],
    ]),
    'core   m4\nclock',
  );
});

test('units', () => {
  assert.equal(formatBytes(1023), '1023 B');
  assert.equal(formatBytes(131072), '128 KiB');
  assert.equal(formatBytes(131073), '128.01 KiB', 'rounded up: it does not fit in 128 KiB');
  assert.equal(formatBytes(2883584), '2.75 MiB');
  assert.equal(formatCount(1234567), '1,234,567');
  assert.equal(formatPercent(0.87254), '87.25 %');
  assert.equal(formatSeconds(0.84), '0.8 s');
  assert.equal(formatSeconds(185), '3 min 05 s');
});
