import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OptionSpec } from '../../src/cli/commands.ts';
import { flagOption, listOption, numberOption, parseOption, requiredText } from '../../src/cli/options.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { failure } from '../failure.ts';

const spec = (kind: OptionSpec['kind'], more: Partial<OptionSpec> = {}): OptionSpec => ({
  name: 'thing',
  kind,
  description: 'a thing',
  ...more,
});

/** Milliseconds, as limits of time have them. */
const MS: Partial<OptionSpec> = { units: { ms: 1, s: 1000 }, range: [0, 100] };

const RIGHT: readonly (readonly [OptionSpec, unknown, unknown])[] = [
  [spec('bytes'), '128K', 131072],
  [spec('bytes'), '128k', 131072],
  [spec('bytes'), '128KiB', 131072],
  [spec('bytes'), '128KB', 131072],
  [spec('bytes'), '128 kB', 131072],
  [spec('bytes'), '1.5M', 1572864],
  [spec('bytes'), '65536', 65536],
  [spec('bytes'), '65536 B', 65536],
  [spec('bytes'), 65536, 65536],
  [spec('count'), '12M', 12_000_000],
  [spec('count'), '1500', 1500],
  [spec('fraction'), '0.8', 0.8],
  [spec('fraction'), '80%', 0.8],
  [spec('fraction'), '80 %', 0.8],
  [spec('fraction'), '.5', 0.5],
  [spec('fraction'), 1, 1],
  [spec('integer', { range: [-5, 5] }), '-3', -3],
  [spec('number'), '1e-3', 0.001],
  [spec('number'), '-.5', -0.5],
  [spec('number', { range: [0, 1] }), 0.25, 0.25],
  [spec('number', MS), '50', 50],
  [spec('number', MS), '50ms', 50],
  [spec('number', MS), '50 ms', 50],
  [spec('number', MS), '0.05S', 50],
  [spec('flag'), true, true],
  [spec('flag'), '0', false],
  [spec('flag'), 'Yes', true],
  [spec('list'), ['a,b', 'c'], ['a', 'b', 'c']],
  [spec('list'), 'a, b', ['a', 'b']],
  [spec('text', { choices: ['x', 'y'] }), 'x', 'x'],
];

for (const [option, raw, value] of RIGHT) {
  test(`${option.kind}: ${JSON.stringify(raw)} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(parseOption(option, raw, '--thing'), value);
  });
}

const WRONG: readonly (readonly [OptionSpec, unknown, RegExp])[] = [
  [spec('bytes'), '128X', /a size such as/],
  [spec('bytes'), '-1', /a size/],
  [spec('bytes'), '0.3', /a size/],
  [spec('bytes'), '99999999999999999', /a size/],
  [spec('count'), '12Mi', /a count/],
  [spec('fraction'), '80', /0\.8 or 80%/],
  [spec('number'), 'fast', /a number/],
  [spec('number', MS), '5min', /a number from 0 to 100, in ms, s$|in ms, s, not/],
  [spec('number', MS), '1s', /a number from 0 to 100/],
  [spec('number'), '50ms', /a number/],
  [spec('number'), '1.', /a number/],
  [spec('number'), '0x10', /a number/],
  [spec('number', { range: [0, 1] }), '1.5', /a number from 0 to 1/],
  [spec('fraction'), '101%', /a share/],
  [spec('fraction'), 'NaN', /a share/],
  [spec('integer'), '1.5', /a whole number/],
  [spec('integer'), '', /a whole number/],
  [spec('integer', { range: [1, 9] }), '10', /from 1 to 9/],
  [spec('flag'), 'maybe', /true or false/],
  [spec('list', { choices: ['host', 'qemu'] }), 'host,moon', /one or more of host, qemu, not "moon"/],
  [spec('list'), 'a,,b', /not empty/],
  [spec('list', { choices: ['host', 'qemu'] }), [''], /one or more of host, qemu, not ""/],
  [spec('list'), [1], /texts/],
  [spec('text'), '', /a text/],
  [spec('text', { choices: ['minmax', 'mse'] }), '', /one of minmax, mse, not ""/],
  [spec('text'), { a: 1 }, /a text/],
  [spec('text', { choices: ['minmax', 'mse'] }), 'minma', /one of minmax, mse/],
];

for (const [option, raw, message] of WRONG) {
  test(`${option.kind}: ${JSON.stringify(raw)} is refused`, () => {
    assert.throws(
      () => parseOption(option, raw, 'tinyml.json: thing'),
      (error) =>
        error instanceof TinymlError &&
        error.code === 'E_USAGE' &&
        error.at[0] === 'tinyml.json: thing' &&
        message.test(error.message),
    );
  });
}

test('a near miss of a choice is suggested', () => {
  assert.throws(
    () => parseOption(spec('text', { choices: ['minmax', 'mse'] }), 'minma', '--thing'),
    (error) => error instanceof TinymlError && error.hint === 'Did you mean minmax?',
  );
});

test('of an empty value it is said what the option is for, and what is done without it', () => {
  const where = { description: 'where to run', default: 'host' };
  for (const [kind, raw] of [
    ['list', ['host,']],
    ['text', ''],
  ] as const) {
    const { hint } = failure(() => parseOption(spec(kind, where), raw, '--thing'));
    assert.equal(
      hint,
      'Is a variable of the command line empty? --thing: where to run. Without it: host.',
      kind,
    );
  }
});

test('reading an option as another kind than declared is our fault, not the user’s', () => {
  assert.equal(flagOption({}, 'thing'), false);
  assert.deepEqual(listOption({}, 'thing'), []);
  assert.equal(numberOption({ thing: 3 }, 'thing'), 3);
  for (const read of [() => numberOption({ thing: 'x' }, 'thing'), () => requiredText({}, 'thing')]) {
    assert.throws(read, (error) => error instanceof TinymlError && error.code === 'E_INTERNAL');
  }
});

test('the end of a word says which choice was meant, and the option what its choices are', () => {
  const where = spec('list', {
    choices: ['host', 'qemu', 'm4', 'm7'],
    hint: 'Boards are called by their core.',
  });
  const hint = (text: string): string | undefined => {
    try {
      parseOption(where, text, '--thing');
    } catch (error) {
      return (error as TinymlError).hint;
    }
    return assert.fail(`${text} was taken`);
  };
  assert.equal(hint('cortex-m7'), 'Did you mean m7? Boards are called by their core.');
  assert.equal(hint('qemu-M4'), 'Did you mean m4? Boards are called by their core.');
  assert.equal(hint('stm32'), 'Boards are called by their core.');
});
