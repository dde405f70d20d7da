import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interruptible } from '../../src/cli/interruptible.ts';
import type { Dataset, Sample } from '../../src/data/types.ts';

const LENGTH = 20;

/** Samples from memory: reading them never waits for anything. */
const inMemory: Dataset = {
  name: 'memory',
  length: LENGTH,
  classes: LENGTH,
  files: [],
  async *samples(indices = Array.from({ length: LENGTH }, (_, i) => i)) {
    for (const label of indices) yield { inputs: [], label };
  },
};

/** Computes 20 ms on each sample. @returns labels seen before the event loop turned, and all of them. */
async function compute(
  samples: AsyncIterable<Sample>,
): Promise<{ beforeTurn: number; labels: (number | null)[] }> {
  const labels: (number | null)[] = [];
  let beforeTurn = LENGTH;
  setImmediate(() => {
    beforeTurn = labels.length;
  });
  for await (const { label } of samples) {
    labels.push(label);
    const end = performance.now() + 20;
    while (performance.now() < end);
  }
  return { beforeTurn, labels };
}

test('the event loop turns while a command computes on samples from memory', async () => {
  const blocked = await compute(inMemory.samples());
  assert.equal(blocked.beforeTurn, LENGTH, 'the data set of this test waits by itself');
  const { beforeTurn, labels } = await compute(interruptible(inMemory).samples());
  assert.ok(beforeTurn < LENGTH, `no turn in ${LENGTH} samples of 20 ms`);
  assert.deepEqual(labels, blocked.labels);
});

test('indices reach the data set', async () => {
  const { labels } = await compute(interruptible(inMemory).samples([3, 1]));
  assert.deepEqual(labels, [3, 1]);
});
