import {
  erfF32,
  expF32,
  expm1F32,
  log1pF32,
  logF32,
  roundF32,
  sigmoidF32,
  tanhF32,
} from '../../numbers/elementary.ts';
import { fusedMultiplyAdd as fma } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type UnaryF32Params = {
  readonly size: number;
  /** One of UNARY. */
  readonly function: number;
};

/** Functions of one number and of two parameters. */
export const UNARY = {
  exp: 0,
  log: 1,
  sqrt: 2,
  reciprocal: 3,
  abs: 4,
  negate: 5,
  ceil: 6,
  floor: 7,
  round: 8,
  sign: 9,
  sigmoid: 10,
  tanh: 11,
  erf: 12,
  gelu: 13,
  geluTanh: 14,
  swish: 15,
  softplus: 16,
  softsign: 17,
  mish: 18,
  elu: 19,
  celu: 20,
  selu: 21,
  leakyRelu: 22,
  thresholdedRelu: 23,
  hardSigmoid: 24,
  hardSwish: 25,
  shrink: 26,
  square: 27,
  cube: 28,
} as const;

export type UnaryFunction = keyof typeof UNARY;

/** inputs [x], constants [parameters [a, b]], outputs [y]; y may lie on x. */
export type UnaryF32 = StepOf<'unary_f32', UnaryF32Params>;

const f32 = Math.fround;

/** x between 0 and 1; NaN stays. */
const unit = (x: number): number => (x < 0 ? 0 : Math.min(x, 1));

const FUNCTIONS: Readonly<Record<UnaryFunction, (x: number, a: number, b: number) => number>> = {
  exp: expF32,
  log: logF32,
  sqrt: Math.sqrt,
  reciprocal: (x) => 1 / x,
  abs: Math.abs,
  negate: (x) => -x,
  ceil: Math.ceil,
  floor: Math.floor,
  round: roundF32,
  sign: Math.sign,
  sigmoid: sigmoidF32,
  tanh: tanhF32,
  erf: erfF32,
  gelu: (x) => f32(0.5 * x) * f32(1 + erfF32(f32(x * f32(Math.SQRT1_2)))),
  geluTanh(x) {
    const slope = fma(f32(x * x), f32(0.0713548138737679), f32(1.595769166946411));
    return x / f32(1 + expF32(-f32(x * slope)));
  },
  swish: (x, a) => x / f32(1 + expF32(-f32(a * x))),
  softplus: (x) => Math.max(x, 0) + log1pF32(expF32(-Math.abs(x))),
  softsign: (x) => x / f32(1 + Math.abs(x)),
  mish(x) {
    if (x > 20) return x;
    const power = expF32(x);
    const squared = f32(power * f32(power + 2));
    return x * f32(squared / f32(squared + 2));
  },
  elu: (x, a) => (x < 0 ? a * expm1F32(x) : x),
  celu: (x, a) => (x < 0 ? a * expm1F32(f32(x / a)) : x),
  selu: (x, a, b) => b * (x > 0 ? x : f32(a * expm1F32(x))),
  leakyRelu: (x, a) => (x < 0 ? a * x : x),
  thresholdedRelu: (x, a) => (x > a ? x : 0),
  hardSigmoid: (x, a, b) => unit(fma(a, x, b)),
  hardSwish: (x) => x * unit(fma(x, f32(1 / 6), 0.5)),
  shrink: (x, a, b) => (x < -b ? x + a : x > b ? x - a : 0),
  square: (x) => x * x,
  cube: (x) => f32(x * x) * x,
};

const BY_CODE = Object.keys(UNARY) as readonly UnaryFunction[];

export const unaryF32: Kernel<UnaryF32> = {
  signature: {
    about: `output = f(input), element by element, a and b = parameters: ${BY_CODE.map((name, code) => `${code} ${name}`).join(', ')}. May run in place.`,
    params: { size: RANGE.size, function: [0, BY_CODE.length - 1] },
    operands: [
      input('input', 'float32', ['size']),
      constant('parameters', 'float32', [2]),
      output('output', 'float32', ['size']),
    ],
    inPlace: [0],
    split: { by: 'elements', operands: ['sliced', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [a, b] = constants[0] as unknown as readonly [number, number];
    const [y] = outputs as [Float32Array];
    const apply = FUNCTIONS[BY_CODE[p.function]!];
    for (let i = 0; i < p.size; i++) y[i] = apply(x[i]!, a, b);
  },
};
