import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paintFor } from '../../src/diagnostics/color.ts';
import { oneLine, printable, printableJson, printableStyled } from '../../src/diagnostics/printable.ts';

const HOSTILE = 'a\x1b[31m\x1b]0;title\x07\x1b[2J\r\nb\x7f\x9b31m\u202egnp.\u2066\u2028\ud800\0';

test('nothing in a name reaches the terminal as a command', () => {
  assert.equal(
    oneLine(HOSTILE),
    'a\\x1b[31m\\x1b]0;title\\x07\\x1b[2J\\r\\nb\\x7f\\x9b31m\\u202egnp.\\u2066\\u2028\\ud800\\x00',
  );
  assert.equal(printable('one\n\ttwo\x1b[H'), 'one\n\ttwo\\x1b[H');
});

test('letters of all languages, emoji and our own styles stay', () => {
  const text = 'Größe 模型 שלום 👩‍🔬 conv/1:0';
  assert.equal(oneLine(text), text);
  const paint = paintFor({}, 'always', {});
  for (const style of ['bold', 'dim', 'red', 'green', 'yellow', 'cyan'] as const) {
    const styled = paint(style, 'word');
    assert.notEqual(styled, 'word');
    assert.equal(printableStyled(`${styled}\x1b[5m`), `${styled}\\x1b[5m`);
    assert.equal(paint(style, '\x1b[31m'), paint(style, '\\x1b[31m'));
  }
});

test('JSON keeps the exact text, in characters that print', () => {
  const document = printableJson({ name: HOSTILE });
  assert.equal(JSON.parse(document).name, HOSTILE);
  assert.equal(oneLine(document), document);
});
