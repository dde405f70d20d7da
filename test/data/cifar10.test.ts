import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDataset } from '../../src/data/open.ts';
import { packageRoot } from '../../src/package-root.ts';
import { collect, failure, fileWriter, readAll } from './files.ts';

const write = fileWriter();
const inputShapes = [[1, 3, 32, 32]];

function record(label: number, seed: number): Buffer {
  return Buffer.from([label, ...Array.from({ length: 3072 }, (_, i) => (i * seed) % 256)]);
}

test('records are labels and planes, in the order of an NCHW input', async () => {
  const path = write('a.bin', Buffer.concat([record(7, 3), record(0, 5)]));
  const [first, second] = await readAll(path, { inputShapes });
  assert.deepEqual([first?.label, second?.label], [7, 0]);
  assert.deepEqual(
    second?.inputs[0],
    Float32Array.from({ length: 3072 }, (_, i) => (i * 5) % 256),
  );
});

test('an NHWC input takes the channels side by side', async () => {
  const path = write('a.bin', record(1, 3));
  const [sample] = await readAll(path, { inputShapes: [[1, 32, 32, 3]] });
  assert.deepEqual([...sample!.inputs[0]!.subarray(0, 6)], [0, (1024 * 3) % 256, (2048 * 3) % 256, 3, 3, 3]);
});

test('a file of other size and a label above 9 are E_DATA', async () => {
  const cut = write('cut.bin', record(1, 3).subarray(0, 3000));
  assert.match((await failure('E_DATA', () => openDataset(cut, { inputShapes }))).message, /3073/);
  const wrong = write('wrong.bin', Buffer.concat([record(1, 3), record(10, 3)]));
  const dataset = await openDataset(wrong, { inputShapes });
  const error = await failure('E_DATA', () => collect(dataset.samples()));
  assert.match(error.message, /label 10/);
  assert.deepEqual(error.at, [`${wrong}[1]`]);
});

test('the images of a real CIFAR-10 batch', async (t) => {
  const path = join(packageRoot(), '..', 'shared', 'data', 'cifar10', 'test-761.bin');
  if (!existsSync(path)) return t.skip('../shared/data/cifar10 is not there');
  const dataset = await openDataset(path, { inputShapes });
  assert.deepEqual([dataset.length, dataset.classes], [761, 10]);
  const [first, last] = await collect(dataset.samples([0, 760]));
  assert.equal(first?.label, 3);
  assert.deepEqual([...first!.inputs[0]!.subarray(0, 4)], [158, 159, 165, 166]);
  assert.ok(last?.inputs[0]?.every((value) => value >= 0 && value <= 255 && Number.isInteger(value)));
});
