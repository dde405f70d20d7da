import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asciiText,
  commentLines,
  commentText,
  floatLiteral,
  intLiteral,
  markdownText,
  snakeCase,
  tableRows,
} from '../../src/targets/cortex-m/c-text.ts';

test('no text can leave a comment, a line or ASCII', () => {
  const hostile = [
    '*/ int x; /*',
    'a\n#include "x"',
    '??/\n',
    '????/',
    '/*/',
    '**//',
    '\u202e*/',
    '\0',
    '😀'.repeat(99),
  ];
  for (const text of hostile) {
    const comment = commentText(text);
    assert.match(comment, /^[\x20-\x7e]*$/, `not one line of ASCII: ${JSON.stringify(comment)}`);
    assert.doesNotMatch(comment, /\*\/|\/\*|\?\?/);
    assert.doesNotMatch(markdownText(text), /[`|\n]/);
  }
  assert.equal(commentText('conv1/BatchNorm'), 'conv1/BatchNorm');
  assert.equal(asciiText('é\n'), '<U+00E9><U+000A>');
  assert.equal(asciiText('x'.repeat(500)).length, 120);
});

test('a long text is whole in the lines of a comment, broken between words', () => {
  const text = `${Array.from({ length: 60 }, (_, i) => `word${i}`).join(' ')}*/\n  0: "x"\n${'y'.repeat(300)}`;
  const lines = commentLines(text, 40);
  assert.equal(lines.join(' '), text.replaceAll('\n', ' ').replace('*/', '* /'));
  assert.ok(lines.every((line) => line.length <= 40 || line === 'y'.repeat(300)));
  assert.ok(lines.includes('  0: "x"'));
  assert.deepEqual(commentLines(''), ['']);
});

test('float literals read back to the same float32', () => {
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  for (let i = 0, x = 1; i < 5000; i++) {
    bits[0] = x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    const value = float[0]!;
    if (!Number.isFinite(value)) continue;
    const literal = floatLiteral(value);
    assert.match(literal, /^-?\d+(\.\d+)?(e[+-]\d+)?f$/);
    assert.ok(Object.is(Math.fround(Number(literal.slice(0, -1))), value), `${literal} is not ${value}`);
    assert.match(literal, /[.e]/, `${literal} would be an integer with a suffix`);
  }
  assert.equal(floatLiteral(1), '1.0f');
  assert.equal(floatLiteral(-0), '-0.0f');
  assert.equal(floatLiteral(Number.POSITIVE_INFINITY), 'INFINITY');
  assert.equal(floatLiteral(-1e39), '-INFINITY');
  assert.equal(floatLiteral(Number.NaN), 'NAN');
});

test('integers, tables and field names', () => {
  assert.equal(intLiteral(-(2 ** 31)), '(-2147483647 - 1)');
  assert.equal(tableRows(Int8Array.of(-128, 0, 127), 1), '-128,0,127,0,');
  assert.equal(tableRows(Uint8Array.of(255)), '255,');
  assert.equal(tableRows(Float32Array.of(0.5, -2)), '0.5f,-2.0f,');
  assert.equal(tableRows(new Int8Array(70)).split('\n').length, 3);
  assert.equal(tableRows(new Int8Array(0)), '');
  for (const data of [
    new Int8Array(160_031).fill(7),
    new Int32Array(160_000).fill(7),
    new Int32Array(320_009),
  ]) {
    const rows = tableRows(data, 3).split('\n');
    const perRow = data instanceof Int8Array ? 32 : 10;
    assert.equal(rows.length, Math.ceil((data.length + 3) / perRow));
    assert.equal(rows.join('\n').replaceAll('\n', ''), `${data.join(',')},0,0,0,`);
    assert.ok(rows.slice(0, -1).every((row) => row.split(',').length === perRow + 1));
  }
  assert.equal(snakeCase('input1Multiplier'), 'input1_multiplier');
  assert.equal(snakeCase('size0'), 'size0');
});
