/** Development environments compile every C file of a folder, with the flags of a project: for every core that must build. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kernelNames } from '../../src/program/kernels/index.ts';
import { kernelSources } from '../../src/targets/cortex-m/kernel-sources.ts';
import { readNativeSources } from '../../src/targets/cortex-m/native-sources.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

const SMALLEST = ['-mcpu=cortex-m0plus'];
const CORES: readonly (readonly string[])[] = [
  SMALLEST,
  ['-mcpu=cortex-m3'],
  ['-mcpu=cortex-m4', '-mfpu=fpv4-sp-d16', '-mfloat-abi=hard'],
  ['-mcpu=cortex-m7', '-mfpu=fpv5-d16', '-mfloat-abi=hard'],
  ['-mcpu=cortex-m33', '-mfpu=fpv5-sp-d16', '-mfloat-abi=hard'],
  ['-mcpu=cortex-m55', '-mfloat-abi=hard'],
];
const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror'];

function run(tool: string, args: readonly string[], cwd: string): void {
  execFileSync(tool, args, { cwd, stdio: 'pipe', timeout: 60_000 });
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.c'));
}

/** With the name of a bundle as prefix: nobody has to say which of the files are the library. */
const MAIN = `#include "small.h"
int main(void) {
  small_invoke();
  return 0;
}
`;

test('all files of a bundle and a main.c link into one program, and compile for every core', () =>
  withBundles([smallBundle()], (folder) => {
    writeFileSync(join(folder!, 'main.c'), MAIN);
    const sources = sourcesIn(folder!);
    assert.ok(sources.some((path) => path.startsWith('mcu')) && sources.includes('small_selftest.c'));
    const compiler = requireTool('arm-none-eabi-gcc');
    const flags = ['-std=c11', ...WARNINGS, '-mthumb', '-I.', ...sources];
    for (const core of CORES) run(compiler, [...flags, ...core, '-fsyntax-only'], folder!);
    run(
      compiler,
      [...flags, ...SMALLEST, '--specs=nosys.specs', '-Wl,--no-warnings', '-o', 'arm.elf'],
      folder!,
    );
    run(requireTool('cc'), ['-std=c11', ...WARNINGS, '-I.', ...sources, '-o', 'program'], folder!);
    run(join(folder!, 'program'), [], folder!);
  }));

for (const library of ['builtin', 'cmsis-nn'] as const) {
  test(`every C file of every ${library} kernel compiles on the smallest core, or is included by one that does`, () => {
    const { files, sources } = kernelSources(readNativeSources(), kernelNames, library, 'all');
    assert.deepEqual(
      files.map(({ path }) => path).filter((path) => path.endsWith('.c')),
      sources,
    );
    if (library === 'cmsis-nn') return; // Arm's headers are needed to compile them
    return withBundles([files], (folder) => {
      const flags = ['-std=c11', ...WARNINGS, '-mthumb', ...SMALLEST, '-fsyntax-only'];
      run(requireTool('arm-none-eabi-gcc'), [...flags, ...sources], folder!);
    });
  });
}
