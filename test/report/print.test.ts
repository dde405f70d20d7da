import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plain } from '../../src/diagnostics/color.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { warning } from '../../src/diagnostics/warnings.ts';
import { asTinymlError, errorJson, errorText, warningText } from '../../src/report/print.ts';

const error = new TinymlError('E_OP', 'Foo is not supported', {
  at: ['node "a" (Foo)', 'node "b" (Foo)'],
  hint: 'Export without Foo.',
});

test('an error is its code and message, its places and its hint, without a stack', () => {
  assert.equal(
    errorText(error, plain, false),
    'error[E_OP]: Foo is not supported\n  at: node "a" (Foo)\n  at: node "b" (Foo)\n  hint: Export without Foo.\n',
  );
  assert.match(errorText(error, plain, true), /print\.test\.[tj]s/, 'with --verbose there is a stack');
});

test('as JSON an error is one line', () => {
  assert.deepEqual(JSON.parse(errorJson(error, false)), {
    schema: 1,
    error: {
      code: 'E_OP',
      message: 'Foo is not supported',
      at: ['node "a" (Foo)', 'node "b" (Foo)'],
      hint: 'Export without Foo.',
    },
  });
  assert.equal(errorJson(error, true).trimEnd().split('\n').length, 1);
});

test('what is not our error is our fault, and says how to report it', () => {
  const fault = asTinymlError(new RangeError('Invalid array length'));
  assert.equal(fault.code, 'E_INTERNAL');
  assert.equal(fault.exitStatus, 70);
  assert.match(
    errorText(fault, plain, false),
    /RangeError: Invalid array length\n {2}hint: This is a fault of tinyml/,
  );
  assert.match(errorText(fault, plain, true), /caused by: RangeError/);
  assert.equal(asTinymlError('text').message, 'text');
  assert.equal(asTinymlError(error), error);
});

test('of very many places the first are shown, as JSON and with --verbose all', () => {
  const many = new TinymlError('E_OP', 'much', { at: Array.from({ length: 1800 }, (_, i) => `node ${i}`) });
  const text = errorText(many, plain, false);
  assert.match(text, /node 29\n {2}at: and 1,770 more \(--json lists all\)\n$/);
  assert.equal(errorText(many, plain, true).match(/at: node/g)!.length, 1800);
  assert.equal(JSON.parse(errorJson(many, false)).error.at.length, 1800);
  assert.equal(warningText(warning('W_GATE', 'much', { at: many.at }), plain).match(/at: node/g)!.length, 30);
});
