/** Bundles as their users meet them: the example of docs/bundle.md, the Makefile, CMake. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Preprocess, RAW_VALUES } from '../../src/data/preprocess.ts';
import { packageRoot } from '../../src/package-root.ts';
import { createRunner } from '../../src/program/run.ts';
import { parseManifest } from '../../src/targets/cortex-m/manifest-schema.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { withBundles } from './folder.ts';
import { bundleInput, denseProgram, smallBundle } from './small-model.ts';

/** Of a camera of any size four pixels are left; the dense network has four classes. */
const PREPROCESS: Preprocess = {
  ...RAW_VALUES,
  scale: 1 / 255,
  mean: [0.5],
  channels: 'rgb',
  resize: { width: 2, height: 2, method: 'area', fit: 'stretch' },
};
const LABELS = ['zero', 'one', 'two', 'three'];

const netBundle = () =>
  smallBundle({
    program: denseProgram(),
    name: 'net',
    target: 'stm32f411',
    contract: { preprocess: PREPROCESS, labels: LABELS },
  });

function run(tool: string, args: readonly string[], cwd: string): string {
  return execFileSync(tool, args, { cwd, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 });
}

/** The C examples of docs/bundle.md, in order. */
function examples(): readonly string[] {
  const text = readFileSync(join(packageRoot(), 'docs', 'bundle.md'), 'utf8');
  return [...text.matchAll(/```c\n(.*?)```/gs)].map((match) => match[1]!);
}

test('the examples of docs/bundle.md compile, and the program prints what the model computes', async () => {
  const [program, swap, , hook] = examples() as [string, string, string, string];
  const cc = requireTool('cc');
  const strict = ['-std=c99', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-I.'];
  const { plan } = bundleInput({ program: denseProgram() });
  const input = new Int8Array(12).fill(-35); // the frame is black: -0.5 / 0.02 - 10
  const [output] = createRunner(denseProgram(), plan)([input]) as [Int8Array];
  const best = output.indexOf(Math.max(...output));
  await withBundles([netBundle()], (folder) => {
    writeFileSync(join(folder!, 'main.c'), program);
    writeFileSync(
      join(folder!, 'hook.c'),
      hook.replace('/* read', '(void)layer, (void)output, (void)bytes; /* read'),
    );
    writeFileSync(join(folder!, 'swap.c'), swap);
    run(cc, [...strict, '-c', 'swap.c'], folder!);
    const { sources } = parseManifest(readFileSync(join(folder!, 'manifest.json'), 'utf8'));
    run(cc, [...strict, 'main.c', ...sources, '-o', 'example'], folder!);
    assert.equal(
      run(join(folder!, 'example'), [], folder!),
      `${LABELS[best]}: ${Math.fround((output[best]! + 10) * Math.fround(0.02)).toFixed(6)}\n`,
    );
    run(cc, [...strict, '-DNET_LAYER_HOOK', 'hook.c', 'main.c', ...sources, '-o', 'hooked'], folder!);
  });
});

test('attributes place the arena and the tables in sections', async () => {
  const cc = requireTool('arm-none-eabi-gcc');
  await withBundles([netBundle()], (folder) => {
    const section = (name: string): string => `__attribute__((section("${name}")))`;
    run(cc, ['-c', 'net.c', `-DNET_ARENA_ATTR=${section('.dtcm')}`], folder!);
    run(cc, ['-c', 'net_weights.c', `-DNET_WEIGHTS_ATTR=${section('.qspi')}`], folder!);
    const sections = run(cc.replace(/gcc$/, 'size'), ['-A', 'net.o', 'net_weights.o'], folder!);
    assert.match(sections, /\.dtcm +16 /);
    assert.match(sections, /\.qspi +[1-9]\d+ /);
  });
});

test('make builds, tests on this machine and on a board, and measures', async () => {
  await withBundles([netBundle()], (folder) => {
    const make = (...args: readonly string[]): string => run('make', ['-s', ...args], folder!);
    assert.match(make('selftest'), /^result pass$/m);
    assert.match(make('-j2', 'arm', 'size'), / 16\t *\d+\t/);
    const { status, stderr } = board(folder!, 'm4');
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^result pass$/m);
    assert.match(board(folder!, 'm1').stderr, /BOARD is one of m3 m4 m7 m33 m55/);
    make('OPT=-Os', 'BUILD=small', 'CFLAGS=-Werror');
    make('clean');
  });
});

function board(folder: string, id: string): { readonly status: number; readonly stderr: string } {
  try {
    return { status: 0, stderr: run('sh', ['-c', `make -s qemu BOARD=${id} 2>&1`], folder) };
  } catch (error) {
    const { status, stdout } = error as { status: number; stdout: string };
    return { status, stderr: stdout };
  }
}

test('a CMake project takes the bundle as a subdirectory', async () => {
  const [program] = examples() as [string];
  await withBundles([netBundle().map((file) => ({ ...file, path: `net/${file.path}` }))], (folder) => {
    writeFileSync(join(folder!, 'main.c'), program);
    writeFileSync(
      join(folder!, 'CMakeLists.txt'),
      `cmake_minimum_required(VERSION 3.13)
project(example C)
add_subdirectory(net)
add_executable(example main.c)
target_link_libraries(example net)
`,
    );
    run('cmake', ['-S', '.', '-B', 'out'], folder!);
    run('cmake', ['--build', 'out'], folder!);
    assert.match(run(join(folder!, 'out', 'example'), [], folder!), /^(zero|one|two|three): /);
  });
});
