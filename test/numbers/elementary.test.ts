/** Functions from portable arithmetic against the C library, in units of the last place of float32. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  portableAcos,
  portableAcosh,
  portableAsin,
  portableAsinh,
  portableAtan,
  portableAtanh,
  portableCos,
  portableCosh,
  portablePow,
  portableSin,
  portableSinh,
  portableTan,
} from '../../src/numbers/double-math.ts';
import {
  erfF32,
  expF32,
  expm1F32,
  log1pF32,
  logF32,
  roundF32,
  sigmoidF32,
  tanhF32,
} from '../../src/numbers/elementary.ts';
import { erf } from '../../src/numbers/erf.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { roundHalfToEven } from '../../src/numbers/rounding.ts';

const random = seededRandom(7);
const between = (low: number, high: number) => () => low + random() * (high - low);
/** Of all sizes and both signs. */
const scaled = (low: number, high: number) => () => (random() < 0.5 ? -1 : 1) * 2 ** between(low, high)();
const positive = (low: number, high: number) => () => 2 ** between(low, high)();

function unitInLastPlace(value: number): number {
  const size = Math.abs(value);
  return size < 2 ** -126 ? 2 ** -149 : 2 ** (Math.floor(Math.log2(size)) - 23);
}

type Function = (x: number) => number;
const CASES: readonly (readonly [string, Function, Function, () => number, number])[] = [
  ['exp', expF32, Math.exp, between(-105, 90), 1],
  ['exp - 1', expm1F32, Math.expm1, scaled(-140, 6), 1.5],
  ['log', logF32, Math.log, positive(-149, 128), 1],
  ['log near 1', logF32, Math.log, between(0.5, 2), 1],
  ['log(1 + x)', log1pF32, Math.log1p, positive(-140, 0), 1.5],
  ['sigmoid', sigmoidF32, (x) => 1 / (1 + Math.exp(-x)), between(-80, 40), 2.5],
  ['tanh', tanhF32, Math.tanh, scaled(-140, 5), 2.5],
  ['erf', erfF32, erf, scaled(-140, 3), 1.5],
  ['round', roundF32, roundHalfToEven, scaled(-5, 26), 0],
  ['sin', portableSin, Math.sin, scaled(-30, 127), 0.51],
  ['cos', portableCos, Math.cos, scaled(-30, 127), 0.51],
  ['tan', portableTan, Math.tan, scaled(-30, 127), 0.51],
  ['asin', portableAsin, Math.asin, between(-1, 1), 0.51],
  ['acos', portableAcos, Math.acos, between(-1, 1), 0.51],
  ['atan', portableAtan, Math.atan, scaled(-60, 60), 0.51],
  ['sinh', portableSinh, Math.sinh, scaled(-30, 6.4), 0.51],
  ['cosh', portableCosh, Math.cosh, scaled(-30, 6.4), 0.51],
  ['asinh', portableAsinh, Math.asinh, scaled(-60, 120), 0.51],
  ['acosh', portableAcosh, Math.acosh, positive(0, 100), 0.51],
  ['atanh', portableAtanh, Math.atanh, between(-1, 1), 0.51],
  ['x^1.7', (x) => portablePow(x, Math.fround(1.7)), (x) => x ** Math.fround(1.7), positive(-149, 70), 0.51],
  [
    '1.0001^x',
    (x) => portablePow(Math.fround(1.0001), x),
    (x) => Math.fround(1.0001) ** x,
    scaled(0, 19),
    0.51,
  ],
];

for (const [name, mine, theirs, draw, most] of CASES) {
  test(`${name} is within ${most} units in the last place`, () => {
    for (let i = 0; i < 3000; i++) {
      const x = Math.fround(draw());
      const [got, want] = [Math.fround(mine(x)), theirs(x)];
      if (Math.abs(want) > 3.402823e38) continue;
      const off = Math.abs(got - want) / unitInLastPlace(want);
      assert.ok(off <= most, `${name} of ${x} is ${got}, not ${want}: off by ${off}`);
    }
  });
}

test('powers have the special cases of IEEE 754', () => {
  const numbers = [0, -0, 1, -1, 2, -2, 3, 0.5, -0.5, Infinity, -Infinity, Number.NaN];
  for (const x of numbers) {
    for (const y of numbers) {
      // JavaScript alone has NaN for these.
      const isOne = x === 1 || (x === -1 && Math.abs(y) === Infinity);
      const want = isOne ? 1 : Math.fround(x ** y);
      const got = Math.fround(portablePow(x, y));
      assert.ok(Object.is(got, want), `${x} ** ${y} is ${got}, not ${want}`);
    }
  }
});
