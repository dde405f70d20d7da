import assert from 'node:assert/strict';
import { test } from 'node:test';
import { float, int, string } from '../../src/graph/build.ts';
import { toNumbers } from '../../src/graph/tensor.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { erf } from '../../src/numbers/erf.ts';
import { roundHalfToEven } from '../../src/numbers/rounding.ts';
import { type Attributes, floats, inferShape, int64s, ramp, run, runAll, tensor } from './run.ts';

test('operands broadcast from the last axis', () => {
  assert.deepEqual(run('Add', [ramp([2, 3]), floats([2, 1], [10, 20])]).values, [10, 11, 12, 23, 24, 25]);
  assert.deepEqual(run('Sub', [floats([], [1]), ramp([3])]).values, [1, 0, -1]);
  assert.deepEqual(inferShape('Mul', [ramp([2, 1, 3]), ramp([4, 1])]), [2, 4, 3]);
  assert.throws(() => inferShape('Mul', [ramp([2]), ramp([3])]), { code: 'E_SHAPE', at: ['node "n" (Mul)'] });
});

test('an empty operand broadcasts to an empty result', () => {
  assert.deepEqual(run('Add', [ramp([0, 3]), ramp([3])]), { shape: [0, 3], values: [] });
});

test('integers divide towards zero, floats do not', () => {
  assert.deepEqual(run('Div', [int64s(7, -7, 7), int64s(2, 2, -2)]).values, [3, -3, -3]);
  assert.deepEqual(run('Div', [floats([1], [7]), floats([1], [2])]).values, [3.5]);
  assert.deepEqual(run('Div', [int64s(1), int64s(0)]).values, [0]);
});

test('64-bit results saturate instead of wrapping', () => {
  const large: Tensor = { dtype: 'int64', shape: [1], data: BigInt64Array.of(2n ** 63n - 1n) };
  assert.equal(runAll('Add', [large, int64s(10)])[0]!.data[0], 2n ** 63n - 1n);
});

test('Mod follows the sign of the divisor, or of the dividend with fmod', () => {
  const inputs = [int64s(-4, 7, 5), int64s(3, -3, 8)];
  assert.deepEqual(run('Mod', inputs).values, [2, -2, 5]);
  assert.deepEqual(run('Mod', inputs, { fmod: int(1) }).values, [-1, 1, 5]);
  assert.throws(() => run('Mod', [ramp([1]), ramp([1], 1)]), { code: 'E_OP' });
});

test('Max, Min, Sum and Mean take any number of operands', () => {
  const operands = [floats([2], [1, 5]), floats([2], [4, 2]), floats([1], [3])];
  assert.deepEqual(run('Max', operands).values, [4, 5]);
  assert.deepEqual(run('Min', operands).values, [1, 2]);
  assert.deepEqual(run('Sum', operands).values, [8, 10]);
  assert.deepEqual(run('Mean', operands).values, [Math.fround(8 / 3), Math.fround(10 / 3)]);
  assert.deepEqual(run('Sum', [floats([2], [1, 2])]).values, [1, 2]);
});

test('comparisons and logic give bool', () => {
  const [less] = runAll('Less', [ramp([3]), floats([], [1])]);
  assert.equal(less!.dtype, 'bool');
  assert.deepEqual(toNumbers(less!.data), [1, 0, 0]);
  const yesNo = tensor('bool', [2], [1, 0]);
  assert.deepEqual(run('Xor', [yesNo, tensor('bool', [], [1])]).values, [0, 1]);
  assert.deepEqual(run('Not', [yesNo]).values, [0, 1]);
  assert.throws(() => run('And', [ramp([2]), yesNo]), { code: 'E_OP' });
});

test('operands of different types are refused', () => {
  assert.throws(() => run('Add', [ramp([1]), int64s(1)]), { code: 'E_ONNX_INVALID' });
});

const near = (got: readonly number[], want: readonly number[], message: string) => {
  assert.equal(got.length, want.length, message);
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - want[i]!) <= 1e-6 * Math.max(1, Math.abs(want[i]!)), `${message}: ${got}`);
  });
};

