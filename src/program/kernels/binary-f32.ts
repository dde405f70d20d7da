import { portablePow } from '../../numbers/double-math.ts';
import { constant, input, type Kernel, output, type Range } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { bounded } from './common.ts';
import { type BoxSizes, boxSizes, forEachPlace, type Walk, walkParams } from './strided-box.ts';

type Operands2 = BoxSizes & Walk<'input1'> & Walk<'input2'>;

/** What is made of two float32. */
export const BINARY_F32 = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
  maximum: 4,
  minimum: 5,
  prelu: 6,
} as const;

export type BinaryFunction = keyof typeof BINARY_F32;

/** Operands broadcast. inputs [a, b], constants [bounds], outputs [y, the box]. */
export type BinaryF32 = StepOf<'binary_f32', Operands2 & { readonly operation: number }>;

/** a to the power of b, as IEEE 754 has `pow`; operands broadcast. inputs [a, b], outputs [y, the box]. */
export type PowerF32 = StepOf<'power_f32', Operands2>;

const FUNCTIONS: Readonly<Record<BinaryFunction, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: (a, b) => (a > b || Number.isNaN(a) ? a : b),
  minimum: (a, b) => (a < b || Number.isNaN(a) ? a : b),
  prelu: (a, b) => (a < 0 ? a * b : a),
};

const BY_CODE = Object.keys(BINARY_F32) as readonly BinaryFunction[];

const walks: { readonly [K in keyof Operands2]: Range } = {
  ...boxSizes,
  ...walkParams('input1'),
  ...walkParams('input2'),
};
const inputs = [input('input1', 'float32', null), input('input2', 'float32', null)];
const box = output('output', 'float32', ['size0', 'size1', 'size2', 'size3']);
const WHERE = `input1: input1_offset + sum(index_k * input1_stride_k), likewise input2; the output is the box size0 x size1 x size2 x size3.`;

export const binaryF32: Kernel<BinaryF32> = {
  signature: {
    about: `output = f(input1, input2), element by element, operands that broadcast: ${BY_CODE.map((name, code) => `${code} ${name}`).join(', ')} (input1 * input2 below 0). ${WHERE}`,
    params: { ...walks, operation: [0, BY_CODE.length - 1] },
    operands: [...inputs, constant('bounds', 'float32', [2], 'bounds'), box],
    rule: 'walks2',
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [a, b] = inputs as [Float32Array, Float32Array];
    const [bounds] = constants as [Float32Array];
    const [y] = outputs as [Float32Array];
    const apply = FUNCTIONS[BY_CODE[p.operation]!];
    forEachPlace(p, ['input1', 'input2'], ([at1, at2], out) => {
      y[out] = bounded(Math.fround(apply(a[at1!]!, b[at2!]!)), bounds);
    });
  },
};

export const powerF32: Kernel<PowerF32> = {
  signature: {
    about: `output = input1 to the power of input2, element by element, operands that broadcast; float64 inside. ${WHERE}`,
    params: walks,
    operands: [...inputs, box],
    rule: 'walks2',
  },
  run({ params: p }, { inputs, outputs }) {
    const [a, b] = inputs as [Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
    forEachPlace(p, ['input1', 'input2'], ([at1, at2], out) => {
      y[out] = portablePow(a[at1!]!, b[at2!]!);
    });
  },
};
