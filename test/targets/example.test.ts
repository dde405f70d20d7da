/** The program in the README of a bundle, built as its readers build it: every C file of the folder, and their own main. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { withBundles } from './folder.ts';
import { type Case, passBundle } from './input-model.ts';

const WARNINGS = ['-Wall', '-Wextra', '-Wpedantic', '-Werror'];

const LABELS = ['plain', 'with "quotes" \\ and ?', 'Größe'];

const CASES: readonly (Case & { readonly says: string; readonly call: string })[] = [
  {
    name: 'camera',
    onnxShape: [1, 3, 8, 8],
    layout: [0, 2, 3, 1],
    preprocess: {
      scale: 1 / 255,
      channels: 'rgb',
      resize: { width: null, height: null, method: 'area', fit: 'crop' },
    },
    says: 'output',
    call: 'camera_input_from_rgb888(pixels, 160, 120, 0)',
  },
  {
    name: 'sound',
    onnxShape: [1, 3],
    preprocess: { sound: { rate: 8000, features: null } },
    labels: LABELS,
    says: `${LABELS[0]}: 0.000000`,
    call: 'sound_input_from_pcm16(samples)',
  },
  {
    name: 'motion',
    onnxShape: [1, 3, 4],
    preprocess: { mean: [0, 0, -9.81] },
    says: 'output',
    call: 'motion_input_from_signal(values)',
  },
];

function run(tool: string, args: readonly string[], cwd: string): string {
  return execFileSync(tool, args, { cwd, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 });
}

function isThere(tool: string): boolean {
  return spawnSync(tool, ['--version'], { stdio: 'ignore' }).status === 0;
}

test('the program in the README of a bundle builds with C, C++ and Arm compilers, and prints a class', () =>
  withBundles(CASES.map(passBundle), (...folders) => {
    CASES.forEach(({ says, call }, i) => {
      const folder = folders[i]!;
      const [, program] = /^```c\n([\s\S]*?)^```/m.exec(readFileSync(join(folder, 'README.md'), 'utf8'))!;
      assert.ok(program!.includes(call), `${call} is not in\n${program}`);
      const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.endsWith('.c'),
      );
      writeFileSync(join(folder, 'main.c'), program!);
      writeFileSync(join(folder, 'main.cpp'), program!);
      run(requireTool('cc'), ['-std=c99', ...WARNINGS, '-I.', 'main.c', ...sources, '-o', 'program'], folder);
      assert.ok(run(join(folder, 'program'), [], folder).startsWith(says));
      const check = [...WARNINGS, '-I.', '-fsyntax-only'];
      if (isThere('g++')) run('g++', [...check, 'main.cpp'], folder);
      if (isThere('clang')) {
        run('clang', [...check, '-x', 'c++', 'main.cpp'], folder);
        run('clang', [...check, 'main.c', ...sources], folder);
      }
      const arm = ['-mcpu=cortex-m33', '-mthumb', '--specs=nosys.specs', '-Wl,--no-warnings'];
      run(
        requireTool('arm-none-eabi-gcc'),
        [...arm, ...WARNINGS, '-I.', 'main.c', ...sources, '-o', 'a.elf'],
        folder,
      );
    });
  }));

test('what a firmware does not call of conversions and names is not linked', () =>
  withBundles([passBundle(CASES[1]!)], (folder) => {
    const sources = readdirSync(folder!, { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.c'),
    );
    const flags = [
      '-mcpu=cortex-m4',
      '-mthumb',
      '-ffunction-sections',
      '-fdata-sections',
      '-Wl,--gc-sections',
    ];
    const program = ['--specs=nosys.specs', '-Wl,--no-warnings', '-lm', '-o', 'firmware.elf'];
    writeFileSync(
      join(folder!, 'main.c'),
      '#include "sound.h"\nint main(void) { sound_invoke(); return 0; }\n',
    );
    run(requireTool('arm-none-eabi-gcc'), [...flags, '-I.', 'main.c', ...sources, ...program], folder!);
    const binary = readFileSync(join(folder!, 'firmware.elf'), 'latin1');
    assert.ok(binary.includes('sound_invoke'));
    for (const symbol of ['sound_input_from_pcm16', 'sound_class_name', LABELS[0]!]) {
      assert.ok(!binary.includes(`${symbol}\0`), symbol);
    }
  }));
