/**
 * Every executor shares the lowering, so no comparison between them sees a rule that is wrong. Here the int8 Program of
 * random models is held against the float operator of the model as it was before any pass, and the file that is written
 * against ONNX Runtime. Inputs are codes already and weights have exact codes: what is left is the rounding of one step,
 * so the bounds are tight.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PATCH_GATE, PATCH_REUSE, PATCH_STATISTICS } from '../../../src/graph/own-operators.ts';
import { hasKernel, RULES } from '../../../src/lower/int8/rules.ts';
import { judgeInt8 } from './judged-models.ts';
import { ROWS } from './random-models.ts';

const DEFAULT_COUNT = 26;

const DEFAULT_ACCEPTED = 0.7;

/** They have state: see gate.test.ts. */
const GATES: readonly string[] = [PATCH_STATISTICS, PATCH_GATE, PATCH_REUSE];

test('every rule of the table has a row, and there are two thousand models', () => {
  const tried = new Set(ROWS.map(([op]) => op));
  assert.deepEqual(
    [...RULES.keys()].filter((op) => !tried.has(op) && !GATES.includes(op)),
    [],
  );
  assert.deepEqual(
    [...tried].filter((op) => !hasKernel(op)),
    [],
  );
  const models = ROWS.reduce((sum, [, { count = DEFAULT_COUNT }]) => sum + count, 0);
  assert.ok(models >= 2000, `${models} models`);
});

ROWS.forEach(([op, row], k) => {
  test(`${op}: int8 within rounding of float and of ONNX Runtime`, async () => {
    const { count = DEFAULT_COUNT, accepted: least = DEFAULT_ACCEPTED } = row;
    let accepted = 0;
    for (let i = 0; i < count; i++) {
      if (await judgeInt8(op, row, 10_000 * (k + 1) + i)) accepted++;
    }
    assert.ok(accepted >= least * count, `${accepted} of ${count} models have an int8 form`);
  });
});
