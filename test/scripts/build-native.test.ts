/** The build of the compiled kernels: what is shipped, and what happens without compilers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';

const work = mkdtempSync(join(tmpdir(), 'tinyml-build-'));
after(() => rmSync(work, { recursive: true }));

const script = join(packageRoot(), 'scripts', 'build-native.js');

/** Runs the build script with a PATH that has no programs, then tells what it wrote. */
function buildWithoutCompilers(targets: readonly string[]) {
  const output = join(work, 'prebuilds');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, '--to', output, ...targets], {
    env: { PATH: join(work, 'no-programs') },
    encoding: 'utf8',
  });
  return { status, stdout, stderr, built: existsSync(output) };
}

test('without compilers the build says what it did not build and what runs instead, and succeeds', () => {
  const { status, stdout, stderr, built } = buildWithoutCompilers([]);
  assert.equal(status, 0, stderr);
  assert.match(
    stdout,
    /^native kernels: not built \(missing: .*\); TypeScript runs instead\nWebAssembly kernels: not built \(missing: clang, wasm-ld\)\nTypeScript is .* slower\. On Debian, "sh scripts\/install-system-packages\.sh tests" installs the compilers\.\n$/,
  );
  assert.ok(!built);
});

test('a target that is asked for by name and cannot be built is an error that says what is missing', () => {
  const { status, stdout, stderr, built } = buildWithoutCompilers(['linux-arm64']);
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /^target linux-arm64: missing aarch64-linux-gnu-gcc\nOn Debian, "sh scripts\/install-system-packages\.sh tests"/,
  );
  assert.ok(!built);
  assert.match(
    buildWithoutCompilers(['linux-vax']).stderr,
    /^no target "linux-vax": there are host, linux-x64/,
  );
});

test('the next build compiles what changed, and nothing else', () => {
  const copy = join(work, 'a copy');
  for (const folder of ['scripts', 'native']) {
    cpSync(join(packageRoot(), folder), join(copy, folder), { recursive: true });
  }
  symlinkSync(join(packageRoot(), 'node_modules'), join(copy, 'node_modules'));
  const build = () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(copy, 'scripts', 'build-native.js'), 'wasm'],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const objects = () => {
    const folder = join(copy, 'dist', 'native', 'wasm');
    const names = readdirSync(folder).filter((name) => name.endsWith('.o'));
    return new Map(names.map((name) => [name, statSync(join(folder, name)).mtimeMs]));
  };
  assert.match(build(), /^WebAssembly kernels: compiling .*\nWebAssembly kernels: built .*\n$/);
  assert.equal(build(), '', 'built again without a change');
  const compiledAfter = (touched: string): readonly string[] => {
    const before = objects();
    const now = new Date();
    utimesSync(join(copy, touched), now, now);
    assert.match(
      build(),
      /^WebAssembly kernels: compiling .*\nWebAssembly kernels: built .*\n$/,
      `${touched} changed`,
    );
    return [...objects()].filter(([name, time]) => time !== before.get(name)).map(([name]) => name);
  };
  assert.deepEqual(compiledAfter('native/wasm/memory.c'), ['native-wasm-memory.c.o']);
  const users = compiledAfter('native/wasm/include/math.h');
  assert.ok(users.includes('native-kernels-generic-max_pool2d_f32.c.o'), `${users}`);
  assert.ok(!users.includes('native-engine-engine.c.o'), `${users}`);
});

/** e_machine of the ELF header (System V ABI, and its supplements for the processors). */
const MACHINES = { 'linux-x64': 62, 'linux-arm64': 183 } as const;
const SHARED_OBJECT = 3;

/** An addon asks for no newer glibc 2 than Node.js 20 itself. */
const GLIBC_MINOR = 28;

for (const target of ['linux-x64', 'linux-arm64'] as const) {
  test(`the addon for ${target} needs Node.js and the C library, and nothing else`, () => {
    const built = spawnSync(process.execPath, [script, target], { encoding: 'utf8' });
    assert.equal(
      built.status,
      0,
      `${built.stderr}; on Debian, "sh scripts/install-system-packages.sh tests" installs compilers`,
    );
    const addon = join(packageRoot(), 'prebuilds', target, 'tinyml.node');
    const header = readFileSync(addon);
    assert.deepEqual(
      header.subarray(0, 6),
      Buffer.from('\x7fELF\x02\x01', 'latin1'),
      '64 bits, little-endian',
    );
    assert.deepEqual([header.readUInt16LE(16), header.readUInt16LE(18)], [SHARED_OBJECT, MACHINES[target]]);

    const readelf = (option: string) =>
      spawnSync('readelf', ['-W', option, addon], { encoding: 'utf8' }).stdout;
    const libraries = [...readelf('--dynamic').matchAll(/Shared library: \[(.*)\]/g)].map(([, name]) => name);
    assert.deepEqual(libraries, ['libc.so.6']);
    const symbols = readelf('--dyn-syms')
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const exported = symbols.filter(([, , , , bind, , section]) => bind === 'GLOBAL' && Number(section) > 0);
    assert.deepEqual(exported.map((symbol) => symbol[7]).sort(), [
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
    ]);
    const needed = symbols.filter(([, , , , bind, , section]) => bind === 'GLOBAL' && section === 'UND');
    assert.ok(needed.length > 20, `readelf lists ${needed.length} symbols`);
    for (const [, , , , , , , name = ''] of needed) {
      const version = /@GLIBC_2\.(\d+)/.exec(name)?.[1];
      assert.ok(name.startsWith('napi_') || Number(version) <= GLIBC_MINOR, `needs ${name}`);
    }
  });
}
