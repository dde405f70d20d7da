import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { openRegularFile, readRegularFile } from '../../src/diagnostics/read-file.ts';
import { failure } from '../failure.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinyml-read-'));
after(() => rmSync(folder, { recursive: true }));

const tooLarge = (size: number): TinymlError => new TinymlError('E_DATA', `${size} bytes`);
const read = (path: string, max = 100): Buffer => readRegularFile(path, max, tooLarge);

test('a file is read, also through a link', () => {
  writeFileSync(join(folder, 'file'), 'text');
  symlinkSync('file', join(folder, 'link'));
  assert.equal(read(join(folder, 'file')).toString(), 'text');
  assert.equal(read(join(folder, 'link')).toString(), 'text');
  writeFileSync(join(folder, 'empty'), '');
  assert.equal(read(join(folder, 'empty')).length, 0);
});

test('the bound is looked at before anything is read', () => {
  writeFileSync(join(folder, 'five'), '12345');
  assert.equal(read(join(folder, 'five'), 5).length, 5);
  assert.equal(failure(() => read(join(folder, 'five'), 4)).message, '5 bytes');
});

test('parts are read from their offset, fewer bytes at the end', () => {
  writeFileSync(join(folder, 'part'), 'abcdef');
  const file = openRegularFile(join(folder, 'part'));
  const bytes = new Uint8Array(4);
  assert.equal(file.readInto(bytes, 1), 4);
  assert.equal(Buffer.from(bytes).toString(), 'bcde');
  assert.equal(file.readInto(bytes, 4), 2);
  file.close();
});

test('folders, pipes, sockets, devices and links in a circle are refused at once', async (t) => {
  symlinkSync('circle', join(folder, 'circle'));
  const socket = createServer().listen(join(folder, 'socket'));
  await new Promise((resolve) => socket.once('listening', resolve));
  after(() => socket.close());
  const cases: [string, RegExp][] = [
    [folder, /a folder, not a file/],
    [join(folder, 'circle'), /cannot be read/],
    [join(folder, 'nowhere'), /does not exist/],
    [join(folder, 'socket'), /a socket, not a file/],
    [join(folder, 'a\0b'), /cannot be read/],
  ];
  if (existsSync('/dev/zero')) cases.push(['/dev/zero', /a device, not a file/]);
  if (spawnSync('mkfifo', [join(folder, 'pipe')]).status === 0) {
    cases.push([join(folder, 'pipe'), /a pipe, not a file/]);
  } else t.diagnostic('there is no mkfifo: pipes were left out');
  for (const [path, message] of cases) {
    const error = failure(() => read(path));
    assert.equal(error.code, 'E_FILE', path);
    assert.match(error.message, message);
    assert.deepEqual(error.at, [path]);
    assert.ok(error.hint);
  }
});
