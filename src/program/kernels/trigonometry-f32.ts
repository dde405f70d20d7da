import {
  portableAcos,
  portableAcosh,
  portableAsin,
  portableAsinh,
  portableAtan,
  portableAtanh,
  portableCos,
  portableCosh,
  portableSin,
  portableSinh,
  portableTan,
} from '../../numbers/double-math.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

/** Functions of angles and hyperbolas. */
export const TRIGONOMETRY = {
  sin: 0,
  cos: 1,
  tan: 2,
  asin: 3,
  acos: 4,
  atan: 5,
  sinh: 6,
  cosh: 7,
  asinh: 8,
  acosh: 9,
  atanh: 10,
} as const;

export type TrigonometryFunction = keyof typeof TRIGONOMETRY;

/** inputs [x], outputs [y]; y may lie on x. */
export type TrigonometryF32 = StepOf<
  'trigonometry_f32',
  { readonly size: number; readonly function: number }
>;

const FUNCTIONS: Readonly<Record<TrigonometryFunction, (x: number) => number>> = {
  sin: portableSin,
  cos: portableCos,
  tan: portableTan,
  asin: portableAsin,
  acos: portableAcos,
  atan: portableAtan,
  sinh: portableSinh,
  cosh: portableCosh,
  asinh: portableAsinh,
  acosh: portableAcosh,
  atanh: portableAtanh,
};

const BY_CODE = Object.keys(TRIGONOMETRY) as readonly TrigonometryFunction[];

export const trigonometryF32: Kernel<TrigonometryF32> = {
  signature: {
    about: `output = f(input), element by element, float64 inside: ${BY_CODE.map((name, code) => `${code} ${name}`).join(', ')}. May run in place.`,
    params: { size: RANGE.size, function: [0, BY_CODE.length - 1] },
    operands: [input('input', 'float32', ['size']), output('output', 'float32', ['size'])],
    inPlace: [0],
    split: { by: 'elements', operands: ['sliced', 'sliced'] },
  },
  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [y] = outputs as [Float32Array];
    const apply = FUNCTIONS[BY_CODE[p.function]!];
    for (let i = 0; i < p.size; i++) y[i] = apply(x[i]!);
  },
};
