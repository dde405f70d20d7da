import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { operatorsPage } from '../../src/report/operators-page.ts';
import { CASES_FOLDER, countByOperator, listCases, type Outcome, runCase } from './onnx-cases.ts';

/** Cases whose operators are all in the table and that still do not pass, and why. */
const EXPECTED_FAILURES: ReadonlyMap<string, string> = new Map([
  ...[
    'cast_BFLOAT16_to_FLOAT',
    'cast_FLOAT_to_BFLOAT16',
    'castlike_BFLOAT16_to_FLOAT',
    'castlike_BFLOAT16_to_FLOAT_expanded',
    'castlike_FLOAT_to_BFLOAT16',
    'castlike_FLOAT_to_BFLOAT16_expanded',
  ].map((name) => [`node/test_${name}`, 'the case stores bfloat16 values as uint16 tensors'] as const),
  ...['cubic', 'linear'].map(
    (mode) =>
      [
        `node/test_resize_downsample_scales_${mode}_align_corners`,
        'the wanted values use the unrounded output size; ONNX Runtime gives other values too',
      ] as const,
  ),
  ...['', '_default', '_default_mask', '_mask'].map(
    (form) => [`node/test_training_dropout${form}`, 'the output is random'] as const,
  ),
  ...[1, 2, 3].map(
    (rank) =>
      [
        `pytorch-converted/test_PReLU_${rank}d_multiparam`,
        'opset 6 aligns the slope with the channels, opset 7 and later with the last axis',
      ] as const,
  ),
]);

/** Passes with libonnx-testdata 1.12; more is welcome, fewer is a regression. */
const PASSES = 815;

test('ONNX test data: every case of supported operators passes, except the ones listed', (t) => {
  const outcomes = new Map(listCases().map((name) => [name, runCase(name)]));
  if (outcomes.size === 0) {
    assert.ok(!existsSync(CASES_FOLDER));
    t.skip(`${CASES_FOLDER} is not there; install Debian's libonnx-testdata`);
    return;
  }
  const failures = [...outcomes].flatMap(([name, outcome]) =>
    outcome.kind === 'fail' ? [`${name}: ${outcome.reason}`] : [],
  );
  const unexpected = failures.filter((line) => !EXPECTED_FAILURES.has(line.slice(0, line.indexOf(':'))));
  assert.deepEqual(unexpected, [], 'cases fail that are not in EXPECTED_FAILURES');
  const fixed = [...EXPECTED_FAILURES.keys()].filter((name) => outcomes.get(name)?.kind !== 'fail');
  assert.deepEqual(fixed, [], 'cases of EXPECTED_FAILURES do not fail any more');

  const counts = countByOperator(outcomes.values());
  for (const [op, { pass, run }] of [...counts].sort()) t.diagnostic(`${op.padEnd(24)} ${pass} of ${run}`);
  const count = (kind: Outcome['kind']) => [...outcomes.values()].filter((o) => o.kind === kind).length;
  t.diagnostic(`${count('pass')} pass, ${count('fail')} fail as listed, ${count('unsupported')} unsupported`);
  assert.ok(count('pass') >= PASSES, `${count('pass')} cases pass, ${PASSES} did before`);

  const stored = readFileSync(join(packageRoot(), 'docs', 'operators.md'), 'utf8');
  assert.equal(stored, operatorsPage(counts), 'run node --import tsx scripts/operators-page.ts');
});
