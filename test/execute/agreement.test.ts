import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dataset, Sample } from '../../src/data/types.ts';
import { agreementOf } from '../../src/execute/agreement.ts';
import { oneByOne } from '../../src/execute/evaluate.ts';

const dataset = (count: number): Dataset => ({
  name: 'd',
  length: count,
  classes: null,
  files: [],
  table: null,
  warnings: [],
  async *samples() {
    for (let i = 0; i < count; i++) yield { inputs: [Float32Array.of(i)], label: null } as Sample;
  },
});

const giving = (outputs: readonly (readonly number[])[]) =>
  oneByOne(({ inputs }) => Float32Array.from(outputs[inputs[0]![0]!]!));

const agree = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
  agreementOf(giving(a), giving(b), dataset(a.length), () => {});

test('one probability decides by 0.5, one other number by 0, several by the greatest', async () => {
  assert.deepEqual(await agree([[0.25], [0.5], [1]], [[0.5], [0.75], [0]]), {
    samples: 3,
    same: 1,
    share: 1 / 3,
    threshold: 0.5,
    meanDifference: 0.5,
    largestDifference: 1,
  });
  const logits = await agree([[0.25], [-3]], [[0.5], [3]]);
  assert.deepEqual([logits.threshold, logits.same], [0, 1]);
  const classes = await agree(
    [
      [1, 2, 0],
      [3, 2, 0],
    ],
    [
      [1, 3, 0],
      [2, 3, 0],
    ],
  );
  assert.deepEqual([classes.threshold, classes.same, classes.meanDifference], [null, 1, 0.5]);
});
