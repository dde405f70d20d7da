import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paintFor, plain } from '../../src/diagnostics/color.ts';
import { fieldList, textTable } from '../../src/report/table.ts';
import { dropTone, shareTone, sqnrTone, toneColumn, toned } from '../../src/report/tones.ts';

const paint = paintFor({ isTTY: false }, 'always', {});

test('tones are those that warnings and pages go by', () => {
  assert.deepEqual([null, 35, 18, 17.9, 10, 9.9].map(sqnrTone), [
    'good',
    'good',
    'good',
    'fair',
    'fair',
    'bad',
  ]);
  assert.deepEqual([-0.1, 0.005, 0.01, 0.03].map(dropTone), ['good', 'good', 'fair', 'bad']);
  assert.deepEqual([0.5, 0.95, 1.01].map(shareTone), ['good', 'fair', 'bad']);
});

test('a painted column is as wide as a plain one, and names in it command no terminal', () => {
  const rows = [
    ['conv', '35.0'],
    ['dense', '9.1'],
  ];
  const columns = [{ title: 'layer' }, { title: 'SQNR dB', align: 'right' as const }];
  const painted = textTable(
    columns,
    toneColumn(rows, 1, (i) => (i === 0 ? null : 'bad'), paint),
  );
  assert.equal(painted, 'layer  SQNR dB\nconv      35.0\ndense      \x1b[31m9.1\x1b[39m');
  assert.equal(
    textTable(
      columns,
      toneColumn(rows, 1, () => 'good', plain),
    ),
    textTable(columns, rows),
  );
  assert.equal(fieldList([['fits', toned(paint, 'bad', 'N\x1b[2JO')]]), 'fits  \x1b[31mN\\x1b[2JO\x1b[39m');
});
