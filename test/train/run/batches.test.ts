import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { test } from 'node:test';
import { openDataset } from '../../../src/data/open.ts';
import type { IndexedDataset } from '../../../src/data/types.ts';
import { createAugment } from '../../../src/train/run/augment.ts';
import { type BatchOptions, batchesOf } from '../../../src/train/run/batches.ts';
import { checkClasses, checkTargets, classesOfSamples } from '../../../src/train/run/labels.ts';
import { fileWriter, idxFile, npyFile } from '../../data/files.ts';
import { failure } from '../../failure.ts';

const write = fileWriter();

/** Grey images of 2x3 pixels; the first pixel is the index, labels count up to `classes`. */
async function indexed(length: number, classes = 10): Promise<IndexedDataset> {
  const pixels = Uint8Array.from({ length: length * 6 }, (_, i) =>
    i % 6 === 0 ? Math.floor(i / 6) : (i * 7) % 251,
  );
  write(
    `labels-${length}`,
    idxFile(
      8,
      [length],
      Uint8Array.from({ length }, (_, i) => i % classes),
    ),
  );
  const path = write(`images-${length}`, idxFile(8, [length, 2, 3], pixels));
  return openDataset(path, { inputShapes: [[1, 1, 2, 3]] });
}

const OPTIONS: BatchOptions = {
  batchSize: 4,
  seed: 1,
  inputElements: 6,
  indices: null,
  classes: 10,
  augment: null,
};

/** Indices of the samples of each batch, by their first pixel. */
function orderOf(
  dataset: IndexedDataset,
  options: Partial<BatchOptions>,
  epoch: number,
  first = 0,
): readonly (readonly number[])[] {
  const all: number[][] = [];
  for (const { inputs } of batchesOf(dataset, { ...OPTIONS, ...options }).epoch(epoch, first)) {
    all.push(Array.from({ length: inputs.length / 6 }, (_, i) => inputs[6 * i]!));
  }
  return all;
}

test('a batch holds the targets of its indices, where labels do not count', async () => {
  const dataset = await indexed(9);
  const aimed: IndexedDataset = {
    ...dataset,
    targetElements: 2,
    fill: (indices, inputs, labels, targets) => {
      dataset.fill(indices, inputs, labels);
      [...indices].forEach((index, i) => void targets?.set([index, -index], 2 * i));
    },
  };
  for (const { inputs, targets } of batchesOf(aimed, { ...OPTIONS, classes: null }).epoch(0)) {
    const expected = [0, 1, 2, 3].flatMap((i) => [inputs[6 * i]!, -inputs[6 * i]!]);
    assert.deepEqual(targets, Float32Array.from(expected));
  }
  assert.match(failure(() => checkClasses(aimed, 10)).message, /targets of 2 values/);
  const [first] = batchesOf(aimed, OPTIONS).epoch(0);
  assert.equal(first!.targets, null, 'labels count');
});

test('a batch holds the samples and labels of its indices', async () => {
  const dataset = await indexed(23);
  let seen = 0;
  for (const { inputs, labels, targets } of batchesOf(dataset, OPTIONS).epoch(0)) {
    const indices = [0, 1, 2, 3].map((i) => inputs[6 * i]!);
    let i = 0;
    for await (const sample of dataset.samples(indices)) {
      assert.deepEqual(inputs.subarray(6 * i, 6 * i + 6), sample.inputs[0]);
      assert.equal(labels[i], sample.label);
      i++;
    }
    assert.equal(targets, null);
    seen += i;
  }
  assert.equal(seen, 20, 'the last three samples fill no batch');
});

test('the order depends on seed and epoch alone, and no sample comes twice', async () => {
  const dataset = await indexed(23);
  const first = orderOf(dataset, {}, 0);
  assert.equal(new Set(first.flat()).size, 20);
  assert.deepEqual(orderOf(dataset, {}, 0), first);
  assert.notDeepEqual(orderOf(dataset, {}, 1), first);
  assert.notDeepEqual(orderOf(dataset, { seed: 2 }, 0), first);
  assert.deepEqual(orderOf(dataset, { batchSize: 2 }, 0).flat().slice(0, 20), first.flat());
});

test('over many epochs every sample is left out about as often', async () => {
  const dataset = await indexed(23);
  const counts = new Uint32Array(23);
  for (let epoch = 0; epoch < 230; epoch++) {
    for (const index of orderOf(dataset, {}, epoch).flat()) counts[index]!++;
  }
  // 200 of 230 expected; the standard deviation of a binomial count is 5.1.
  for (const count of counts) assert.ok(Math.abs(count - 200) < 26, `a sample came ${count} times`);
});

test('an epoch goes on at any batch', async () => {
  const dataset = await indexed(23);
  assert.deepEqual(orderOf(dataset, {}, 3, 2), orderOf(dataset, {}, 3).slice(2));
  assert.deepEqual(orderOf(dataset, {}, 3, 5), []);
});

test('only chosen samples are read', async () => {
  const dataset = await indexed(23);
  const indices = Int32Array.of(1, 3, 5, 7, 9, 11, 13, 15);
  assert.deepEqual(
    orderOf(dataset, { indices }, 0)
      .flat()
      .sort((a, b) => a - b),
    [...indices],
  );
});

