import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { LEAST_STACK_BYTES } from '../../src/targets/cortex-m/fit.ts';
import { tinyml } from './run.ts';
import { inFolder } from './small.ts';

const MODEL = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.int8.onnx');

const LEAST =
  /hint: the form of the fewest bytes is rows, input \w+, fewest bytes: an arena of [\d,]+ B, at "pointwise3"/;

test('a model takes no more RAM than --max-ram where its images can go by rows, with the same bytes', () =>
  inFolder(async (folder) => {
    const json = async (...args: readonly string[]) => {
      const { status, stdout, stderr } = await tinyml([...args, '--json'], { cwd: folder });
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    };
    const whole = (await json('plan', MODEL, '-t', 'stm32l4r5')).memory.arenaBytes;
    const budget = Math.floor(whole * 0.8);
    const within = ['--max-ram', String(budget)];
    const { memory } = await json('plan', MODEL, '-t', 'stm32l4r5', ...within);
    assert.ok(memory.arenaBytes <= budget, `${memory.arenaBytes} of ${whole}`);
    await json('deploy', MODEL, '-t', 'stm32l4r5', '-o', 'firmware', ...within);
    const { verify } = await json('verify', 'firmware', '--on', 'host,m4', '--layers');
    assert.equal(verify.bitExact, true);
  }));

test('forms by rows are those of packed kernels, and what is smaller without them is a form of its own', async () => {
  const json = async (...args: readonly string[]) => {
    const { status, stdout, stderr } = await tinyml(['plan', MODEL, '-t', 'stm32l4r5', ...args, '--json']);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  };
  const { forms } = await json();
  const names: readonly string[] = forms.map(({ form }: { form: string }) => form);
  assert.deepEqual(names, ['whole', 'overlap', 'rows', 'rows-least', 'streamed', 'streamed-least']);
  const [, overlap, rows, least, streamed, leastStreamed] = forms;
  assert.ok(rows.arenaBytes < overlap.arenaBytes / 2);
  for (const [cheap, small] of [
    [rows, least],
    [streamed, leastStreamed],
  ]) {
    assert.ok(small.arenaBytes < cheap.arenaBytes, small.form);
    assert.ok(cheap.extraInstructions < 0.1 && small.extraInstructions > 1, cheap.form);
  }
  const within = await json('--max-ram', String(rows.arenaBytes));
  assert.ok(within.memory.arenaBytes <= rows.arenaBytes);
  assert.ok(within.estimate.instructions <= rows.instructions, 'the form is there to be had');
});

test('a limit above what the device has leaves the plan what it has', () =>
  inFolder(async (folder) => {
    const { $schema, ...profile } = JSON.parse(
      readFileSync(join(packageRoot(), 'profiles', 'nrf52840.json'), 'utf8'),
    );
    const ram = profile.ram.map((region: object) => ({ ...region, bytes: 8192 }));
    writeFileSync(join(folder, 'small.json'), JSON.stringify({ ...profile, id: 'small', ram }));
    const { status, stdout, stderr } = await tinyml(
      ['plan', MODEL, '-t', 'small.json', '--max-ram', '64K', '--json'],
      { cwd: folder },
    );
    assert.equal(status, 0, stderr);
    const { fits, memory } = JSON.parse(stdout);
    assert.ok(fits && memory.arenaBytes <= 8192 - LEAST_STACK_BYTES, JSON.stringify(memory));
  }));

test('below what rows can do --max-ram refuses, and deploy writes nothing', () =>
  inFolder(async (folder) => {
    for (const args of [
      ['plan', MODEL, '-t', 'stm32l4r5', '--max-ram', '1K'],
      ['analyze', MODEL, '-t', 'stm32l4r5', '--max-ram', '1K'],
      ['deploy', MODEL, '-t', 'stm32l4r5', '--max-ram', '1K', '-o', 'firmware'],
    ]) {
      const { status, stderr } = await tinyml(args, { cwd: folder });
      assert.equal(status, 1);
      assert.match(stderr, /error\[E_GATE\]: RAM is [\d.]+ KiB, and must be at most 1 KiB/);
      assert.match(stderr, LEAST);
    }
    assert.ok(!existsSync(join(folder, 'firmware')));
  }));
