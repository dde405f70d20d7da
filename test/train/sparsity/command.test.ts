/** `tinyml sparsity` in processes of its own. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportModel } from '../../../src/onnx/export.ts';
import { type Outcome, outcome, start, tinyml } from '../../cli/run.ts';
import { inFolder } from '../../cli/small.ts';
import { npyFile } from '../../data/files.ts';
import { network } from '../networks.ts';

const SIZE = 6;
const CLASSES = 3;

/** Images in which one of three pairs of rows is bright. */
function writeImages(folder: string, name: string, labels: readonly number[]): void {
  const x = Uint8Array.from({ length: labels.length * SIZE * SIZE }, (_, i) => {
    const row = Math.floor(i / SIZE) % SIZE;
    const bright = Math.floor(row / 2) === labels[Math.floor(i / (SIZE * SIZE))]!;
    return ((i * 7919) % 97) + (bright ? 120 : 0);
  });
  writeFileSync(join(folder, `${name}-x.npy`), npyFile('|u1', [labels.length, SIZE, SIZE], x));
  writeFileSync(join(folder, `${name}-y.npy`), npyFile('|u1', [labels.length], Uint8Array.from(labels)));
}

/** A small classifier of two convolutions and a dense layer; the names of its layers may be others. */
function writeModel(folder: string, name: string, prefix = ''): void {
  const graph = network([1, 1, SIZE, SIZE], ({ conv, gemm, op }, x) => {
    const first = op('Relu', 'relu', [conv(`${prefix}first`, x, [4, 1, 3, 3])]);
    const second = op('Relu', 'relu2', [conv(`${prefix}second`, first, [4, 4, 1, 1])]);
    return gemm(`${prefix}fc`, op('Flatten', 'flat', [second]), CLASSES, 64);
  });
  writeFileSync(join(folder, name), exportModel(graph));
}

function inSparsity(
  body: (folder: string, args: (...more: readonly string[]) => readonly string[]) => Promise<void>,
) {
  return inFolder(async (folder) => {
    writeModel(folder, 'model.onnx');
    writeFileSync(join(folder, 'pixels.json'), '{"scale": 0.00392156862745098}');
    writeImages(
      folder,
      'train',
      Array.from({ length: 48 }, (_, i) => i % CLASSES),
    );
    await body(folder, (...more) => [
      ...['sparsity', 'model.onnx', '-d', 'train-x.npy', '--preprocess', 'pixels.json', '-o', 'scheme.json'],
      ...['--budget', '16K', '--probe', '1/2,1', '--epochs', '2', '-b', '8', '--lr', '0.05', ...more],
    ]);
  });
}

const ok = ({ status, stdout, stderr }: Outcome): string => {
  assert.equal(status, 0, stderr);
  return stdout;
};

test('parts are probed, a scheme is chosen, and train takes it and plans as many bytes', () =>
  inSparsity(async (folder, args) => {
    const text = ok(await tinyml(args('--report', 'report.html', '--log', 'runs.jsonl'), { cwd: folder }));
    assert.match(text, /^9 probes of 2 epochs of 38 samples, 1 seed, measured on 10\n/);
    assert.match(text, /\nchosen for 16,384 bytes: \d bias/);
    const scheme = JSON.parse(readFileSync(join(folder, 'scheme.json'), 'utf8'));
    assert.ok(scheme.about.bytes <= 16384);
    assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /Accuracy against memory[\s\S]*<svg/);

    const step = ['-b', '1', '--weights', 'int8', '--ranges', 'fixed', '--scheme', 'scheme.json'];
    const planned = JSON.parse(
      ok(await tinyml(['train', 'model.onnx', '--plan', ...step, '--json'], { cwd: folder })),
    );
    assert.equal(planned.memory.arenaBytes, scheme.about.bytes);
    const data = ['-d', 'train-x.npy', '--preprocess', 'pixels.json', '--epochs', '1', '-o', 'tuned.onnx'];
    ok(await tinyml(['train', 'model.onnx', ...data, ...step], { cwd: folder }));

    writeModel(folder, 'other.onnx', 'x');
    const other = await tinyml(['train', 'other.onnx', '--plan', ...step], { cwd: folder });
    assert.equal(other.status, 2);
    assert.match(other.stderr, /the scheme is of another model/);

    const again = ok(await tinyml(args('--log', 'runs.jsonl', '--resume'), { cwd: folder }));
    assert.equal(again, text, 'nothing is trained a second time');
  }));

test('the same is found on several threads, and after an interruption', () =>
  inSparsity(async (folder, args) => {
    const found = (result: Outcome) => {
      const { provenance: _, ...rest } = JSON.parse(ok(result));
      return rest;
    };
    const one = found(await tinyml(args('--json', '--jobs', '1'), { cwd: folder }));
    const several = found(await tinyml(args('--json', '--jobs', '2'), { cwd: folder }));
    assert.deepEqual(several, one);
    const child = start(args('--json', '--jobs', '1', '--log', 'runs.jsonl', '--epochs', '2'), {
      cwd: folder,
    });
    const text = (): string => {
      try {
        return readFileSync(join(folder, 'runs.jsonl'), 'utf8');
      } catch {
        return '';
      }
    };
    while (text().split('\n').length < 4 && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill('SIGINT');
    await outcome(child);
    const resumed = found(await tinyml(args('--json', '--log', 'runs.jsonl', '--resume'), { cwd: folder }));
    assert.deepEqual(resumed, one);
  }));

test('Fisher information judges the parts without training them', () =>
  inSparsity(async (folder, args) => {
    const { method, probes, layers, curve } = JSON.parse(
      ok(await tinyml(args('--method', 'fisher', '--json'), { cwd: folder })),
    );
    assert.deepEqual([method, probes], ['fisher', 1]);
    for (const { biases, weights } of layers) {
      for (const gain of [biases, ...weights]) assert.ok(gain === null || gain > 0);
    }
    assert.ok(curve.at(-1).bytes <= 16384);
  }));

test('what fits nothing, one class and classes out of balance are said', () =>
  inSparsity(async (folder, args) => {
    const least = await tinyml(args('--budget', '64'), { cwd: folder });
    assert.equal(least.status, 1);
    const [, bytes] = /Give --budget (\d+) or more/.exec(least.stderr)!;
    ok(await tinyml(args('--budget', bytes!), { cwd: folder }));
    const none = await tinyml(
      args().filter((word) => word !== '--budget' && word !== '16K'),
      { cwd: folder },
    );
    assert.equal(none.status, 2);
    assert.match(none.stderr, /nothing says how much memory training may take/);
    writeImages(folder, 'train', new Array(48).fill(1));
    assert.match((await tinyml(args(), { cwd: folder })).stderr, /W_CLASSES.*class 1 alone/);
    writeImages(
      folder,
      'train',
      Array.from({ length: 48 }, (_, i) => (i < 3 ? i : 0)),
    );
    assert.match((await tinyml(args(), { cwd: folder })).stderr, /46 samples of class 0 and 1 of class/);
  }));
