import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FLOAT, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { tinyml } from './run.ts';
import { smallModel } from './small.ts';

const LAYERS = 16;
const WIDTH = 1280;
const SIZE = LAYERS * WIDTH * WIDTH * 4; // 100 MiB

const folder = mkdtempSync(join(tmpdir(), 'tinyml-inspect-memory-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A chain of MatMul: their weights are checked, transposed and, for a target, quantised. */
function largeModel(field: 'rawData' | 'floatData'): Uint8Array {
  const weights = new Uint8Array(new Float32Array(WIDTH * WIDTH).fill(0.5).buffer);
  const numbers = Array.from({ length: LAYERS }, (_, i) => i);
  return modelBytes(13, {
    node: numbers.map((i) => node('MatMul', [`x${i}`, `w${i}`], [`x${i + 1}`])),
    initializer: numbers.map((i) => ({
      name: `w${i}`,
      dims: [WIDTH, WIDTH],
      dataType: FLOAT,
      ...(field === 'rawData' ? { rawData: weights } : { floatData: [weights] }),
    })),
    input: [valueInfo('x0', [1, WIDTH])],
    output: [valueInfo(`x${LAYERS}`, null)],
  });
}

const REPORT = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS));`;

/** Peak resident memory of `inspect` in bytes. */
async function peakMemory(...args: readonly string[]): Promise<number> {
  const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(REPORT)}`];
  const { status, stderr } = await tinyml(['inspect', ...args, '--json'], { cwd: folder, nodeOptions });
  assert.equal(status, 0, stderr);
  const peak = /peak (\d+)$/.exec(stderr)?.[1];
  assert.ok(peak !== undefined, `no report of memory: ${stderr}`);
  return Number(peak) * 1024;
}

let bare: number;

before(async () => {
  writeFileSync(join(folder, 'small.onnx'), smallModel());
  bare = await peakMemory('small.onnx', '-t', 'stm32h743');
});

for (const [field, ...target] of [
  ['rawData', '-t', 'stm32h743'],
  ['floatData'],
  ['floatData', '-t', 'stm32h743'],
] as const) {
  test(`inspect of a 100 MB model with its weights in ${field} ${target.join(' ')}`, async () => {
    writeFileSync(join(folder, 'large.onnx'), largeModel(field));
    const ratio = ((await peakMemory('large.onnx', ...target)) - bare) / SIZE;
    assert.ok(ratio > 0.9, `the file was not read: ${ratio.toFixed(2)} times its size`);
    assert.ok(ratio < 3, `${ratio.toFixed(2)} times the size of the file`);
  });
}
