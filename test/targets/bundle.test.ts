import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { kernelNames } from '../../src/program/kernels/index.ts';
import { STRICT_FLAGS } from '../../src/targets/cortex-m/build-flags.ts';
import { type BundleFile, emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { parseManifest } from '../../src/targets/cortex-m/manifest-schema.ts';
import { requireTool, type Tool } from '../../src/targets/cortex-m/toolchain.ts';
import { withBundles } from './folder.ts';
import { bundleInput, smallBundle, smallProgram } from './small-model.ts';

const hostile = 'conv */ #error \n??/\\ /* é';

function run(tool: string, args: readonly string[], cwd: string): string {
  return execFileSync(tool, args, { cwd, encoding: 'utf8', stdio: 'pipe', timeout: 60_000 });
}

function textOf(files: readonly BundleFile[], path: string): string {
  const file = files.find((one) => one.path === path);
  assert.ok(file, `${path} is not in the bundle`);
  return String(file.contents);
}

test('the emitted files of a small model are the golden ones (TINYML_UPDATE_GOLDEN=1 rewrites them)', () => {
  const golden = join(packageRoot(), 'test', 'golden', 'bundle');
  const paths = [
    'kernels/tinyml_kernels.h',
    ...kernelNames.map((kernel) => `kernels/generic/${kernel}.c`),
    'mcu/startup.c',
  ];
  const files = emitBundle({ ...bundleInput(), native: new Map(paths.map((path) => [path, ''])) }).filter(
    ({ path }) => !path.includes('/') && path !== 'manifest.json',
  );
  if (process.env.TINYML_UPDATE_GOLDEN === '1') {
    rmSync(golden, { recursive: true, force: true });
    mkdirSync(golden, { recursive: true });
    for (const { path, contents } of files) writeFileSync(join(golden, `${path}.golden`), contents);
  }
  assert.deepEqual(readdirSync(golden).sort(), files.map(({ path }) => `${path}.golden`).sort());
  for (const { path, contents } of files) {
    assert.equal(String(contents), readFileSync(join(golden, `${path}.golden`), 'utf8'), `${path} changed`);
  }
});

test('equal inputs give equal bytes, without absolute paths or dates', () => {
  const first = smallBundle();
  assert.deepEqual(smallBundle(), first);
  for (const { path, contents } of first) {
    if (typeof contents !== 'string') continue;
    assert.ok(!contents.includes(packageRoot()), `${path} holds the path of the package`);
    assert.doesNotMatch(contents, /\b20\d\d-\d\d-\d\d\b|\d\d:\d\d:\d\d/, `${path} holds a date`);
  }
});

test('the manifest describes the bundle and hashes every file', () => {
  const files = smallBundle();
  const manifest = parseManifest(textOf(files, 'manifest.json'));
  assert.equal(manifest.name, 'small');
  assert.deepEqual(
    manifest.files.map(({ path }) => path),
    files.map(({ path }) => path).filter((path) => path !== 'manifest.json'),
  );
  assert.deepEqual(
    manifest.vectors.map(({ name }) => name),
    ['zeros', 'float', 'ramp', 'noise'],
  );
  assert.deepEqual(manifest.inputs[0], {
    name: 'image',
    dtype: 'float32',
    shape: [1, 6, 6, 2],
    onnxShape: [1, 2, 6, 6],
    layout: [0, 2, 3, 1],
    scale: null,
    zeroPoint: null,
    bytes: 288,
    streamed: null,
  });
  assert.equal(manifest.steps.length, smallProgram().steps.length);
});

test('a manifest of an older version is read, whose live peak is called a lower bound', () => {
  const stated = JSON.parse(textOf(smallBundle(), 'manifest.json'));
  const now = parseManifest(JSON.stringify(stated));
  const { livePeakBytes, ...memory } = stated.memory;
  const old = { ...stated, memory: { ...memory, lowerBoundBytes: livePeakBytes } };
  assert.deepEqual(parseManifest(JSON.stringify(old)), now);
  assert.throws(() => parseManifest(JSON.stringify({ ...stated, memory })), {
    code: 'E_BUNDLE',
    at: ['manifest.json: memory.livePeakBytes'],
  });
});

test('a manifest whose raw data are larger than any image is refused', () => {
  const stated = JSON.parse(textOf(smallBundle(), 'manifest.json'));
  const vector = stated.vectors.find(({ raw }: { raw: object | null }) => raw !== null);
  parseManifest(JSON.stringify(stated));
  vector.raw.width = 16385;
  assert.throws(() => parseManifest(JSON.stringify(stated)), { code: 'E_BUNDLE' });
});

for (const tool of ['cc', 'arm-none-eabi-gcc'] as const satisfies readonly Tool[]) {
  test(`the model compiles without a warning as C99 with ${tool}, whatever its layers are called`, () => {
    const compiler = requireTool(tool);
    return withBundles([smallBundle({ program: smallProgram(hostile), name: 'hostile' })], (folder) => {
      const sources = readdirSync(folder!).filter((path) => path.endsWith('.c'));
      assert.deepEqual(sources.sort(), [
        'hostile.c',
        'hostile_firmware.c',
        'hostile_input.c',
        'hostile_selftest.c',
        'hostile_weights.c',
      ]);
      for (const hook of ['-DHOSTILE_PLAIN', '-DHOSTILE_LAYER_HOOK']) {
        run(compiler, [...STRICT_FLAGS, '-O1', '-fsyntax-only', hook, ...sources], folder!);
      }
    });
  });
}

test('symbols of a bundle start with its name', () => {
  const compiler = requireTool('cc');
  return withBundles([smallBundle({ name: 'keyword' })], (folder) => {
    const manifest = parseManifest(readFileSync(join(folder!, 'manifest.json'), 'utf8'));
    run(compiler, ['-std=c11', '-I.', '-c', ...manifest.sources], folder!);
    const objects = readdirSync(folder!).filter((path) => path.endsWith('.o'));
    assert.equal(objects.length, manifest.sources.length);
    const symbols = run('nm', ['-g', '--defined-only', ...objects], folder!)
      .split('\n')
      .flatMap((line) => line.match(/^[0-9a-f]+ [A-Z] (\w+)$/)?.[1] ?? []);
    assert.ok(symbols.includes('keyword_invoke'));
    assert.deepEqual(
      symbols.filter((symbol) => !symbol.startsWith('keyword_')),
      [],
    );
  });
});

test('two bundles link into one program', () => {
  const compiler = requireTool('cc');
  return withBundles([smallBundle({ name: 'first' }), smallBundle({ name: 'second' })], (...folders) => {
    const [first] = folders as [string, string];
    writeFileSync(
      join(first, 'main.c'),
      `#include <string.h>
#include "first.h"
#include "second.h"
int main(void) {
  first_invoke();
  second_invoke();
  return 0;
}
`,
    );
    const sources = folders.flatMap((folder) =>
      parseManifest(readFileSync(join(folder, 'manifest.json'), 'utf8')).sources.map((path) =>
        join(folder, path),
      ),
    );
    const includes = folders.flatMap((folder) => ['-I', folder]);
    run(compiler, ['-std=c11', ...includes, 'main.c', ...sources, '-o', 'both'], first);
    run(join(first, 'both'), [], first);
  });
});
