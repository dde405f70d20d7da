import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, string } from '../../src/graph/build.ts';
import { floats, int64s, runAll } from './run.ts';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function assertNear(got: ArrayLike<number | bigint>, want: readonly number[], message: string): void {
  assert.equal(got.length, want.length, message);
  want.forEach((value, i) => {
    assert.ok(Math.abs(Number(got[i]) - value) < 1e-6, `${message}: ${Number(got[i])} is not ${value}`);
  });
}

// One unit, one input, three steps: small enough to write down.
const x = floats([3, 1, 1], [1, -2, 0.5]);

test('RNN, backwards too', () => {
  const inputs = [x, floats([1, 1, 1], [0.5]), floats([1, 1, 1], [0.25]), floats([1, 2], [0.1, 0.2])];
  const want: number[] = [];
  for (const value of [1, -2, 0.5]) want.push(Math.tanh(0.5 * value + 0.3 + 0.25 * (want.at(-1) ?? 0)));
  const [y, last] = runAll('RNN', inputs, {}, 2);
  assert.deepEqual(y!.shape, [3, 1, 1, 1]);
  assertNear(y!.data, want, 'forward');
  assertNear(last!.data, want.slice(-1), 'the last state');
  const back: number[] = [];
  for (const value of [0.5, -2, 1]) back.push(Math.tanh(0.5 * value + 0.3 + 0.25 * (back.at(-1) ?? 0)));
  assertNear(runAll('RNN', inputs, { direction: string('reverse') })[0]!.data, back.reverse(), 'reverse');
});

test('GRU resets before the matrix product, or after it', () => {
  const w = [0.5, -0.5, 1];
  const r = [0.25, 0.75, -1];
  const bias = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
  const inputs = [x, floats([1, 3, 1], w), floats([1, 3, 1], r), floats([1, 6], bias)];
  for (const after of [0, 1]) {
    let h = 0;
    for (const v of [1, -2, 0.5]) {
      const z = sigmoid(w[0]! * v + bias[0]! + r[0]! * h + bias[3]!);
      const reset = sigmoid(w[1]! * v + bias[1]! + r[1]! * h + bias[4]!);
      const state = after ? reset * (r[2]! * h + bias[5]!) : r[2]! * (reset * h) + bias[5]!;
      h = (1 - z) * Math.tanh(w[2]! * v + bias[2]! + state) + z * h;
    }
    const [, last] = runAll('GRU', inputs, { linear_before_reset: int(after) }, 2);
    assertNear(last!.data, [h], `linear_before_reset ${after}`);
  }
});

test('LSTM with an initial state', () => {
  const w = [0.5, -0.5, 1, 0.7];
  const r = [0.25, 0.75, -1, 0.3];
  let [h, c] = [0.1, -0.2];
  for (const v of [1, -2, 0.5]) {
    const [i, o, f] = [0, 1, 2].map((k) => sigmoid(w[k]! * v + r[k]! * h)) as [number, number, number];
    c = f * c + i * Math.tanh(w[3]! * v + r[3]! * h);
    h = o * Math.tanh(c);
  }
  const initial = [floats([1, 1, 1], [0.1]), floats([1, 1, 1], [-0.2])];
  const inputs = [x, floats([1, 4, 1], w), floats([1, 4, 1], r), null, null, ...initial];
  const [, lastH, lastC] = runAll('LSTM', inputs, {}, 3);
  assertNear(lastH!.data, [h], 'h');
  assertNear(lastC!.data, [c], 'c');
});

test('what is not supported is said', () => {
  const inputs = [x, floats([1, 1, 1], [1]), floats([1, 1, 1], [1])];
  assert.throws(() => runAll('RNN', inputs, { direction: string('both') }), { code: 'E_OP' });
  assert.throws(() => runAll('RNN', inputs, { activations: { kind: 'strings', value: ['Relu'] } }), {
    code: 'E_OP',
  });
  assert.throws(() => runAll('RNN', [...inputs, null, int64s(2)]), { code: 'E_OP' });
  assert.throws(() => runAll('RNN', [x, floats([1, 1, 2], [1, 1]), inputs[2]!]), { code: 'E_SHAPE' });
});