test('activations at -2, 0 and 2', () => {
  const table: readonly [string, Attributes, readonly number[]][] = [
    ['Relu', {}, [0, 0, 2]],
    ['LeakyRelu', { alpha: float(0.1) }, [-0.2, 0, 2]],
    ['Elu', {}, [Math.exp(-2) - 1, 0, 2]],
    ['Selu', {}, [1.0507009873554805 * 1.6732632423543772 * (Math.exp(-2) - 1), 0, 2 * 1.0507009873554805]],
    ['Sigmoid', {}, [0.11920292202, 0.5, 0.88079707798]],
    ['HardSigmoid', {}, [0.1, 0.5, 0.9]],
    ['HardSwish', {}, [-1 / 3, 0, 5 / 3]],
    ['Tanh', {}, [-0.96402758008, 0, 0.96402758008]],
    ['Gelu', {}, [-0.0455002639, 0, 1.9544997361]],
    ['Gelu', { approximate: string('tanh') }, [-0.04540230591, 0, 1.95459769409]],
    ['Softplus', {}, [0.12692801104, Math.LN2, 2.12692801104]],
    ['Softsign', {}, [-2 / 3, 0, 2 / 3]],
    ['Mish', {}, [-0.25250148, 0, 1.94395896]],
    ['Erf', {}, [-0.99532226502, 0, 0.99532226502]],
  ];
  for (const [op, attributes, want] of table)
    near(run(op, [floats([3], [-2, 0, 2])], attributes).values, want, op);
});

test('Softplus and Sigmoid stand large inputs', () => {
  near(run('Softplus', [floats([2], [-1000, 1000])]).values, [0, 1000], 'Softplus');
  near(run('Sigmoid', [floats([2], [-1000, 1000])]).values, [0, 1], 'Sigmoid');
});

test('erf equals its value to 1e-14 over its range', () => {
  const known: readonly [number, number][] = [
    [1e-10, 1.1283791670955126e-10],
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [3, 0.9999779095030014],
    [5.9, 1],
    [7, 1],
  ];
  for (const [x, want] of known) {
    assert.ok(Math.abs(erf(x) - want) <= 1e-14 * want, `erf(${x}) = ${erf(x)}`);
    assert.equal(erf(-x), -erf(x));
  }
  assert.ok(Number.isNaN(erf(Number.NaN)));
});

test('Clip leaves out absent bounds', () => {
  const x = floats([3], [-9, 0, 9]);
  assert.deepEqual(run('Clip', [x, floats([], [-1]), null]).values, [-1, 0, 9]);
  assert.deepEqual(run('Clip', [x, null, floats([], [1])]).values, [-9, 0, 1]);
});

test('rounding goes to the even neighbour at ties', () => {
  const x = [-2.5, -1.5, -0.5, 0.49999999999999994, 0.5, 1.5, 2.5, 2 ** 52 + 1, Infinity];
  assert.deepEqual(x.map(roundHalfToEven), [-2, -2, 0, 0, 0, 2, 2, 2 ** 52 + 1, Infinity]);
  assert.ok(Number.isNaN(roundHalfToEven(Number.NaN)));
});

test('PRelu broadcasts its slope to the input only', () => {
  const x = floats([1, 2, 2], [-1, 1, -2, 2]);
  assert.deepEqual(run('PRelu', [x, floats([2, 1], [0.5, 0.25])]).values, [-0.5, 1, -0.5, 2]);
  assert.throws(() => run('PRelu', [ramp([2]), ramp([3, 2])]), { code: 'E_SHAPE' });
});

test('Cast truncates, tells zero from the rest, and goes through 64 bits', () => {
  const x = floats([4], [-1.9, 0, 0.3, 7.7]);
  assert.deepEqual(run('Cast', [x], { to: int(7) }).values, [-1, 0, 0, 7]);
  assert.deepEqual(run('Cast', [x], { to: int(9) }).values, [1, 0, 1, 1]);
  assert.deepEqual(run('Cast', [int64s(3, -4)], { to: int(1) }).values, [3, -4]);
  assert.throws(() => run('Cast', [x], { to: int(8) }), { code: 'E_OP' }, 'strings');
});

test('Dropout is the identity with a mask of ones; random training is refused', () => {
  const x = ramp([2]);
  const [y, mask] = runAll('Dropout', [x], {}, 2);
  assert.equal(y!.data, x.data);
  assert.deepEqual(toNumbers(mask!.data), [1, 1]);
  assert.throws(() => run('Dropout', [x, floats([], [0.5]), tensor('bool', [], [1])]), { code: 'E_OP' });
});
