import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import type { Options } from '../../src/cli/options.ts';
import { resolveOptions, unknownVariables } from '../../src/cli/settings.ts';
import { failure } from '../failure.ts';

/** A repository with a folder two levels down, which commands run in. */
const outside = realpathSync(mkdtempSync(join(tmpdir(), 'tinyml-settings-')));
const root = join(outside, 'repository');
const here = join(root, 'models', 'kws');
after(() => rmSync(outside, { recursive: true }));
beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  rmSync(join(outside, 'tinyml.json'), { force: true });
  mkdirSync(join(root, '.git'), { recursive: true });
  mkdirSync(here, { recursive: true });
});

const resolve = (
  command: string,
  given: Record<string, unknown> = {},
  env: NodeJS.ProcessEnv = {},
): Options => resolveOptions(COMMANDS.find((one) => one.name === command)!, given, env, here);

const settings = (folder: string, values: unknown): void =>
  writeFileSync(join(folder, 'tinyml.json'), JSON.stringify(values));

test('a flag wins over the environment, that over tinyml.json, that over the default', () => {
  assert.equal(resolve('inspect').seed, 1, 'default');
  settings(root, { seed: 2 });
  assert.equal(resolve('inspect').seed, 2, 'top level of tinyml.json');
  settings(root, { seed: 2, inspect: { seed: 3 } });
  assert.equal(resolve('inspect').seed, 3, 'block of the command');
  assert.equal(resolve('doctor').seed, 2, 'the block of another command does not count');
  assert.equal(resolve('inspect', {}, { TINYML_SEED: '4' }).seed, 4, 'environment');
  assert.equal(resolve('inspect', { seed: '5' }, { TINYML_SEED: '4' }).seed, 5, 'flag');
});

test('dashes of a flag are underscores in its variable', () => {
  const options = resolve(
    'plan',
    {},
    { TINYML_TARGET: 'rp2040', TINYML_MAX_RAM: '128K', TINYML_DRY_RUN: '1' },
  );
  assert.equal(options.target, 'rp2040');
  assert.equal(options['max-ram'], 131072);
  assert.equal(options['dry-run'], true);
});

test('an empty variable counts as not set, and 0 turns a flag off', () => {
  settings(root, { target: 'rp2040', quiet: true });
  const options = resolve('plan', {}, { TINYML_TARGET: '', TINYML_QUIET: '0' });
  assert.equal(options.target, 'rp2040');
  assert.equal(options.quiet, false);
});

test('the nearest tinyml.json up to the root of the repository counts, and none above it', () => {
  settings(outside, { seed: 7 });
  assert.equal(resolve('inspect').seed, 1, 'a file above the repository was read');
  settings(root, { seed: 8 });
  assert.equal(resolve('inspect').seed, 8);
  settings(join(root, 'models'), { seed: 9 });
  assert.equal(resolve('inspect').seed, 9);
});

test('outside a repository only the folder itself is looked at', () => {
  rmSync(join(root, '.git'), { recursive: true });
  settings(root, { seed: 7 });
  assert.equal(resolve('inspect').seed, 1);
  settings(here, { seed: 8 });
  assert.equal(resolve('inspect').seed, 8);
});

test('paths in tinyml.json are relative to it; names of profiles are no paths', () => {
  settings(root, { data: 'data/train', target: 'rp2040', evaluate: { preprocess: '../shared/p.json' } });
  const options = resolve('evaluate');
  assert.equal(options.data, join(root, 'data', 'train'));
  assert.equal(options.preprocess, join(outside, 'shared', 'p.json'));
  assert.equal(resolve('plan').target, 'rp2040');
  settings(root, { target: './board.json' });
  assert.equal(resolve('plan').target, join(root, 'board.json'));
});

test('values of an option that are words are no paths', () => {
  settings(root, { train: { scheme: 'last:2', log: '-' } });
  assert.deepEqual([resolve('train').scheme, resolve('train').log], ['last:2', '-']);
  settings(root, { train: { scheme: 'schemes/mine.json', log: 'steps.jsonl' } });
  assert.equal(resolve('train').scheme, join(root, 'schemes', 'mine.json'));
  assert.equal(resolve('train').log, join(root, 'steps.jsonl'));
});

test('a misspelt setting is refused with the nearest key', () => {
  settings(root, { tagret: 'rp2040' });
  const top = failure(() => resolve('plan'));
  assert.equal(top.code, 'E_USAGE');
  assert.match(top.hint!, /"target"/);
  assert.equal(top.at[0], join(root, 'tinyml.json'));
  settings(root, { quantize: { observe: 'mse' } });
  assert.match(failure(() => resolve('plan')).hint!, /"quantize\.observer"/);
  settings(root, { plan: { observer: 'mse' } });
  assert.match(failure(() => resolve('plan')).message, /plan\.observer/, 'plan has no observer');
});

test('a value that does not fit names its place', () => {
  settings(root, { plan: { 'max-ram': 'lots' } });
  assert.match(failure(() => resolve('plan', { target: 'x' })).at[0]!, /tinyml\.json: plan\.max-ram$/);
  const error = failure(() => resolve('plan', { target: 'x' }, { TINYML_MAX_RAM: 'lots' }));
  assert.deepEqual(error.at, ['TINYML_MAX_RAM']);
});

test('settings must be an object of JSON', () => {
  writeFileSync(join(root, 'tinyml.json'), '{ "seed": 1, }');
  const error = failure(() => resolve('inspect'));
  assert.equal(error.code, 'E_USAGE');
  assert.match(error.message, /not valid JSON/);
  settings(root, [1]);
  assert.match(failure(() => resolve('inspect')).message, /JSON object/);
  settings(root, { plan: 3 });
  assert.match(failure(() => resolve('inspect')).message, /"plan" must be an object/);
});

test('a required option may come from anywhere, but must come', () => {
  assert.match(failure(() => resolve('plan')).message, /--target <profile> is missing/);
  settings(root, { target: 'rp2040' });
  assert.equal(resolve('plan').target, 'rp2040');
});

test('variables that state nothing are found, with those that were meant', () => {
  const env = {
    TINYML_MAX_RAM: '1K',
    TINYML_CC: 'gcc',
    TINYML_MAX_ARM: '1K',
    TINYML_QUIETT: '1',
    TINYML_XYZZY: '1',
    TINY: '1',
  };
  const found = unknownVariables(env).map(({ name, meant: [first] }) => [name, first]);
  assert.deepEqual(found, [
    ['TINYML_MAX_ARM', 'TINYML_MAX_RAM'],
    ['TINYML_QUIETT', 'TINYML_QUIET'],
    ['TINYML_XYZZY', undefined],
  ]);
});