test('a set smaller than a batch is filled up with samples that do not count', async () => {
  const dataset = await indexed(3);
  const batches = batchesOf(dataset, OPTIONS);
  assert.equal(batches.perEpoch, 1);
  assert.equal(batches.counted, 3);
  const all = [...batches.epoch(0)];
  assert.equal(all.length, 1);
  const { inputs, labels } = all[0]!;
  assert.deepEqual([...labels.subarray(0, 3)].sort(), [0, 1, 2]);
  assert.equal(labels[3], -1);
  assert.deepEqual([...inputs.subarray(18)], [0, 0, 0, 0, 0, 0]);
});

test('labels that are no class of the model end training with their place', async () => {
  const dataset = await indexed(23);
  const error = failure(() => orderOf(dataset, { classes: 9 }, 0));
  assert.equal(error.code, 'E_DATA');
  assert.match(error.message, /sample (9|19) has label 9, the model has 9 classes/);
  assert.match(error.hint!, /--classes 10/);
});

test('unlabelled data train a model that gives back its input', async () => {
  const dataset = await openDataset(write('plain.npy', npyFile('<f4', [5, 6], new Float32Array(30))), {
    inputShapes: [[1, 6]],
  });
  assert.match(failure(() => [...batchesOf(dataset, OPTIONS).epoch(0)]).message, /has no label/);
  const [batch] = [...batchesOf(dataset, { ...OPTIONS, classes: null }).epoch(0)];
  assert.deepEqual([...batch!.labels], [0, 0, 0, 0]);
});

test('the augmentation of a sample depends on seed, epoch and sample, not on its batch', async () => {
  const dataset = await indexed(23);
  const augment = createAugment([{ kind: 'brightness', share: 0.5 }], { channels: 1, height: 2, width: 3 });
  const samples = (batchSize: number, epoch: number): readonly string[] => {
    const all: string[] = [];
    for (const { inputs } of batchesOf(dataset, { ...OPTIONS, batchSize, augment }).epoch(epoch)) {
      for (let i = 0; i < batchSize; i++) all.push(inputs.subarray(6 * i, 6 * i + 6).join());
    }
    return all;
  };
  assert.deepEqual(samples(2, 0).slice(0, 20), samples(4, 0));
  const changed = samples(4, 1).filter((sample) => !samples(4, 0).includes(sample));
  assert.ok(changed.length > 15, 'the samples of two epochs are the same');
});

test('memory does not grow with the data set', async () => {
  const [length, elements] = [400_000, 784];
  const path = write('large.npy', npyFile('|u1', [length, 28, 28], new Uint8Array(0)));
  const descriptor = openSync(path, 'r+');
  ftruncateSync(descriptor, 128 + length * elements);
  writeSync(descriptor, Uint8Array.of(200), 0, 1, 128);
  closeSync(descriptor);
  const dataset = await openDataset(path, { inputShapes: [[1, 1, 28, 28]] });
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let batches = 0;
  for (const { inputs } of batchesOf(dataset, { ...OPTIONS, inputElements: elements, classes: null }).epoch(
    0,
  )) {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    assert.equal(inputs.length, 4 * elements);
    if (++batches === 100) break;
  }
  // Two lists of 4 bytes a sample, and garbage; the data are 300 MiB.
  assert.ok(most < 16 * 2 ** 20, `${most} bytes`);
});

test('classes without samples are named, wrong and missing labels refused', async () => {
  const dataset = await indexed(8, 8);
  assert.equal(checkClasses(dataset, 8), null);
  assert.match(checkClasses(dataset, 10)!, /images-8 has no sample of class 8, 9: .* learn them/);
  assert.match(checkClasses(dataset, 30)!, /class 8, .*, 17 and 12 others/);
  const error = failure(() => checkClasses(dataset, 7));
  assert.match(error.message, /sample 7 has label 7, the model has 7 classes/);
  assert.deepEqual(error.at, ['images-8']);
  // ablate has no --classes of its own.
  assert.match(error.hint!, /; train --classes 8, or more/);
  const plain = await openDataset(write('p.npy', npyFile('<f4', [2, 6], new Float32Array(12))), {
    inputShapes: [[1, 6]],
  });
  assert.match(failure(() => checkClasses(plain, 7)).hint!, /takes train --loss mse/);
  assert.match(failure(() => checkTargets('data', null, 6, 5)).message, /5 values, the input 6/);
  checkTargets('data', null, 6, 6);
  assert.match(
    failure(() => checkTargets('data', 4, 6, 5)).message,
    /targets have 4 values, the output of the model has 5/,
  );
  checkTargets('data', 5, 6, 5);
});

test('of samples that ranges are taken from, firmware is told what of their classes it would not learn', () => {
  const said = (...labels: number[]) => classesOfSamples('mine', Int32Array.from(labels), 3);
  assert.equal(said(-1, -1), null);
  assert.equal(said(0, 1, 2, -1), null);
  assert.match(
    said(0, 1, 2, 7)!,
    /mine has a sample of class 7, and firmware learns classes 0 \.\. 2: .*--classes 8/,
  );
  assert.match(said(1, 1, -1)!, /class 1 alone/);
  assert.match(said(0, 2)!, /no sample of class 1/);
  assert.match(said(...new Array(20).fill(0), 1, 2)!, /20 samples of class 0 and 1 of class/);
});
