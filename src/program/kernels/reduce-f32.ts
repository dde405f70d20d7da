import { expF32, logF32 } from '../../numbers/elementary.ts';
import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

/** What is made of many numbers. */
export const REDUCTION = {
  sum: 0,
  mean: 1,
  max: 2,
  min: 3,
  product: 4,
  magnitudes: 5,
  squares: 6,
  rootOfSquares: 7,
  logOfSum: 8,
  logOfSumOfExp: 9,
} as const;

export type Reduction = keyof typeof REDUCTION;

/** Over one axis. inputs [x [outer][size][inner]], outputs [y [outer][inner]]. */
export type ReduceF32 = StepOf<
  'reduce_f32',
  { readonly outer: number; readonly size: number; readonly inner: number; readonly operation: number }
>;

const f32 = Math.fround;

const greatest = (row: Float32Array): number =>
  row.reduce((most, x) => (x > most || Number.isNaN(x) ? x : most));
const sum = (row: Float32Array): number => row.reduce((total, x) => f32(total + x), 0);
const squares = (row: Float32Array): number => row.reduce((total, x) => fusedMultiplyAdd(x, x, total), 0);

/** Of at least one number, in their order. */
const FUNCTIONS: Readonly<Record<Reduction, (row: Float32Array) => number>> = {
  sum,
  mean: (row) => sum(row) / row.length,
  max: greatest,
  min: (row) => row.reduce((least, x) => (x < least || Number.isNaN(x) ? x : least)),
  product: (row) => row.reduce((total, x) => f32(total * x), 1),
  magnitudes: (row) => row.reduce((total, x) => f32(total + Math.abs(x)), 0),
  squares,
  rootOfSquares: (row) => Math.sqrt(squares(row)),
  logOfSum: (row) => logF32(sum(row)),
  logOfSumOfExp(row) {
    const most = greatest(row);
    if (!Number.isFinite(most)) return most;
    return most + logF32(sum(row.map((x) => expF32(f32(x - most)))));
  },
};

const BY_CODE = Object.keys(REDUCTION) as readonly Reduction[];

export const reduceF32: Kernel<ReduceF32> = {
  signature: {
    about: `output[o][k] = f of input[o][0 .. size - 1][k], in their order: ${BY_CODE.map((name, code) => `${code} ${name}`).join(', ')}.`,
    params: {
      outer: RANGE.count,
      size: [1, 2 ** 24],
      inner: RANGE.count,
      operation: [0, BY_CODE.length - 1],
    },
    operands: [
      input('input', 'float32', ['outer', 'size', 'inner']),
      output('output', 'float32', ['outer', 'inner']),
    ],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [y] = outputs as [Float32Array];
    const apply = FUNCTIONS[BY_CODE[p.operation]!];
    const row = new Float32Array(p.size);
    for (let o = 0; o < p.outer; o++) {
      for (let k = 0; k < p.inner; k++) {
        for (let i = 0; i < p.size; i++) row[i] = x[(o * p.size + i) * p.inner + k]!;
        y[o * p.inner + k] = apply(row);
      }
    }
  },
};
