import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import {
  isTemporary,
  makeTemporaryFolder,
  removeStale,
  restoreOld,
  temporaryName,
} from '../../src/diagnostics/temporary-names.ts';

const root = mkdtempSync(join(tmpdir(), 'tinyml-names-'));
after(() => rmSync(root, { recursive: true }));

/** The number of a process that has ended. */
const ended = spawnSync(process.execPath, ['-e', '']).pid;

const ofProcess = (name: string, pid: number): string => name.replace(`-${process.pid}-`, `-${pid}-`);

test('what ended processes left is removed, and nothing else', () => {
  const folder = mkdtempSync(join(root, 'stale-'));
  const own = makeTemporaryFolder(folder, 'verify');
  const name = basename(temporaryName(join(folder, 'model.onnx'), 'new'));
  writeFileSync(join(folder, name), '');
  const kept = [
    basename(own),
    name,
    ofProcess(name, process.ppid),
    ofProcess(name, ended).replace(/[0-9a-f]{8}/, '00000000'), // another machine
    'tinyml-notes',
    '.tinyml-notes.new',
    'model.onnx',
  ];
  for (const one of kept.slice(2)) writeFileSync(join(folder, one), '');
  const stale = [
    ofProcess(name, ended),
    name.replace(/(?<=-\d+-)[0-9a-z]+(?=-)/, '1'), // an earlier process of our number
    ofProcess(basename(own), ended),
  ];
  for (const one of stale) mkdirSync(join(folder, one, 'inner'), { recursive: true });
  assert.ok(stale.slice(0, 2).every((one) => isTemporary(join(folder, one))));
  removeStale(folder);
  assert.deepEqual(readdirSync(folder).sort(), [...kept].sort());
  removeStale(join(folder, 'nowhere'));
});

test('a folder gets its name back only where it is missing and is the one', () => {
  const folder = mkdtempSync(join(root, 'old-'));
  const target = join(folder, 'bundle');
  const old = ofProcess(temporaryName(target, 'old'), ended);
  mkdirSync(old);
  restoreOld(join(folder, 'other'));
  assert.deepEqual(readdirSync(folder), [basename(old)]);
  restoreOld(target);
  assert.deepEqual(readdirSync(folder), ['bundle']);
  mkdirSync(old);
  restoreOld(target);
  assert.deepEqual(readdirSync(folder).sort(), [basename(old), 'bundle'].sort());
});

test('names are short, whatever the name of the place, and differ with it', () => {
  assert.ok(basename(temporaryName(join('/', 'x'.repeat(255)), 'old')).length < 80);
  assert.notEqual(temporaryName('/a', 'new'), temporaryName('/b', 'new'));
});
