/** Batch normalisation in training (Ioffe and Szegedy 2015, algorithm 1), and its gradient. */
import { constant, input, type Kernel, output, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { emptyExtent, extend, QUANTIZER, realOf, settleExtent } from './quantizer.ts';

type Params = {
  /** Batch times positions. */
  readonly rows: number;
  readonly channels: number;
};

/**
 * y = (x - mean) * (gamma * inverse) + beta with mean and biased variance of the batch per channel, inverse = 1 /
 * sqrt(variance + epsilon); running += momentum * (batch - running) with the unbiased variance. Sums are float64 chains
 * over the rows, everything else is float32.
 * inputs [x float32 [rows][channels], gamma, beta], constants [epsilon, momentum: float32 [2]],
 * outputs [y float32 (may lie on x), running mean, running variance (both read and written), statistics float32
 * [2][channels]: mean, inverse; extent of y].
 */
export type BatchNormF32 = StepOf<'batch_norm_f32', Params>;

/**
 * dL/dx, dL/dgamma and dL/dbeta where x was kept as codes. With h = (x - mean) * inverse:
 * dbeta = sum(g), dgamma = sum(g h), dx = gamma * inverse * (g - (dbeta / rows + h * dgamma / rows)).
 * inputs [x int8, quantiser of x, statistics, gamma], outputs [g float32 (becomes dx), dgamma, dbeta].
 */
export type BatchNormGradientS8 = StepOf<'batch_norm_gradient_s8', Params>;

/** The same where x was kept in float32. inputs [x, statistics, gamma], outputs [g (becomes dx), dgamma, dbeta]. */
export type BatchNormGradientF32 = StepOf<'batch_norm_gradient_f32', Params>;

const normParams = { rows: RANGE.count, channels: RANGE.count } as const;

export const batchNormF32: Kernel<BatchNormF32> = {
  signature: {
    about: `output = (input - mean) * (gamma * inverse) + beta with mean and variance of the batch per channel, from float64 chains over the rows; inverse = 1 / sqrt(variance + epsilon); running += momentum * (batch - running) (updated). settings: epsilon, momentum. statistics [2][channels]: mean, inverse. 16 * channels bytes of scratch. In place allowed.`,
    params: normParams,
    operands: [
      input('input', 'float32', ['rows', 'channels']),
      input('gamma', 'float32', ['channels']),
      input('beta', 'float32', ['channels']),
      constant('settings', 'float32', [2]),
      output('output', 'float32', ['rows', 'channels']),
      update('runningMean', 'float32', ['channels']),
      update('runningVariance', 'float32', ['channels']),
      output('statistics', 'float32', [2, 'channels']),
      output('extent', 'float32', [2]),
    ],
    inPlace: [0],
    scratch: [16, 'channels'],
    vector: 'simd-f32',
  },
  run({ params: { rows, channels } }, { inputs, constants, outputs }) {
    const [x, gamma, beta] = inputs as [Float32Array, Float32Array, Float32Array];
    const [epsilon, momentum] = constants[0] as unknown as [number, number];
    const [y, runningMean, runningVariance, statistics, extent] = outputs as Float32Array[] as [
      ...[Float32Array, Float32Array, Float32Array],
      ...[Float32Array, Float32Array],
    ];
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += x[row * channels + c]!;
      const mean = Math.fround(sum / rows);
      let squares = 0;
      for (let row = 0; row < rows; row++) {
        const distance = x[row * channels + c]! - mean;
        squares += distance * distance;
      }
      const variance = squares / rows;
      statistics[c] = mean;
      statistics[channels + c] = Math.fround(1 / Math.sqrt(variance + epsilon));
      const unbiased = Math.fround(squares / Math.max(rows - 1, 1));
      runningMean[c] = moved(runningMean[c]!, mean, momentum);
      runningVariance[c] = moved(runningVariance[c]!, unbiased, momentum);
    }
    emptyExtent(extent);
    for (let i = 0; i < rows * channels; i++) {
      const c = i % channels;
      const factor = Math.fround(gamma[c]! * statistics[channels + c]!);
      const centred = Math.fround(x[i]! - statistics[c]!);
      y[i] = Math.fround(Math.fround(centred * factor) + beta[c]!);
      extend(extent, y[i]!);
    }
    settleExtent(extent);
  },
};

