/** The package with all, some or none of its compiled kernels: the same results, and doctor says what runs. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../../src/package-root.ts';
import { nativeKernels, wasmKernels } from '../engine/programs.ts';
import { outcome } from './run.ts';

const work = mkdtempSync(join(tmpdir(), 'tinyml-engines-'));
after(() => rmSync(work, { recursive: true }));

const data = join(packageRoot(), 'fixtures', 'fashion-mnist');
const HERE = `${process.platform}-${process.arch}`;

/** What doctor says, by the folders of prebuilds/ that an installation has. */
const INSTALLATIONS = [
  { name: 'all', prebuilds: [HERE, 'wasm'], says: /^native, \w+$/ },
  {
    name: 'wasm',
    prebuilds: ['wasm'],
    says: new RegExp(`^WebAssembly, \\w+ \\(native: not built for ${HERE}\\)$`),
  },
  {
    name: 'none',
    prebuilds: [],
    says: new RegExp(`^TypeScript \\(native: not built for ${HERE}; wasm: not built\\)$`),
  },
] as const;

/** A copy of the package's sources, without the kernels that were compiled here. */
function install(name: string, prebuilds: readonly string[]): void {
  const root = packageRoot();
  const copy = join(work, name);
  mkdirSync(copy);
  const kernels = prebuilds.map((folder) => join('prebuilds', folder));
  for (const path of ['package.json', 'src', join('test', 'cli', 'entry.ts'), ...kernels]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

/** The command line of an installation, with no compiler in PATH. */
function tinyml(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const copy = join(work, name);
  const loader = pathToFileURL(join(packageRoot(), 'node_modules', 'tsx', 'dist', 'loader.mjs')).href;
  return outcome(
    spawn(process.execPath, ['--import', loader, join(copy, 'test', 'cli', 'entry.ts'), ...args], {
      cwd: copy,
      env: { PATH: join(work, 'no-programs'), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

async function jsonOf(name: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await tinyml(name, [...args, '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, unknown>;
}

before(() => {
  for (const kernels of [nativeKernels(), wasmKernels()])
    assert.notEqual(typeof kernels, 'string', `${kernels}`);
  for (const { name, prebuilds } of INSTALLATIONS) install(name, prebuilds);
});

test('doctor says which kernels run, and why nothing faster', async () => {
  for (const { name, says } of INSTALLATIONS) {
    const { checks } = await jsonOf(name, 'doctor');
    const rows = checks as readonly { readonly name: string; readonly found: string }[];
    assert.match(rows.find((row) => row.name === 'host kernels')!.found, says);
  }
});

test('quantize and evaluate give the same bytes, whatever runs them', async () => {
  const [model, calibration, evaluationSet] = [
    'model.onnx',
    'calibration-images-idx3-ubyte',
    'evaluation-images-idx3-ubyte',
  ].map((file) => join(data, file)) as [string, string, string];
  const results = [];
  for (const { name } of INSTALLATIONS) {
    const quantize = ['quantize', model, '--data', calibration, '--calibration-size', '8', '-o', 'int8.onnx'];
    await jsonOf(name, ...quantize);
    const evaluate = ['evaluate', 'int8.onnx', '--data', evaluationSet, '--limit', '40'];
    const { evaluation } = await jsonOf(name, ...evaluate);
    results.push({ bytes: readFileSync(join(work, name, 'int8.onnx')), evaluation });
  }
  const [all, ...others] = results;
  for (const other of others) assert.deepEqual(other, all);
});

test('kernels that are asked for and not there are an error', async () => {
  const { status, stderr } = await tinyml('none', ['doctor'], { TINYML_ENGINE: 'wasm' });
  assert.equal(status, 2);
  assert.match(
    stderr,
    /^error\[E_USAGE\]: there are no wasm kernels: not built\n {2}at: TINYML_ENGINE=wasm\n/,
  );
});
