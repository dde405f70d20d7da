import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { dependencyRule } from '../../src/cli/depfile.ts';
import { createOutputFiles } from '../../src/cli/output-files.ts';
import { failure } from '../failure.ts';

const root = mkdtempSync(join(tmpdir(), 'tinyml-output-'));
const folder = join(root, 'work');
after(() => rmSync(root, { recursive: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
});

const NO_PROC = existsSync('/proc/self') ? false : 'there is no /proc';

/** A folder that may be replaced. */
const nothing = (): readonly string[] => [];

/** Writes and puts in place. */
const write = (path: string, content: string): void => {
  const outputs = createOutputFiles(false);
  outputs.file(path, content);
  outputs.commit();
};
const writeFolder = (path: string, files: ReadonlyMap<string, string>): void => {
  const outputs = createOutputFiles(false);
  outputs.folder(path, files, nothing);
  outputs.commit();
};

const bundle = (text: string): ReadonlyMap<string, string> =>
  new Map([
    ['manifest.json', '{}'],
    ['src/model.c', text],
  ]);

test('a file is written with its folders, and again with a fresh time', () => {
  const path = join(folder, 'a', 'b.txt');
  write(path, 'one');
  assert.equal(readFileSync(path, 'utf8'), 'one');
  utimesSync(path, 1000, 1000);
  write(path, 'one');
  assert.ok(statSync(path).mtimeMs > 1e12, 'the modification time of an equal file was not refreshed');
  assert.deepEqual(readdirSync(join(folder, 'a')), ['b.txt'], 'something was left beside the file');
});

test('a symbolic link stays one, and its file is replaced', () => {
  const file = join(folder, 'real.txt');
  const link = join(folder, 'link.txt');
  writeFileSync(file, 'old');
  symlinkSync(file, link);
  write(link, 'new');
  assert.ok(lstatSync(link).isSymbolicLink(), 'the link was replaced by a file');
  assert.equal(readFileSync(file, 'utf8'), 'new');
});

test('a device is written to, not renamed onto', () => {
  write('/dev/null', 'text');
  assert.ok(statSync('/dev/null').isCharacterDevice(), '/dev/null is gone');
});

test('a full disk is E_WRITE', { skip: existsSync('/dev/full') ? false : 'there is no /dev/full' }, () => {
  const error = failure(() => createOutputFiles(false).file('/dev/full', 'text'));
  assert.equal(error.code, 'E_WRITE');
  assert.match(error.message, /disk is full/);
});

test('a folder where a file should go, and the reverse, are E_WRITE', () => {
  const outputs = createOutputFiles(false);
  assert.equal(failure(() => outputs.file(folder, 'text')).code, 'E_WRITE');
  writeFileSync(join(folder, 'file'), 'kept');
  assert.match(failure(() => outputs.folder(join(folder, 'file'), bundle(''), nothing)).message, /a file/);
  assert.match(failure(() => outputs.file(join(folder, 'file', 'x'), 'text')).message, /is a file/);
  assert.equal(readFileSync(join(folder, 'file'), 'utf8'), 'kept');
});

test('a folder without write permission is E_WRITE', () => {
  // Root may write into any folder of ours, but nobody creates files in /sys.
  const closed = process.getuid?.() === 0 ? '/sys' : folder;
  if (closed === folder) chmodSync(folder, 0o500);
  try {
    const error = failure(() => createOutputFiles(false).file(join(closed, 'x'), 'text'));
    assert.equal(error.code, 'E_WRITE');
    assert.match(error.message, /no permission|read-only/);
  } finally {
    if (closed === folder) chmodSync(folder, 0o700);
  }
});

test('a folder is swapped in as a whole: files of the last time are gone', () => {
  const path = join(folder, 'bundle');
  writeFolder(path, new Map([...bundle('one'), ['old.c', 'old']]));
  writeFolder(path, bundle('two'));
  assert.deepEqual(readdirSync(path).sort(), ['manifest.json', 'src']);
  assert.equal(readFileSync(join(path, 'src', 'model.c'), 'utf8'), 'two');
  assert.deepEqual(readdirSync(folder), ['bundle'], 'something was left beside the folder');
});

test('a folder of other things is never replaced', () => {
  const path = join(folder, 'thesis');
  mkdirSync(path);
  writeFileSync(join(path, 'chapter.txt'), 'years of work');
  const outputs = createOutputFiles(false);
  for (const call of [outputs.checkFolder, (at: string) => outputs.folder(at, bundle('x'), readdirSync)]) {
    const error = failure(() => call(path, readdirSync));
    assert.equal(error.code, 'E_WRITE');
    assert.deepEqual(error.at, [path, join(path, 'chapter.txt')], 'the file in the way is not named');
  }
  assert.equal(readFileSync(join(path, 'chapter.txt'), 'utf8'), 'years of work');
});

test('a folder whose files cannot all be written is not written at all', () => {
  const path = join(folder, 'bundle');
  writeFolder(path, bundle('good'));
  const broken = new Map([...bundle('bad'), ['src/model.c/inner', 'a file is in the way']]);
  assert.equal(failure(() => createOutputFiles(false).folder(path, broken, nothing)).code, 'E_WRITE');
  assert.equal(readFileSync(join(path, 'src', 'model.c'), 'utf8'), 'good', 'the old bundle was touched');
  assert.deepEqual(readdirSync(folder), ['bundle'], 'half a bundle was left behind');
});

test('outputs appear together, at the end', () => {
  const outputs = createOutputFiles(false);
  const paths = [join(folder, 'one'), join(folder, 'two')];
  for (const path of paths) outputs.file(path, 'text');
  outputs.folder(join(folder, 'bundle'), bundle('x'), nothing);
  assert.ok(!paths.some((path) => existsSync(path)), 'a file is in its place before the end');
  outputs.commit();
  assert.deepEqual(readdirSync(folder).sort(), ['bundle', 'one', 'two']);
  assert.deepEqual(outputs.written().slice(0, 2), paths);
  outputs.cleanUp();
  assert.equal(readdirSync(folder).length, 3, 'what was written has gone');
});

test('an output that cannot be written takes the others with it', () => {
  const outputs = createOutputFiles(false);
  outputs.file(join(folder, 'one'), 'text');
  assert.equal(failure(() => outputs.file(folder, 'text')).code, 'E_WRITE');
  outputs.commit();
  assert.deepEqual(readdirSync(folder), []);
});

test('a place is checked early, and nothing is written there', () => {
  const outputs = createOutputFiles(false);
  writeFileSync(join(folder, 'file'), 'kept');
  outputs.checkFile(join(folder, 'file'));
  outputs.checkFile(join(folder, 'new', 'deep', 'x'));
  outputs.checkFile('/dev/null');
  outputs.checkFolder(join(folder, 'new', 'bundle'), nothing);
  assert.match(failure(() => outputs.checkFile(folder)).message, /a folder where a file/);
  assert.match(failure(() => outputs.checkFile(join(folder, 'file', 'x'))).message, /is a file/);
  assert.match(failure(() => outputs.checkFolder(join(folder, 'file'), nothing)).message, /a file where/);
  assert.deepEqual(readdirSync(folder), ['file']);
});

test('a folder that the system will not make is E_WRITE', { skip: NO_PROC }, () => {
  const outputs = createOutputFiles(false);
  for (const path of ['/proc/nowhere/x', '/proc/nowhere/deep/x']) {
    assert.equal(failure(() => outputs.file(path, 'text')).code, 'E_WRITE', path);
  }
});

test('a dry run checks and records, but writes nothing', () => {
  const outputs = createOutputFiles(true);
  outputs.file(join(folder, 'new', 'x'), 'text');
  outputs.folder(join(folder, 'bundle'), bundle('x'), nothing);
  assert.equal(outputs.written().length, 3);
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(failure(() => outputs.file(folder, 'text')).code, 'E_WRITE', 'a dry run must check as well');
});

test('a dependency rule is what gcc -MD -MP writes', () => {
  assert.equal(
    dependencyRule('out/m.onnx', ['m.onnx', 'data/a.npz', 'm.onnx']),
    'out/m.onnx: \\\n  m.onnx \\\n  data/a.npz\n\ndata/a.npz:\n',
  );
  assert.equal(dependencyRule('out', []), 'out:\n');
  for (const [target, path] of [
    ['out', 'a\nb'],
    ['out', 'a;b'],
    ['a=b', 'in'],
  ] as const) {
    assert.equal(failure(() => dependencyRule(target, [path])).code, 'E_WRITE');
  }
});

test('make reads back names with spaces, #, $, : and backslashes', (t) => {
  if (spawnSync('make', ['--version']).status !== 0) return t.skip('make is not installed');
  const names = [
    'first',
    'with space',
    'two  spaces',
    'a#b',
    'cost$5',
    '$HOME',
    'a:b',
    'back\\slash',
    'end\\ x',
    'a|b',
    'lr=0.1',
    '=',
    '50%',
    'a&b',
    'a[1]*?',
    "it's",
  ];
  for (const name of names) writeFileSync(join(folder, name), '');
  writeFileSync(join(folder, 'out file.d'), dependencyRule('out file', names));
  writeFileSync(join(folder, 'Makefile'), 'out\\ file:\n\ttouch "$@"\ninclude out\\ file.d\n');
  const make = (): string => {
    const { status, stdout, stderr } = spawnSync('make', ['out file'], { cwd: folder, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.match(make(), /touch/);
  assert.doesNotMatch(make(), /touch/, 'nothing changed, yet make rebuilds');
  for (const name of names) {
    const past = Date.now() / 1000 - 1000;
    for (const other of [...names, 'out file']) utimesSync(join(folder, other), past, past);
    writeFileSync(join(folder, name), 'changed');
    assert.match(make(), /touch/, `make does not see that "${name}" changed`);
  }
  for (const name of ['with space', 'a|b', '50%']) rmSync(join(folder, name));
  assert.match(make(), /touch/, 'make must go on when a prerequisite was deleted');
});