function moved(running: number, batch: number, momentum: number): number {
  return Math.fround(running + Math.fround(momentum * Math.fround(batch - running)));
}

function gradient(
  { rows, channels }: Params,
  valueAt: (index: number) => number,
  statistics: Float32Array,
  gamma: Float32Array,
  [g, dgamma, dbeta]: readonly [Float32Array, Float32Array, Float32Array],
): void {
  const normalised = (index: number, c: number): number =>
    Math.fround(Math.fround(valueAt(index) - statistics[c]!) * statistics[channels + c]!);
  for (let c = 0; c < channels; c++) {
    let [sum, products] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const index = row * channels + c;
      sum += g[index]!;
      products += g[index]! * normalised(index, c);
    }
    dbeta[c] = sum;
    dgamma[c] = products;
    const [shift, slope] = [Math.fround(sum / rows), Math.fround(products / rows)];
    const factor = Math.fround(gamma[c]! * statistics[channels + c]!);
    for (let row = 0; row < rows; row++) {
      const index = row * channels + c;
      const common = Math.fround(shift + Math.fround(normalised(index, c) * slope));
      g[index] = Math.fround(factor * Math.fround(g[index]! - common));
    }
  }
}

export const batchNormGradientS8: Kernel<BatchNormGradientS8> = {
  signature: {
    about: `With h = (input - mean) * inverse: beta_gradient = sum of g, gamma_gradient = sum of g * h, in float64 chains; g (updated) becomes gamma * inverse * (g - (beta_gradient / rows + h * gamma_gradient / rows)). 16 * channels bytes of scratch.`,
    params: normParams,
    operands: [
      input('input', 'int8', ['rows', 'channels']),
      input('quantizer', 'float32', [QUANTIZER.length]),
      input('statistics', 'float32', [2, 'channels']),
      input('gamma', 'float32', ['channels']),
      update('gradient', 'float32', ['rows', 'channels']),
      output('gammaGradient', 'float32', ['channels']),
      output('betaGradient', 'float32', ['channels']),
    ],
    scratch: [16, 'channels'],
    vector: 'simd-f32',
  },
  run({ params }, { inputs, outputs }) {
    const [x, quantizer, statistics, gamma] = inputs as [Int8Array, Float32Array, Float32Array, Float32Array];
    const results = outputs as readonly Float32Array[] as readonly [Float32Array, Float32Array, Float32Array];
    gradient(params, (index) => realOf(x[index]!, quantizer), statistics, gamma, results);
  },
};

export const batchNormGradientF32: Kernel<BatchNormGradientF32> = {
  signature: {
    about: `With h = (input - mean) * inverse: beta_gradient = sum of g, gamma_gradient = sum of g * h, in float64 chains; g (updated) becomes gamma * inverse * (g - (beta_gradient / rows + h * gamma_gradient / rows)). 16 * channels bytes of scratch.`,
    params: normParams,
    operands: [
      input('input', 'float32', ['rows', 'channels']),
      input('statistics', 'float32', [2, 'channels']),
      input('gamma', 'float32', ['channels']),
      update('gradient', 'float32', ['rows', 'channels']),
      output('gammaGradient', 'float32', ['channels']),
      output('betaGradient', 'float32', ['channels']),
    ],
    scratch: [16, 'channels'],
    vector: 'simd-f32',
  },
  run({ params }, { inputs, outputs }) {
    const [x, statistics, gamma] = inputs as [Float32Array, Float32Array, Float32Array];
    const results = outputs as readonly Float32Array[] as readonly [Float32Array, Float32Array, Float32Array];
    gradient(params, (index) => x[index]!, statistics, gamma, results);
  },
};
