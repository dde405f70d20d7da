/** Octo's loss-aware compensation (LAC): y' = y + alpha * mu + o, trained by the task loss (Zhou et al., USENIX ATC 2021). */
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { QUANTIZER, zeroPointOf } from './quantizer.ts';

type Params = { readonly size: number };

/**
 * The constant that LAC adds, with the bias of its channel: bias + (alpha * mu + o).
 * inputs [bias float32 [biasSize], alpha, mu, o: float32 [size]], outputs [sum float32 [size]].
 */
export type CompensationF32 = StepOf<'compensation_f32', Params & { readonly biasSize: number }>;

/**
 * Gradients of LAC from that of its sum: dalpha = d * mu, dmu = alpha * d + decay * mu, do = d + decay * o.
 * inputs [d float32 [size], alpha, mu, o], constants [decay float32 [1]], outputs [dalpha, dmu, do].
 */
export type CompensationGradientF32 = StepOf<'compensation_gradient_f32', Params>;

/**
 * The mu of LAC that is tied to the quantiser: what an affine activation's zero point adds to the sums of each channel,
 * with the sign that takes it off: mu = -(scale of x * scale of w) * zero point * sum of the channel's codes. With alpha = 1
 * and o = 0 it restores what sums without zero-point terms lack, for windows without padding.
 * inputs [w int8 [rows][columns], scale float32 [rows], quantiser of x], outputs [mu float32 [rows]].
 */
export type TiedCompensationF32 = StepOf<
  'tied_compensation_f32',
  { readonly rows: number; readonly columns: number }
>;

/** Sums over the rows, each a float64 chain, rounded to float32. inputs [x float32 [rows][size]], outputs [y float32 [size]]. */
export type SumRowsF32 = StepOf<'sum_rows_f32', Params & { readonly rows: number }>;

export const compensationF32: Kernel<CompensationF32> = {
  signature: {
    about: `Loss-aware compensation: output[i] = bias[i mod bias_size] + (alpha[i] * mu[i] + offset[i]).`,
    params: { size: RANGE.size, biasSize: RANGE.count },
    operands: [
      input('bias', 'float32', ['biasSize']),
      input('alpha', 'float32', ['size']),
      input('mu', 'float32', ['size']),
      input('offset', 'float32', ['size']),
      output('output', 'float32', ['size']),
    ],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [bias, alpha, mu, o] = inputs as [Float32Array, Float32Array, Float32Array, Float32Array];
    const [sum] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) {
      const added = Math.fround(Math.fround(alpha[i]! * mu[i]!) + o[i]!);
      sum[i] = Math.fround(bias[i % p.biasSize]! + added);
    }
  },
};

export const compensationGradientF32: Kernel<CompensationGradientF32> = {
  signature: {
    about: `Its gradients: d * mu, alpha * d + decay * mu, d + decay * offset.`,
    params: { size: RANGE.size },
    operands: [
      input('gradient', 'float32', ['size']),
      input('alpha', 'float32', ['size']),
      input('mu', 'float32', ['size']),
      input('offset', 'float32', ['size']),
      constant('decay', 'float32', [1]),
      output('alphaGradient', 'float32', ['size']),
      output('muGradient', 'float32', ['size']),
      output('offsetGradient', 'float32', ['size']),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [d, alpha, mu, o] = inputs as [Float32Array, Float32Array, Float32Array, Float32Array];
    const [decay] = constants[0] as unknown as [number];
    const [dalpha, dmu, dOffset] = outputs as [Float32Array, Float32Array, Float32Array];
    for (let i = 0; i < p.size; i++) {
      dalpha[i] = Math.fround(d[i]! * mu[i]!);
      dmu[i] = Math.fround(Math.fround(alpha[i]! * d[i]!) + Math.fround(decay * mu[i]!));
      dOffset[i] = Math.fround(d[i]! + Math.fround(decay * o[i]!));
    }
  },
};

export const tiedCompensationF32: Kernel<TiedCompensationF32> = {
  signature: {
    about: `The mu that takes off what the zero point adds: -(zero point * sum of the row's codes) * (scale * scale of the row).`,
    params: { rows: RANGE.count, columns: RANGE.count },
    operands: [
      input('weights', 'int8', ['rows', 'columns']),
      input('scale', 'float32', ['rows']),
      input('quantizer', 'float32', [QUANTIZER.length]),
      output('output', 'float32', ['rows']),
    ],
  },
  run({ params: p }, { inputs, outputs }) {
    const [w, scale, quantizer] = inputs as [Int8Array, Float32Array, Float32Array];
    const [mu] = outputs as [Float32Array];
    for (let row = 0; row < p.rows; row++) {
      let sum = 0;
      for (let i = 0; i < p.columns; i++) sum = (sum + w[row * p.columns + i]!) | 0;
      const lacking = Math.fround(Math.imul(-zeroPointOf(quantizer), sum));
      mu[row] = Math.fround(lacking * Math.fround(quantizer[QUANTIZER.scale]! * scale[row]!));
    }
  },
};

export const sumRowsF32: Kernel<SumRowsF32> = {
  signature: {
    about: `Sums over the rows, each a float64 chain: input [rows][size], output [size], 8 * size bytes of scratch.`,
    params: { size: RANGE.count, rows: RANGE.count },
    operands: [input('input', 'float32', ['rows', 'size']), output('output', 'float32', ['size'])],
    scratch: [8, 'size'],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let i = 0; i < p.size; i++) {
      let sum = 0;
      for (let row = 0; row < p.rows; row++) sum += x[row * p.size + i]!;
      y[i] = sum;
    }
  },
};
