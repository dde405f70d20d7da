/** Which kernels are chosen, and the build of the native ones. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadKernels } from '../../src/engine/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { nativeKernels } from './programs.ts';

const work = mkdtempSync(join(tmpdir(), 'tinyml-load-'));
after(() => rmSync(work, { recursive: true }));

const native = nativeKernels();
const skip = typeof native === 'string' ? native : false;

test('TypeScript runs where it is asked for, and where nothing was built', () => {
  assert.deepEqual(loadKernels({ TINYML_ENGINE: 'typescript' }), {
    kind: 'typescript',
    reason: 'TINYML_ENGINE=typescript',
  });
  const missing = loadKernels({}, join(work, 'missing.node'));
  assert.deepEqual(missing, {
    kind: 'typescript',
    reason: `not built for ${process.platform}-${process.arch}`,
  });
});

test('an addon that cannot be loaded is not used', () => {
  const broken = join(work, 'broken.node');
  writeFileSync(broken, 'not a library');
  assert.equal(loadKernels({}, broken).kind, 'typescript');
  assert.throws(() => loadKernels({ TINYML_ENGINE: 'native' }, broken), {
    code: 'E_USAGE',
    at: ['TINYML_ENGINE=native'],
  });
});

test('kernels and instruction sets that do not exist are refused', { skip }, () => {
  assert.throws(() => loadKernels({ TINYML_ENGINE: 'fast' }), { code: 'E_USAGE' });
  assert.throws(() => loadKernels({ TINYML_ISA: 'sse9' }), { code: 'E_USAGE', at: ['TINYML_ISA=sse9'] });
});

test('the best instruction set is taken unless one is asked for', { skip }, () => {
  assert.ok(typeof native !== 'string');
  const isa = (environment: NodeJS.ProcessEnv) => {
    const kernels = loadKernels(environment);
    return kernels.kind === 'native' ? kernels.isa : kernels.reason;
  };
  assert.equal(isa({}), native.addon.isas.at(-1));
  assert.equal(isa({ TINYML_ISA: 'native' }), native.addon.isas.at(-1));
  assert.equal(isa({ TINYML_ISA: 'generic', TINYML_ENGINE: 'native' }), 'generic');
});

test('without a C compiler the build says so in a line and succeeds', () => {
  const script = join(packageRoot(), 'scripts', 'build-native.js');
  const output = join(work, 'prebuilds');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, output], {
    env: { ...process.env, TINYML_CC: join(work, 'no-compiler') },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^native kernels: (no C compiler|not built on Windows).*\n$/);
  assert.ok(!existsSync(join(output, `${process.platform}-${process.arch}`, 'tinyml.node')));
});
