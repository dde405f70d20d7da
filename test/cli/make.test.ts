/** The command line under GNU make: the Makefile of docs/cli.md, and a bundle. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { entryArguments } from './run.ts';
import { cutImages, FIXTURE, smallData, writeSmall } from './small.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinyml-make-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const MAKEFILE = `
%.int8.onnx: %.onnx
	$(TINYML) quantize $< -o $@ --data data.f32 -n 2 --depfile $@.d --quiet

firmware/manifest.json: model.int8.onnx
	$(TINYML) deploy $< -o firmware --target boards/mine.json --golden golden.f32 --depfile firmware.d --quiet

-include $(wildcard *.d)
`;

type Run = { readonly status: number | null; readonly commands: readonly string[]; readonly stderr: string };

/** Runs make without the settings of a make around this test. @returns the commands of tinyml that it ran */
function make(...args: readonly string[]): Run {
  const tinyml = [process.execPath, ...entryArguments()].map((word) => `'${word}'`).join(' ');
  const { status, stdout, stderr } = spawnSync('make', [`TINYML=${tinyml}`, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
  });
  const commands = [...stdout.matchAll(/' (quantize|deploy) \S+ -o \S+/g)].map((match) => match[1]!);
  return { status, commands, stderr };
}

/** As an editor that saves a file a minute from now: file systems with coarse times see it too. */
function touch(name: string): void {
  const later = new Date(Date.now() + 60_000);
  utimesSync(join(folder, name), later, later);
}

/** Everything that was made counts as made two minutes ago, what it was made from as older. */
function letTimePass(made: readonly string[], sources: readonly string[]): void {
  for (const [names, ago] of [
    [made, 120],
    [sources, 240],
  ] as const) {
    const time = new Date(Date.now() - ago * 1000);
    for (const name of names) utimesSync(join(folder, name), time, time);
  }
}

test('make runs a rule once, and again when something that was read has changed', async (t) => {
  if (spawnSync('make', ['--version']).status !== 0) return t.skip('make is not installed');
  writeFileSync(join(folder, 'Makefile'), MAKEFILE);
  await writeSmall(folder);
  writeFileSync(join(folder, 'golden.f32'), smallData(4));
  mkdirSync(join(folder, 'boards'));
  const board = readFileSync(join(FIXTURE, '..', '..', 'profiles', 'rp2040.json'), 'utf8');
  writeFileSync(
    join(folder, 'boards', 'mine.json'),
    board.replace('"rp2040"', '"mine"').replace(/\n.*"\$schema".*/, ''),
  );
  const goal = 'firmware/manifest.json';
  const sources = ['model.onnx', 'data.f32', 'golden.f32', 'boards/mine.json'];
  letTimePass([], sources);

  const first = make(goal);
  assert.equal(first.status, 0, first.stderr);
  assert.deepEqual(first.commands, ['quantize', 'deploy']);
  assert.equal(first.stderr, '', 'words in spite of --quiet');
  assert.deepEqual(make(goal).commands, [], 'made again although nothing has changed');

  touch('golden.f32');
  assert.deepEqual(make(goal).commands, ['deploy'], 'after a change of the golden inputs');
  letTimePass(['model.int8.onnx', goal], sources);
  touch('boards/mine.json');
  assert.deepEqual(make(goal).commands, ['deploy'], 'after a change of the profile');
  letTimePass(['model.int8.onnx', goal], sources);
  touch('data.f32');
  assert.deepEqual(make(goal).commands, ['quantize', 'deploy'], 'after a change of the calibration data');
});

test('a failing command leaves the old output, older than what changed: make tries again', (t) => {
  if (!existsSync(join(folder, 'model.int8.onnx'))) return t.skip('nothing was made before');
  const before = readFileSync(join(folder, 'model.int8.onnx'));
  letTimePass(['model.int8.onnx'], ['model.onnx', 'data.f32']);
  const good = readFileSync(join(folder, 'data.f32'));
  appendFileSync(join(folder, 'data.f32'), 'odd');
  const failed = make('model.int8.onnx');
  assert.equal(failed.status, 2);
  assert.match(failed.stderr, /error\[E_DATA\]/);
  assert.ok(readFileSync(join(folder, 'model.int8.onnx')).equals(before));
  writeFileSync(join(folder, 'data.f32'), good);
  assert.deepEqual(make('model.int8.onnx').commands, ['quantize']);
});

test('data that were read once and are gone do not stop make', (t) => {
  if (spawnSync('make', ['--version']).status !== 0) return t.skip('make is not installed');
  const images = cutImages(folder, 'calibration', 2);
  const rule = readFileSync(join(folder, 'model.int8.onnx.d'), 'utf8');
  writeFileSync(join(folder, 'model.int8.onnx.d'), rule.replaceAll('data.f32', images));
  letTimePass(['model.int8.onnx'], ['model.onnx', 'data.f32']);
  rmSync(join(folder, images));
  const { status, commands, stderr } = make('model.int8.onnx');
  assert.equal(status, 0, stderr);
  assert.deepEqual(commands, ['quantize'], 'a missing prerequisite must make its target again');
});

test('a bundle whose manifest make took away is made again, and one with a file of somebody else is not', (t) => {
  if (!existsSync(join(folder, 'firmware'))) return t.skip('nothing was made before');
  const goal = 'firmware/manifest.json';
  rmSync(join(folder, goal));
  writeFileSync(join(folder, 'firmware', 'notes.txt'), 'mine');
  const refused = make(goal);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /error\[E_WRITE\].*did not write\s+at: firmware\s+at: firmware.notes\.txt\s/);
  rmSync(join(folder, 'firmware', 'notes.txt'));
  const again = make(goal);
  assert.equal(again.status, 0, again.stderr);
  assert.ok(existsSync(join(folder, goal)));
});
