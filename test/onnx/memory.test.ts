import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { TensorProto } from '../../src/onnx/proto.ts';
import { packageRoot } from '../../src/package-root.ts';
import { FLOAT, modelBytes, node, valueInfo } from './models.ts';

const SIZE = 64 * 2 ** 20;

/** The modules as this test itself runs: source under tsx, or compiled. */
const extension = extname(fileURLToPath(import.meta.url));
const folder = extension === '.ts' ? 'src' : join('dist', 'src');
const LOAD = pathToFileURL(join(packageRoot(), folder, 'onnx', `load${extension}`)).href;

/** Peak resident memory in bytes of a process that loads the model, or only the importer. */
function peakMemory(path: string | null): number {
  const code = `
    const { loadModel } = await import(${JSON.stringify(LOAD)});
    const model = ${path === null ? 'null' : `await loadModel(${JSON.stringify(path)})`};
    if (model && model.constants.size !== 16) throw new Error('constants are missing');
    console.log(process.resourceUsage().maxRSS);`;
  const loader = extension === '.ts' ? ['--import', 'tsx'] : [];
  const args = [...loader, '--input-type=module', '--eval', code];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: packageRoot(),
  });
  assert.equal(status, 0, stderr);
  return Number(stdout) * 1024;
}

function largeModel(data: (bytes: Uint8Array) => Partial<TensorProto>): Uint8Array {
  const bytes = new Uint8Array(SIZE / 16).fill(1);
  const dims = [bytes.length / 4];
  return modelBytes(13, {
    node: [node('Relu', ['x'], ['y'])],
    initializer: Array.from({ length: 16 }, (_, i) => ({
      name: `w${i}`,
      dims,
      dataType: FLOAT,
      ...data(bytes),
    })),
    input: [valueInfo('x', [1])],
    output: [valueInfo('y', [1])],
  });
}

test('a large model loads in less than three times its size, raw or typed', () => {
  const temporary = mkdtempSync(join(tmpdir(), 'tinyml-memory-'));
  try {
    const bare = peakMemory(null);
    for (const field of ['rawData', 'floatData'] as const) {
      const path = join(temporary, `${field}.onnx`);
      writeFileSync(
        path,
        largeModel((bytes) => (field === 'rawData' ? { rawData: bytes } : { floatData: [bytes] })),
      );
      const ratio = (peakMemory(path) - bare) / SIZE;
      assert.ok(ratio < 3, `${field}: ${ratio.toFixed(2)} times the size of the file`);
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
});
