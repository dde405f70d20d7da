import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import { operatorsPage } from '../../src/report/operators-page.ts';
import { trainedOperators } from '../train/operators.ts';
import type { DeviceOutcome } from './on-device.ts';
import { CASES_FOLDER, type Outcome } from './onnx-cases.ts';
import { countCases, emitAll, passes, surveyCases } from './survey.ts';

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

/** Cases that have float32 kernels and do not pass on them, and why. */
const EXPECTED_FLOAT_FAILURES: ReadonlyMap<string, string> = new Map(
  ['cubic', 'linear'].map((mode) => [
    `node/test_resize_downsample_scales_${mode}_align_corners`,
    'the wanted values use the unrounded output size, as in the float meaning',
  ]),
);

/** Cases that have kernels and do not pass in int8, and why. */
const EXPECTED_INT8_FAILURES: ReadonlyMap<string, string> = new Map([
  ...['softmax', 'logsoftmax'].flatMap((op) =>
    ['', '_expanded'].map(
      (form) =>
        [
          `node/test_${op}_large_number${form}`,
          'the input spans 10,000, so that a step of its scale is 39 and differences of 1 are gone',
        ] as const,
    ),
  ),
  ...[0, 1].map(
    (axis) =>
      [
        `node/test_hardmax_axis_${axis}`,
        'two of its values have one code: the first of them is taken for the largest',
      ] as const,
  ),
  ['node/test_thresholdedrelu_example', 'a value is the threshold itself: its code stands for a little more'],
  [
    'node/test_resize_downsample_scales_linear_align_corners',
    'the wanted values use the unrounded output size, as in float',
  ],
]);

/** Passes with libonnx-testdata 1.12; more is welcome, fewer is a regression. */
const PASSES = {
  meaning: 860,
  float: { operators: 105, passed: 585 },
  int8: { operators: 106, passed: 570 },
};

const results = await surveyCases();

function skipped(t: TestContext): boolean {
  if (results.length > 0) return false;
  assert.ok(!existsSync(CASES_FOLDER));
  t.skip(`${CASES_FOLDER} is not there; install Debian's libonnx-testdata`);
  return true;
}

/** Holds what fails against what is expected to, both ways. */
function checkFailures(
  outcomes: ReadonlyMap<string, Outcome | DeviceOutcome>,
  expected: ReadonlyMap<string, string>,
): void {
  const failures = [...outcomes].flatMap(([name, outcome]) =>
    outcome.kind === 'fail' ? [`${name}: ${outcome.reason}`] : [],
  );
  const unexpected = failures.filter((line) => !expected.has(line.slice(0, line.indexOf(':'))));
  assert.deepEqual(unexpected, [], 'cases fail that are not among those expected to');
  const fixed = [...expected.keys()].filter((name) => outcomes.get(name)?.kind !== 'fail');
  assert.deepEqual(fixed, [], 'cases expected to fail do not any more');
}

test('ONNX test data: every case of supported operators passes, except the ones listed', (t) => {
  if (skipped(t)) return;
  const outcomes = new Map(results.map(({ name, meaning }) => [name, meaning]));
  checkFailures(outcomes, EXPECTED_FAILURES);
  for (const [op, { pass, run }] of [...countCases(results, 'meaning')].sort())
    t.diagnostic(`${op.padEnd(24)} ${pass} of ${run}`);
  const count = (kind: Outcome['kind']) => [...outcomes.values()].filter((o) => o.kind === kind).length;
  t.diagnostic(`${count('pass')} pass, ${count('fail')} fail as listed, ${count('unsupported')} unsupported`);
  assert.ok(count('pass') >= PASSES.meaning, `${count('pass')} cases pass, ${PASSES.meaning} did before`);
});

test('ONNX test data: what has float32 kernels computes what is wanted', (t) => {
  if (skipped(t)) return;
  checkFailures(new Map(results.map(({ name, float }) => [name, float])), EXPECTED_FLOAT_FAILURES);
  const { operators, passed } = passes(results, 'float');
  t.diagnostic(`${passed} cases, ${operators} operators`);
  assert.ok(passed >= PASSES.float.passed && operators >= PASSES.float.operators, `${passed}, ${operators}`);
});

test('ONNX test data: what has an int8 form computes what fake quantisation does', (t) => {
  if (skipped(t)) return;
  checkFailures(new Map(results.map(({ name, int8 }) => [name, int8])), EXPECTED_INT8_FAILURES);
  const { operators, passed } = passes(results, 'int8');
  t.diagnostic(`${passed} cases, ${operators} operators`);
  assert.ok(passed >= PASSES.int8.passed && operators >= PASSES.int8.operators, `${passed}, ${operators}`);
});

test('ONNX test data: emitted C computes the bytes of the reference', async (t) => {
  if (skipped(t)) return;
  assert.ok(await emitAll(results));
});

test('docs/operators.md says what was measured', (t) => {
  if (skipped(t)) return;
  const counts = {
    meaning: countCases(results, 'meaning'),
    float: countCases(results, 'float'),
    int8: countCases(results, 'int8'),
  };
  const page = operatorsPage(counts, trainedOperators());
  const stored = readFileSync(join(packageRoot(), 'docs', 'operators.md'), 'utf8');
  assert.equal(stored, page, 'run node --import tsx scripts/operators-page.ts');
});
