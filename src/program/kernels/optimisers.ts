/** Updates of what is trained, in float32 operation by operation. `control` is what changes from step to step. */
import { constant, input, type Kernel, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { between, randomBits, roundStochastic } from './quantizer.ts';

/**
 * Places in `control`: the learning rate, Adam's 1 / (1 - beta^t) of both moments, and whether sums of gradients go on (1) or begin
 * with this step (0).
 */
export const CONTROL = { learningRate: 0, correction1: 1, correction2: 2, goesOn: 3, length: 4 } as const;

/**
 * Stochastic gradient descent: w -= rate * (g + decay * w).
 * inputs [g float32, control float32 [4]], constants [decay: float32 [1]], outputs [w (updated)].
 */
export type SgdF32 = StepOf<'sgd_f32', { readonly size: number }>;

/**
 * Stochastic gradient descent with momentum: v = momentum * v + (g + decay * w), w -= rate * v.
 * inputs [g float32, control float32 [4]], constants [momentum, decay: float32 [2]], outputs [w, v (both updated)].
 */
export type MomentumF32 = StepOf<'momentum_f32', { readonly size: number }>;

/**
 * Adam (Kingma and Ba 2015, algorithm 1): with g + decay * w for g, m = b1 * m + (1 - b1) * g, v = b2 * v + (1 - b2) * g^2,
 * w -= rate * (m * correction1) / (sqrt(v * correction2) + epsilon).
 * inputs [g float32, control float32 [4]], constants [beta1, beta2, epsilon, decay: float32 [4]],
 * outputs [w, m, v (all updated)].
 */
export type AdamF32 = StepOf<'adam_f32', { readonly size: number }>;

/**
 * Descent of weights that are kept as codes of a fixed scale per row, by quantisation-aware scaling (QAS, Lin et al.,
 * NeurIPS 2022, "On-Device Training Under 256KB Memory", section 3.1): code = round(code - rate * g / scale), rounded
 * stochastically and saturating, which is the step that float weights would take.
 * inputs [g float32 [rows][columns], scale float32 [rows], control, key int32 [1]], outputs [codes int8 (updated)].
 */
export type SgdS8 = StepOf<
  'sgd_s8',
  {
    readonly rows: number;
    readonly columns: number;
    readonly limit: number;
    readonly stream: number;
    /** 1: g is the gradient by the codes, that by the numbers times the scale; 0: by the numbers. */
    readonly ofCodes: number;
  }
>;

export const sgdF32: Kernel<SgdF32> = {
  signature: {
    about: `weights (updated) = weights - rate * (gradient + decay * weights). control[0]: the rate.`,
    params: { size: RANGE.size },
    operands: [
      input('gradient', 'float32', ['size']),
      input('control', 'float32', [CONTROL.length]),
      constant('decay', 'float32', [1]),
      update('weights', 'float32', ['size']),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: { size } }, { inputs, constants, outputs }) {
    const [g, control] = inputs as [Float32Array, Float32Array];
    const [decay] = constants[0] as unknown as [number];
    const [w] = outputs as [Float32Array];
    const rate = control[CONTROL.learningRate]!;
    for (let i = 0; i < size; i++) {
      const slope = Math.fround(g[i]! + Math.fround(decay * w[i]!));
      w[i] = Math.fround(w[i]! - Math.fround(rate * slope));
    }
  },
};

export const momentumF32: Kernel<MomentumF32> = {
  signature: {
    about: `velocity = momentum * velocity + (gradient + decay * weights); weights -= rate * velocity (both updated). control[0]: the rate. settings: momentum, decay.`,
    params: { size: RANGE.size },
    operands: [
      input('gradient', 'float32', ['size']),
      input('control', 'float32', [CONTROL.length]),
      constant('settings', 'float32', [2]),
      update('weights', 'float32', ['size']),
      update('velocity', 'float32', ['size']),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'shared', 'sliced', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: { size } }, { inputs, constants, outputs }) {
    const [g, control] = inputs as [Float32Array, Float32Array];
    const [momentum, decay] = constants[0] as unknown as [number, number];
    const [w, v] = outputs as [Float32Array, Float32Array];
    const rate = control[CONTROL.learningRate]!;
    for (let i = 0; i < size; i++) {
      const slope = Math.fround(g[i]! + Math.fround(decay * w[i]!));
      v[i] = Math.fround(Math.fround(momentum * v[i]!) + slope);
      w[i] = Math.fround(w[i]! - Math.fround(rate * v[i]!));
    }
  },
};

export const adamF32: Kernel<AdamF32> = {
  signature: {
    about: `Adam: both moments and the weights are updated. control: rate, corrections of the moments. settings: beta1, beta2, epsilon, decay.`,
    params: { size: RANGE.size },
    operands: [
      input('gradient', 'float32', ['size']),
      input('control', 'float32', [CONTROL.length]),
      constant('settings', 'float32', [4]),
      update('weights', 'float32', ['size']),
      update('mean', 'float32', ['size']),
      update('square', 'float32', ['size']),
    ],
    split: { by: 'elements', operands: ['sliced', 'shared', 'shared', 'sliced', 'sliced', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: { size } }, { inputs, constants, outputs }) {
    const [g, control] = inputs as [Float32Array, Float32Array];
    const [beta1, beta2, epsilon, decay] = constants[0] as unknown as [number, number, number, number];
    const [w, m, v] = outputs as [Float32Array, Float32Array, Float32Array];
    const [rate, correction1, correction2] = control as unknown as [number, number, number];
    const [rest1, rest2] = [Math.fround(1 - beta1), Math.fround(1 - beta2)];
    for (let i = 0; i < size; i++) {
      const slope = Math.fround(g[i]! + Math.fround(decay * w[i]!));
      const square = Math.fround(slope * slope);
      m[i] = Math.fround(Math.fround(beta1 * m[i]!) + Math.fround(rest1 * slope));
      v[i] = Math.fround(Math.fround(beta2 * v[i]!) + Math.fround(rest2 * square));
      const root = Math.fround(Math.sqrt(Math.fround(v[i]! * correction2)));
      const direction = Math.fround(Math.fround(m[i]! * correction1) / Math.fround(root + epsilon));
      w[i] = Math.fround(w[i]! - Math.fround(rate * direction));
    }
  },
};

export const sgdS8: Kernel<SgdS8> = {
  signature: {
    about: `codes (updated) = codes - rate * gradient / scale of the row, rounded stochastically, within [-limit, limit]; where of_codes is 1 the gradient is that by the codes, and divided by the scale once more.`,
    params: {
      rows: RANGE.count,
      columns: RANGE.count,
      limit: RANGE.limit,
      stream: RANGE.any,
      ofCodes: RANGE.flag,
    },
    operands: [
      input('gradient', 'float32', ['rows', 'columns']),
      input('scale', 'float32', ['rows']),
      input('control', 'float32', [CONTROL.length]),
      input('key', 'int32', [1]),
      update('codes', 'int8', ['rows', 'columns']),
    ],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [g, scale, control, key] = inputs as [Float32Array, Float32Array, Float32Array, Int32Array];
    const [codes] = outputs as [Int8Array];
    const rate = control[CONTROL.learningRate]!;
    const bits = randomBits(key[0]!, p.stream);
    for (let i = 0; i < p.rows * p.columns; i++) {
      const own = scale[Math.floor(i / p.columns)]!;
      const rateOfRow = Math.fround(rate / own);
      const perCode = p.ofCodes === 1 ? Math.fround(rateOfRow / own) : rateOfRow;
      const moved = Math.fround(codes[i]! - Math.fround(perCode * g[i]!));
      codes[i] = roundStochastic(between(moved, -p.limit, p.limit), bits, i);
    }
  },
};
