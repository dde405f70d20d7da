import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateGates, gateFailure } from '../../src/cli/gates.ts';

test('only limits that were set are evaluated, and being on the limit passes', () => {
  const results = evaluateGates(
    { 'max-ram': 1024, 'min-accuracy': 0.8, seed: 1 },
    { 'max-ram': 1024, 'min-accuracy': 0.8 },
  );
  assert.deepEqual(results, [
    { gate: 'min-accuracy', limit: 0.8, actual: 0.8, passed: true },
    { gate: 'max-ram', limit: 1024, actual: 1024, passed: true },
  ]);
  assert.equal(gateFailure(results), null);
});

test('a drop of shares that is the limit passes, whatever its last bit', () => {
  for (const [before, after, limit] of [
    [0.9, 0.89, 0.01],
    [0.825, 0.82, 0.005],
  ] as const) {
    const [result] = evaluateGates({ 'max-drop': limit }, { 'max-drop': before - after });
    assert.ok(before - after > limit && result!.passed, `${before} to ${after}`);
  }
});

test('every limit that was not met is reported, in one error', () => {
  const options = { 'max-ram': 131072, 'max-flash': 1024, 'max-drop': 0.01, 'max-instructions': 12e6 };
  const measured = {
    'max-ram': 131073,
    'max-flash': 1024,
    'max-drop': 0.0101,
    'max-instructions': 12_000_001,
  };
  const error = gateFailure(evaluateGates(options, measured))!;
  assert.equal(error.code, 'E_GATE');
  assert.equal(error.exitStatus, 1);
  assert.match(error.message, /accuracy drop is 1\.01 %, and must be at most 1\.00 %/);
  assert.match(error.message, /RAM is 128\.01 KiB, and must be at most 128 KiB/);
  assert.match(error.message, /the number of instructions is 12,000,001, and must be at most 12,000,000/);
  assert.deepEqual(error.at, ['--max-drop 1.00 %', '--max-ram 128 KiB', '--max-instructions 12,000,000']);
});

test('an accuracy below its limit fails', () => {
  const [result] = evaluateGates({ 'min-accuracy': 0.8 }, { 'min-accuracy': 0.79 });
  assert.equal(result?.passed, false);
});

test('a limit on something that was not measured fails', () => {
  const results = evaluateGates({ 'max-instructions': 5 }, {});
  assert.equal(results[0]?.passed, false);
  assert.match(gateFailure(results)!.message, /was not measured/);
});
