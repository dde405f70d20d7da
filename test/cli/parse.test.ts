import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COMMANDS, GLOBAL_OPTIONS } from '../../src/cli/commands.ts';
import { hereFor } from '../../src/cli/other-verbs.ts';
import { type Call, parseCall } from '../../src/cli/parse.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { words } from './words.ts';

function parsed(...argv: readonly string[]): Call {
  const call = parseCall(argv);
  assert.ok(call !== null, 'help was printed');
  return call;
}

test('global options stand before or after the command', () => {
  for (const argv of [
    ['--json', '--seed', '3', 'inspect', 'm.onnx'],
    ['inspect', '--json', 'm.onnx', '--seed=3'],
  ]) {
    const { command, args, flags } = parsed(...argv);
    assert.equal(command.name, 'inspect');
    assert.deepEqual(args, ['m.onnx']);
    assert.deepEqual(flags, { json: true, seed: '3' });
  }
});

test('flags keep the names of the table, also with dashes', () => {
  const { flags } = parsed(
    'plan',
    'm.onnx',
    '-t',
    'rp2040',
    '--max-ram',
    '128K',
    '--keep-dead-channels',
    '--dry-run',
  );
  assert.deepEqual(flags, {
    target: 'rp2040',
    'max-ram': '128K',
    'keep-dead-channels': true,
    'dry-run': true,
  });
});

test('lists are collected, short flags are read together, and -- ends the flags', () => {
  assert.deepEqual(parsed('inspect', 'm', '--dim', 'a=1', '--dim', 'b=2').flags, { dim: ['a=1', 'b=2'] });
  assert.deepEqual(parsed('doctor', '-qv').flags, { quiet: true, verbose: true });
  assert.deepEqual(parsed('inspect', '--', '-strange.onnx').args, ['-strange.onnx']);
});

const WRONG: readonly (readonly [argv: readonly string[], message: RegExp, hint: RegExp])[] = [
  [[], /no command was given/, /tinyml --help/],
  [['inspet', 'm'], /unknown command 'inspet'/, /^Did you mean inspect\?$/],
  [['generate', 'm'], /there is no command 'generate'/, /tinyml deploy writes the C/],
  [['Validate', 'm'], /there is no command 'Validate'/, /tinyml verify compares/],
  [['compile', 'm'], /there is no command 'compile'/, /tinyml deploy/],
  [
    ['quantize', 'm', '--max-ram', '64K'],
    /'quantize' has no option '--max-ram'/,
    /option of analyze, fit, split, prune and 4 more\. .*--help/,
  ],
  [['plan', 'm', '-g', 'x'], /'plan' has no option '-g'/, /option of ablate, deploy\./],
  [['plan', 'm', '--mcu', 'x'], /unknown option '--mcu'/, /^Did you mean --target\?$/],
  [['evaluate', 'm', '--eval', 'x'], /unknown option '--eval'/, /^Did you mean --data\?$/],
  [['train', 'm', '--learning-rate', '1'], /unknown option/, /^Did you mean --lr\?$/],
  [
    ['plan', 'm', '-target', 'rp2040'],
    /'-target' is no option: a name has two dashes/,
    /^Did you mean --target\?$/,
  ],
  [['version'], /no command 'version'/, /tinyml --version/],
  [['diff', 'a.json'], /missing required argument 'after'/, /For example: tinyml diff .*--help/],
  [['inspect', 'm', '--tagret', 'x'], /unknown option '--tagret'/, /^Did you mean --target\?$/],
  [['inspect'], /missing required argument 'model'/, /--help/],
  [['inspect', 'a', 'b'], /too many arguments/, /--help/],
  [['plan', 'm', '--target'], /'-t, --target <profile>' argument missing/, /--help/],
  [['doctor', 'now'], /too many arguments/, /--help/],
];

for (const [argv, message, hint] of WRONG) {
  test(`"${argv.join(' ')}" is a usage error`, () => {
    assert.throws(
      () => parseCall(argv),
      (error) =>
        error instanceof TinymlError &&
        error.code === 'E_USAGE' &&
        message.test(error.message) &&
        hint.test(error.hint ?? ''),
    );
  });
}

test('names and short flags in the table of commands are unique', () => {
  const names = COMMANDS.map((command) => command.name);
  assert.deepEqual([...new Set(names)], names);
  for (const { name, options } of COMMANDS) {
    const all = [...GLOBAL_OPTIONS, ...options];
    for (const key of ['name', 'short'] as const) {
      const used = all.flatMap((option) => option[key] ?? []);
      assert.deepEqual([...new Set(used)], used, `${name}: two options share a ${key}`);
    }
  }
});

test('every option of the table says its value, and defaults are among the choices', () => {
  for (const option of [...GLOBAL_OPTIONS, ...COMMANDS.flatMap((command) => command.options)]) {
    assert.equal(option.value === undefined, option.kind === 'flag', `--${option.name}`);
    for (const part of String(option.default ?? option.choices?.[0] ?? '').split(',')) {
      assert.ok(
        option.choices?.includes(part) ?? true,
        `--${option.name}: the default "${part}" is no choice`,
      );
    }
  }
});

test('examples in the table are command lines that parse', () => {
  for (const line of COMMANDS.flatMap((command) => command.examples)) {
    const [program, ...argv] = words(line.replace(/ >.*$/, ''));
    assert.equal(program, 'tinyml');
    assert.ok(parsed(...argv), line);
  }
});

test('what other tools call otherwise is no command here, and its hint names commands that there are', () => {
  for (const verb of ['analyze', 'generate', 'validate', 'compile', 'convert', 'benchmark', 'run', 'flash']) {
    if (COMMANDS.some(({ name }) => name === verb)) continue;
    const hint = hereFor(verb);
    assert.ok(hint !== undefined, verb);
    const named = [...hint.matchAll(/tinyml (\w+)/g)].map(([, name]) => name);
    assert.ok(named.length > 0 && named.every((name) => COMMANDS.some((one) => one.name === name)), hint);
  }
});

test('an option is no value of the one before: a variable was empty', () => {
  assert.throws(
    () => parseCall(['plan', 'm.onnx', '--target', '--max-ram', '8K']),
    (error: unknown) =>
      error instanceof TinymlError &&
      error.message === '--target has no value: --max-ram follows' &&
      /variable .* empty/.test(error.hint ?? ''),
  );
});
