import { input, type Kernel, output, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';

type NormalizeGradientF32Params = {
  readonly batch: number;
  readonly positions: number;
  readonly groups: number;
  readonly channels: number;
  /** 1: less the mean, 0: not, as in normalize_f32. */
  readonly centred: number;
};

/**
 * The gradient of normalize_f32. With the statistics of each group of each image, h = (x - mean) * inverse and v = g * gamma:
 * dbeta = sum(g), dgamma = sum(g h), dx = inverse * (v - (mean(v) + h * mean(v h))), without mean(v) where nothing is centred.
 * inputs [x [batch][positions][groups][channels], gamma [groups][channels], epsilon [1]], outputs [g (becomes dx), dgamma, dbeta].
 */
export type NormalizeGradientF32 = StepOf<'normalize_gradient_f32', NormalizeGradientF32Params>;

const f32 = Math.fround;
const SIZE = [1, 2 ** 24] as const;

export const normalizeGradientF32: Kernel<NormalizeGradientF32> = {
  signature: {
    about: `Back through normalize_f32. With the statistics of each group of each image, h = (input - mean) * inverse and v = g * gamma: beta_gradient = sum of g, gamma_gradient = sum of g * h, and g (updated) becomes inverse * (v - (mean of v + h * mean of v * h)), without mean of v where nothing is centred. Sums are float64 chains. 16 * groups * channels bytes of scratch.`,
    params: { batch: RANGE.count, positions: SIZE, groups: RANGE.count, channels: SIZE, centred: RANGE.flag },
    operands: [
      input('input', 'float32', ['batch', 'positions', 'groups', 'channels']),
      input('gamma', 'float32', ['groups', 'channels']),
      input('epsilon', 'float32', [1]),
      update('gradient', 'float32', ['batch', 'positions', 'groups', 'channels']),
      output('gammaGradient', 'float32', ['groups', 'channels']),
      output('betaGradient', 'float32', ['groups', 'channels']),
    ],
    scratch: [16, 'groups', 'channels'],
  },

  run({ params: p }, { inputs, outputs }) {
    const [x, gamma, [epsilon]] = inputs as unknown as [Float32Array, Float32Array, [number]];
    const [g, dgamma, dbeta] = outputs as [Float32Array, Float32Array, Float32Array];
    const width = p.groups * p.channels;
    const count = p.positions * p.channels;
    const [sums, products] = [new Float64Array(width), new Float64Array(width)];
    for (let image = 0; image < p.batch; image++) {
      for (let group = 0; group < p.groups; group++) {
        const places = Array.from({ length: count }, (_, i) => {
          const position = image * p.positions + Math.floor(i / p.channels);
          return {
            at: position * width + group * p.channels + (i % p.channels),
            c: group * p.channels + (i % p.channels),
          };
        });
        let total = 0;
        if (p.centred === 1) for (const { at } of places) total += x[at]!;
        const mean = f32(total / count);
        let squares = 0;
        for (const { at } of places) squares += (x[at]! - mean) * (x[at]! - mean);
        const inverse = f32(1 / Math.sqrt(squares / count + epsilon));
        const normalised = (at: number): number => f32(f32(x[at]! - mean) * inverse);
        let [values, slopes] = [0, 0];
        for (const { at, c } of places) {
          const [h, v] = [normalised(at), f32(g[at]! * gamma[c]!)];
          sums[c]! += g[at]!;
          products[c]! += g[at]! * h;
          values += v;
          slopes += v * h;
        }
        const [shift, slope] = [p.centred === 1 ? f32(values / count) : 0, f32(slopes / count)];
        for (const { at, c } of places) {
          const common = f32(shift + f32(normalised(at) * slope));
          g[at] = f32(inverse * f32(f32(g[at]! * gamma[c]!) - common));
        }
      }
    }
    dgamma.set(products);
    dbeta.set(sums);
  },
};
