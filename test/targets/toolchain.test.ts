import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { boardFor, boardsToVerify } from '../../src/targets/cortex-m/boards.ts';
import { allocatedSections } from '../../src/targets/cortex-m/elf.ts';
import { runProcess } from '../../src/targets/cortex-m/process.ts';
import { findTool, requireTool, requireTools } from '../../src/targets/cortex-m/toolchain.ts';

test('a tool is found by its variable first, then in PATH; only executable files count', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-tools-test-'));
  try {
    const compiler = join(folder, 'arm-none-eabi-gcc');
    const other = join(folder, 'other-gcc');
    for (const path of [compiler, other]) writeFileSync(path, '#!/bin/sh\n');
    const PATH = ['', '/nowhere', folder].join(delimiter);
    assert.equal(findTool('arm-none-eabi-gcc', { PATH }), null);
    chmodSync(compiler, 0o755);
    chmodSync(other, 0o755);
    assert.equal(findTool('arm-none-eabi-gcc', { PATH }), compiler);
    assert.equal(findTool('arm-none-eabi-gcc', { PATH, TINYML_ARM_CC: 'other-gcc' }), other);
    assert.equal(findTool('arm-none-eabi-gcc', { PATH: '', TINYML_ARM_CC: other }), other);
    assert.equal(findTool('arm-none-eabi-gcc', { PATH, TINYML_ARM_CC: '/nowhere/gcc' }), null);
    assert.equal(findTool('arm-none-eabi-gcc', {}), null);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a missing tool is named with its Debian package and its variable', () => {
  const packages = {
    cc: 'gcc',
    'arm-none-eabi-gcc': 'gcc-arm-none-eabi',
    'qemu-system-arm': 'qemu-system-arm',
  } as const;
  for (const [tool, debianPackage] of Object.entries(packages)) {
    assert.throws(
      () => requireTool(tool as keyof typeof packages, { PATH: '/nowhere' }),
      (error) =>
        error instanceof TinymlError &&
        error.code === 'E_TOOLCHAIN' &&
        error.message.includes(tool) &&
        error.hint!.includes(debianPackage) &&
        error.hint!.includes('TINYML_'),
    );
  }
});

test('all tools that are missing are named at once', () => {
  assert.throws(
    () => requireTools(['qemu-system-arm', 'arm-none-eabi-gcc'], { PATH: '/nowhere' }),
    (error) =>
      error instanceof TinymlError &&
      /qemu-system-arm is missing.*arm-none-eabi-gcc is missing/.test(error.message) &&
      /qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi\)/.test(error.hint!),
  );
});

test('a process that does not end is killed, one that cannot start is reported', async () => {
  const cwd = tmpdir();
  const slow = await runProcess(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], {
    cwd,
    timeoutMs: 300,
  });
  assert.deepEqual([slow.timedOut, slow.status], [true, null]);
  const absent = await runProcess('/nowhere/program', [], { cwd, timeoutMs: 300 });
  assert.match(absent.failure!, /ENOENT/);
  const script = 'console.log("out"); console.error("err"); process.exit(3)';
  const ended = await runProcess(process.execPath, ['-e', script], { cwd, timeoutMs: 10_000 });
  assert.deepEqual(
    [ended.status, ended.stdout, ended.stderr, ended.timedOut, ended.failure],
    [3, 'out\n', 'err\n', false, null],
  );
});

test('what is no ELF file is refused', () => {
  for (const bytes of [new Uint8Array(), new Uint8Array(100), Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1)]) {
    assert.throws(
      () => allocatedSections(bytes),
      (error) => error instanceof TinymlError && error.code === 'E_TOOLCHAIN',
    );
  }
});

test('boards follow the core; plans for CMSIS-NN stay with cores of the same features', () => {
  const ids = (...args: Parameters<typeof boardsToVerify>): readonly string[] =>
    boardsToVerify(...args).map(({ id }) => id);
  const plain = { dsp: false, mve: false };
  const dsp = { dsp: true, mve: false };
  const mve = { dsp: true, mve: true };
  assert.equal(boardFor('cortex-m0plus').id, 'm3');
  assert.equal(boardFor('cortex-m85').id, 'm55');
  assert.deepEqual(ids('cortex-m7', dsp, 'builtin', undefined), ['m4', 'm7', 'm55']);
  assert.deepEqual(ids('cortex-m33', plain, 'builtin', undefined), ['m4', 'm7', 'm33', 'm55']);
  assert.deepEqual(ids('cortex-m7', dsp, 'builtin', ['m3']), ['m3']);
  assert.deepEqual(ids('cortex-m4', dsp, 'cmsis-nn', undefined), ['m4', 'm7', 'm33']);
  assert.deepEqual(ids('cortex-m33', plain, 'cmsis-nn', undefined), ['m3']);
  assert.deepEqual(ids('cortex-m85', mve, 'cmsis-nn', undefined), ['m55']);
  assert.throws(
    () => boardsToVerify('cortex-m7', dsp, 'cmsis-nn', ['m7', 'm55']),
    (error) => error instanceof TinymlError && error.code === 'E_USAGE',
  );
});
