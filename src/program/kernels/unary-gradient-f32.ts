import { erfF32, expF32, sigmoidF32, tanhF32 } from '../../numbers/elementary.ts';
import { fusedMultiplyAdd as fma } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { UNARY, type UnaryFunction } from './unary-f32.ts';

type UnaryGradientF32Params = {
  readonly size: number;
  /** One of UNARY. */
  readonly function: number;
};

/** dL/dx of unary_f32: g * f'(x). inputs [x], constants [parameters [a, b]], outputs [g, which becomes dx]. */
export type UnaryGradientF32 = StepOf<'unary_gradient_f32', UnaryGradientF32Params>;

const f32 = Math.fround;

/** s (1 - s), the slope of the logistic function where it is s. */
const logisticSlope = (s: number): number => f32(s * f32(1 - s));
const logistic = (x: number): number => f32(1 / f32(1 + expF32(-x)));

/** Slopes; steps have none, and at a kink that of the side with x itself. */
const SLOPES: Readonly<Record<UnaryFunction, (x: number, a: number, b: number) => number>> = {
  exp: expF32,
  log: (x) => 1 / x,
  sqrt: (x) => 0.5 / f32(Math.sqrt(x)),
  reciprocal: (x) => -1 / f32(x * x),
  abs: (x) => (x > 0 ? 1 : x < 0 ? -1 : 0),
  negate: () => -1,
  ceil: () => 0,
  floor: () => 0,
  round: () => 0,
  sign: () => 0,
  sigmoid: (x) => logisticSlope(sigmoidF32(x)),
  tanh(x) {
    const y = tanhF32(x);
    return 1 - f32(y * y);
  },
  erf: (x) => f32(1.1283791670955126) * expF32(-f32(x * x)),
  gelu(x) {
    const share = f32(0.5 * f32(1 + erfF32(f32(x * f32(Math.SQRT1_2)))));
    const density = f32(f32(0.3989422804014327) * expF32(f32(-0.5 * f32(x * x))));
    return fma(x, density, share);
  },
  geluTanh(x) {
    const square = f32(x * x);
    const s = logistic(f32(x * fma(square, f32(0.0713548138737679), f32(1.595769166946411))));
    const slope = fma(square, f32(0.2140644416213037), f32(1.595769166946411));
    return fma(f32(x * logisticSlope(s)), slope, s);
  },
  swish(x, a) {
    const scaled = f32(a * x);
    const s = logistic(scaled);
    return fma(scaled, logisticSlope(s), s);
  },
  softplus: sigmoidF32,
  softsign(x) {
    const below = f32(1 + Math.abs(x));
    return 1 / f32(below * below);
  },
  mish(x) {
    const power = expF32(Math.min(x, 20));
    const squared = f32(power * f32(power + 2));
    const y = f32(squared / f32(squared + 2));
    return fma(f32(x * f32(1 - f32(y * y))), sigmoidF32(x), y);
  },
  elu: (x, a) => (x < 0 ? a * expF32(x) : 1),
  celu: (x, a) => (x < 0 ? expF32(f32(x / a)) : 1),
  selu: (x, a, b) => b * (x > 0 ? 1 : f32(a * expF32(x))),
  leakyRelu: (x, a) => (x < 0 ? a : 1),
  thresholdedRelu: (x, a) => (x > a ? 1 : 0),
  hardSigmoid(x, a, b) {
    const y = fma(a, x, b);
    return y > 0 ? (y < 1 ? a : 0) : 0;
  },
  hardSwish(x) {
    const y = fma(x, f32(1 / 6), 0.5);
    return y > 0 ? (y < 1 ? fma(x, f32(1 / 3), 0.5) : 1) : 0;
  },
  shrink: (x, _a, b) => (x < -b ? 1 : x > b ? 1 : 0),
  square: (x) => 2 * x,
  cube: (x) => 3 * f32(x * x),
};

const BY_CODE = Object.keys(UNARY) as readonly UnaryFunction[];

export const unaryGradientF32: Kernel<UnaryGradientF32> = {
  signature: {
    about: `Back through unary_f32: gradient (updated) becomes itself times the slope of the function at input. Steps have no slope.`,
    params: { size: RANGE.size, function: [0, BY_CODE.length - 1] },
    operands: [
      input('input', 'float32', ['size']),
      constant('parameters', 'float32', [2]),
      update('gradient', 'float32', ['size']),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [a, b] = constants[0] as unknown as readonly [number, number];
    const [g] = outputs as [Float32Array];
    const slope = SLOPES[BY_CODE[p.function]!];
    for (let i = 0; i < p.size; i++) g[i] = g[i]! * f32(slope(x[i]!, a, b));
  },
};
