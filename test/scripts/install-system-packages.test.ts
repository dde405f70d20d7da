import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';

const script = join(packageRoot(), 'scripts', 'install-system-packages.sh');
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Runs the script with only the given commands, each a line of shell; `log` in their folder takes what they say. */
function run(commands: Readonly<Record<string, string>>, use: readonly string[] = ['tests']) {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-packages-'));
  folders.push(folder);
  const log = join(folder, 'log');
  writeFileSync(log, '');
  for (const [name, body] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${body.replaceAll('$LOG', log)}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const { status, stdout, stderr } = spawnSync('/bin/sh', [script, ...use], {
    env: { PATH: folder },
    encoding: 'utf8',
  });
  return { status, stdout, stderr, log: readFileSync(log, 'utf8') };
}

const NOTHING_THERE = 'exit 1';
/** Says "installed" for the package that is asked for last, if it is gcc or make. */
const SOME_THERE = 'for last; do :; done; case $last in gcc|make) echo installed ;; *) exit 1 ;; esac';
const RECORD = 'echo "$@" >> $LOG';

test('where everything is there, nothing is run', () => {
  const { status, stdout, log } = run({ 'dpkg-query': 'echo installed', id: 'echo 0', 'apt-get': RECORD });
  assert.equal(status, 0);
  assert.match(stdout, /nothing to install/);
  assert.equal(log, '');
});

test('root installs what is missing, and only that, with the reason for each', () => {
  const { status, stdout, log } = run({
    'dpkg-query': SOME_THERE,
    id: 'echo 0',
    env: 'shift; exec "$@"',
    'apt-get': RECORD,
  });
  assert.equal(status, 0);
  const install = log.split('\n').find((line) => line.startsWith('install'))!;
  assert.match(
    install,
    /gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm g\+\+ .*ffmpeg shellcheck chromium libonnx-testdata dataset-fashion-mnist/,
  );
  assert.doesNotMatch(install, / (gcc|make)( |$)/);
  assert.match(stdout, /missing +qemu-system-arm - runs/);
  assert.match(stdout, /present +gcc\n/);
});

test('the tool alone needs no packages of tests', () => {
  const tool = run({ 'dpkg-query': NOTHING_THERE, id: 'echo 1000' }, ['tool']);
  assert.match(
    tool.stderr,
    /missing packages: gcc libc6-dev make gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm\n/,
  );
});

test('what the packages are for has to be said', () => {
  for (const use of [[], ['demo']]) {
    const { status, stderr } = run({ 'dpkg-query': NOTHING_THERE, 'apt-get': RECORD }, use);
    assert.equal(status, 2);
    assert.match(stderr, /tool, or tests/);
  }
});

test('who may not install gets a list and status 1', () => {
  for (const [commands, reason] of [
    [{ id: 'echo 1000', 'apt-get': RECORD }, /only root/],
    [{ id: 'echo 1000', 'apt-get': RECORD, sudo: 'exit 1' }, /only root/],
    [{ id: 'echo 0' }, /apt-get is not here/],
  ] as const) {
    const { status, stderr, log } = run({ 'dpkg-query': NOTHING_THERE, ...commands });
    assert.equal(status, 1);
    assert.match(stderr, reason);
    assert.match(stderr, /missing packages: gcc .*dataset-fashion-mnist/);
    assert.equal(log, '', 'something was run');
  }
});

test('sudo without a password is used, and a failed installation is status 1', () => {
  const sudo = 'shift; [ "$1" = true ] && exit 0; exec "$@"';
  const commands = { 'dpkg-query': NOTHING_THERE, id: 'echo 1000', sudo, env: 'shift; exec "$@"' };
  const worked = run({ ...commands, 'apt-get': RECORD });
  assert.equal(worked.status, 0, worked.stderr);
  assert.match(worked.log, /^install /m);
  const failed = run({ ...commands, 'apt-get': 'exit 100' });
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /could not install/);
});
