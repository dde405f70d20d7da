import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateTable, hyperbolicTangent, logistic } from '../../src/program/kernels/recurrent.ts';

const table = gateTable();
const codes = Array.from({ length: 65536 }, (_, i) => i - 32768);

function largestError(of: (code: number) => number, real: (x: number) => number): number {
  return codes.reduce((most, x) => Math.max(most, Math.abs(of(x) / 2 ** 15 - real(x / 2 ** 11))), 0);
}

test('the functions of gates never fall, and are as near as docs/quantisation.md says', () => {
  const sigmoid = (code: number): number => logistic(table, code);
  const tanh = (code: number): number => hyperbolicTangent(table, code);
  for (const of of [sigmoid, tanh]) {
    const falls = codes.slice(1).filter((code) => of(code) < of(code - 1));
    assert.deepEqual(falls, []);
  }
  assert.equal(tanh(0), 0);
  const errors = [
    largestError(sigmoid, (x) => 1 / (1 + Math.exp(-x))),
    largestError(tanh, Math.tanh),
  ] as const;
  assert.ok(errors[0] < 2 ** -13, `sigmoid is off by ${errors[0]}`);
  assert.ok(errors[1] < 2 ** -12, `tanh is off by ${errors[1]}`);
});

test('beyond 16 the functions stay where they are', () => {
  for (const x of [32768, 2 ** 20, 2 ** 21]) {
    assert.equal(logistic(table, x), logistic(table, 32767));
    assert.equal(hyperbolicTangent(table, -x), hyperbolicTangent(table, -32768));
  }
});
