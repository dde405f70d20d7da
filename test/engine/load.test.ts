/** Which kernels are chosen. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addonPath } from '../../src/engine/addon.ts';
import { loadKernels } from '../../src/engine/load.ts';
import { wasmPath } from '../../src/engine/wasm.ts';
import { nativeKernels, wasmKernels } from './programs.ts';

const work = mkdtempSync(join(tmpdir(), 'tinyml-load-'));
after(() => rmSync(work, { recursive: true }));

const native = nativeKernels();
const wasm = wasmKernels();
const skip = typeof native === 'string' ? native : false;

const HERE = `${process.platform}-${process.arch}`;
const files = { addon: addonPath(), wasm: wasmPath() };
const missing = { addon: join(work, 'missing.node'), wasm: join(work, 'missing.wasm') };
const broken = { addon: join(work, 'broken.node'), wasm: join(work, 'broken.wasm') };
for (const file of Object.values(broken)) writeFileSync(file, 'not a library');

test('this checkout has the kernels that its tests are about', () => {
  assert.notEqual(typeof wasm, 'string', `${wasm}; on Debian, the packages clang and lld have the compilers`);
  assert.ok(typeof native !== 'string' || process.platform === 'win32', String(native));
});

test('native code is taken before WebAssembly, and that before TypeScript, with the reasons', {
  skip,
}, () => {
  assert.equal(loadKernels({}, files).kind, 'native');
  const second = loadKernels({}, { ...files, addon: missing.addon });
  assert.ok(second.kind === 'wasm');
  assert.equal(second.reason, `native: not built for ${HERE}`);
  assert.deepEqual(loadKernels({}, missing), {
    kind: 'typescript',
    reason: `native: not built for ${HERE}; wasm: not built`,
  });
});

test('what is asked for is taken, whatever else is there', { skip }, () => {
  assert.equal(loadKernels({ TINYML_ENGINE: 'native' }, files).kind, 'native');
  assert.equal(loadKernels({ TINYML_ENGINE: 'wasm' }, files).kind, 'wasm');
  assert.deepEqual(loadKernels({ TINYML_ENGINE: 'typescript' }, files), {
    kind: 'typescript',
    reason: 'TINYML_ENGINE=typescript',
  });
});

test('kernels that were built from other signatures are not used, and the reason says what to do', () => {
  // exports `version`, a function that returns 1
  const module = '0061736d01000000 0105016000017f 03020100 070b010776657273696f6e0000 0a06010400 41010b';
  const stale = { addon: join(work, 'stale.cjs'), wasm: join(work, 'stale.wasm') };
  writeFileSync(stale.addon, 'module.exports = { version: 1 };');
  writeFileSync(stale.wasm, Buffer.from(module.replaceAll(' ', ''), 'hex'));
  const reason = 'built from other sources; "npm run build" builds them anew';
  assert.deepEqual(loadKernels({}, stale), {
    kind: 'typescript',
    reason: `native: ${reason}; wasm: ${reason}`,
  });
  assert.throws(() => loadKernels({ TINYML_ENGINE: 'native' }, stale), {
    code: 'E_USAGE',
    message: `there are no native kernels: ${reason}`,
  });
});

test('kernels that cannot be loaded are not used', () => {
  const kernels = loadKernels({}, broken);
  assert.ok(kernels.kind === 'typescript');
  assert.match(kernels.reason, /^native: .*(file|image|header).*; wasm: .*magic/);
  for (const TINYML_ENGINE of ['native', 'wasm']) {
    for (const bad of [broken, missing]) {
      assert.throws(() => loadKernels({ TINYML_ENGINE }, bad), {
        code: 'E_USAGE',
        at: [`TINYML_ENGINE=${TINYML_ENGINE}`],
        hint: /npm run build/,
      });
    }
  }
});

test('kernels and instruction sets that do not exist are refused', { skip }, () => {
  assert.throws(() => loadKernels({ TINYML_ENGINE: 'fast' }), { code: 'E_USAGE' });
  assert.throws(() => loadKernels({ TINYML_ISA: 'sse9' }), { code: 'E_USAGE', at: ['TINYML_ISA=sse9'] });
});

test('the best instruction set is taken unless one is asked for', { skip }, () => {
  assert.ok(typeof native !== 'string' && typeof wasm !== 'string');
  const isa = (environment: NodeJS.ProcessEnv) => {
    const kernels = loadKernels(environment);
    return kernels.kind === 'typescript' ? kernels.reason : kernels.isa;
  };
  for (const { kind: TINYML_ENGINE, library } of [native, wasm]) {
    assert.equal(isa({ TINYML_ENGINE }), library.isas.at(-1));
    assert.equal(isa({ TINYML_ENGINE, TINYML_ISA: 'native' }), library.isas.at(-1));
    assert.equal(isa({ TINYML_ENGINE, TINYML_ISA: 'generic' }), 'generic');
  }
});
