import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armKey } from '../../../src/train/ablation/factors.ts';
import { parseGrid, planArms } from '../../../src/train/ablation/grid.ts';
import type { Row } from '../../../src/train/ablation/rows.ts';
import { missingRuns, rowsInOrder } from '../../../src/train/ablation/run-list.ts';

const plan = planArms(parseGrid('bits-g=8,4'), 'none', false);
const [first, second] = plan.arms.map(armKey) as [string, string];

function row(arm: string, seed: number): Row {
  return { arm, seed, exported: 0.5, asTrained: 0.5, loss: 1, cosine: null, failure: null, seconds: 1 };
}

test('runs without a row are missing, seed by seed', () => {
  const missing = missingRuns(plan, [1, 2], [row(second, 1), row(first, 7)]);
  assert.deepEqual(
    missing.map(({ arm, seed }) => [armKey(arm), seed]),
    [
      [first, 1],
      [first, 2],
      [second, 2],
    ],
  );
});

test('rows come arm by arm and seed by seed, in whatever order the runs ended', () => {
  const rows = [row(second, 2), row(first, 2), row(second, 1), row(first, 1), row(first, 7)];
  assert.deepEqual(
    rowsInOrder(plan, [1, 2], rows).map(({ arm, seed }) => [arm, seed]),
    [
      [first, 1],
      [first, 2],
      [second, 1],
      [second, 2],
    ],
  );
});
