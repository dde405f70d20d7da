/** Limits that nothing will be measured for are refused before the work, of all commands. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { GATE_NAMES } from '../../src/cli/gates.ts';
import { LIMITS, requireMeasurable } from '../../src/cli/limits.ts';
import type { Options } from '../../src/cli/options.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { tinyml } from './run.ts';

test('every limit of every command says what it takes', () => {
  const taken = COMMANDS.flatMap(({ name, options }) =>
    options
      .filter((option) => GATE_NAMES.some((gate) => gate === option.name))
      .map((option) => `${name} --${option.name}`),
  );
  const said = Object.entries(LIMITS).flatMap(([name, limits]) =>
    Object.keys(limits).map((gate) => `${name} --${gate}`),
  );
  assert.ok(taken.length >= 15, taken.join());
  assert.deepEqual([...said].sort(), [...taken].sort());
});

const compiler = process.env.TINYML_ARM_CC;
after(() => {
  if (compiler === undefined) delete process.env.TINYML_ARM_CC;
  else process.env.TINYML_ARM_CC = compiler;
});

const REFUSED: readonly (readonly [command: string, options: Options, why: RegExp])[] = [
  ['quantize', { 'min-accuracy': 0.8 }, /--min-accuracy cannot be checked: .*--eval/],
  ['quantize', { 'max-drop': 0.01 }, /--max-drop cannot be checked: .*--eval/],
  ['train', { 'min-accuracy': 0.8 }, /--eval/],
  ['train', { 'min-accuracy': 0.8, eval: 'd', plan: true }, /--plan trains nothing/],
  ['evaluate', { 'min-accuracy': 0.8, video: 'c.y4m' }, /clips have no labels/],
  ...['plan', 'analyze', 'fit'].map(
    (name) =>
      [
        name,
        { 'max-flash': 1024, kernels: 'builtin', target: 'rp2040' },
        /arm-none-eabi-gcc is missing/,
      ] as const,
  ),
  ['analyze', { 'max-latency': 5, kernels: 'builtin' }, /without --target every microcontroller/],
  ['plan', { 'max-flash': 1024, kernels: 'cmsis-nn' }, /arm-none-eabi-gcc and CMSIS-NN .* are missing/],
  ...['max-ram', 'max-flash', 'max-instructions', 'max-latency'].map(
    (gate) => ['verify', { [gate]: 5, on: ['host'] }, /nothing is measured on this machine/] as const,
  ),
  ['verify', { 'max-ram': 5, on: ['host', 'qemu'], results: 'r.json' }, /hold no such figure/],
];

for (const [command, options, why] of REFUSED) {
  test(`${command} ${JSON.stringify(options)} is refused`, () => {
    process.env.TINYML_ARM_CC = '/nowhere/arm-none-eabi-gcc';
    assert.throws(
      () => requireMeasurable(command, options),
      (error) =>
        error instanceof TinymlError &&
        error.code === 'E_USAGE' &&
        why.test(error.message) &&
        error.hint !== undefined,
    );
  });
}

const TAKEN: readonly (readonly [command: string, options: Options])[] = [
  ['quantize', { 'min-accuracy': 0.8, 'max-drop': 0.1, eval: 'd' }],
  ['evaluate', { 'min-accuracy': 0.8 }],
  ['plan', { 'max-ram': 1024, 'max-latency': 5, kernels: 'builtin' }],
  ['verify', { 'max-ram': 5, 'max-instructions': 5, 'max-latency': 5, on: ['host', 'm4'] }],
  ['verify', { 'max-latency': 5, on: ['host', 'qemu'], results: 'r.json' }],
];

for (const [command, options] of TAKEN) {
  test(`${command} ${JSON.stringify(options)} is taken`, () => {
    process.env.TINYML_ARM_CC = '/nowhere/arm-none-eabi-gcc';
    requireMeasurable(command, options);
  });
}

test('nothing is read or written before a limit is refused', async () => {
  const { status, stdout, stderr } = await tinyml([
    'verify',
    'no-such-bundle',
    '--on',
    'host',
    '--max-instructions',
    '5M',
  ]);
  assert.equal(status, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /error\[E_USAGE\]: --max-instructions cannot be checked/);
});
