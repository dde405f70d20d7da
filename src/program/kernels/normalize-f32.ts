import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type NormalizeF32Params = {
  readonly batch: number;
  readonly positions: number;
  readonly groups: number;
  readonly channels: number;
  /** 1: less the mean (layer, instance and group normalisation); 0: not (RMS normalisation). */
  readonly centred: number;
};

/**
 * inputs [x [batch][positions][groups][channels]], constants [gamma, beta, both [groups][channels], epsilon [1]], outputs
 * [y]; y may lie on x. Each group of each image is normalised by its own statistics, over all its positions and channels.
 */
export type NormalizeF32 = StepOf<'normalize_f32', NormalizeF32Params>;

const f32 = Math.fround;
/** More is no float32 number for sure. */
const SIZE = [1, 2 ** 24] as const;

export const normalizeF32: Kernel<NormalizeF32> = {
  signature: {
    about: `Normalisation of each group of each image by its mean (if centred) and variance, then gamma and beta for each channel of it. input, output: [batch][positions][groups][channels]. Sums are chains; may run in place.`,
    params: {
      batch: RANGE.count,
      positions: SIZE,
      groups: RANGE.count,
      channels: SIZE,
      centred: RANGE.flag,
    },
    operands: [
      input('input', 'float32', ['batch', 'positions', 'groups', 'channels']),
      constant('gamma', 'float32', ['groups', 'channels']),
      constant('beta', 'float32', ['groups', 'channels']),
      constant('epsilon', 'float32', [1]),
      output('output', 'float32', ['batch', 'positions', 'groups', 'channels']),
    ],
    inPlace: [0],
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [gamma, beta, [epsilon]] = constants as unknown as [Float32Array, Float32Array, [number]];
    const [y] = outputs as [Float32Array];
    const count = f32(f32(p.positions) * f32(p.channels));
    for (let image = 0; image < p.batch; image++) {
      for (let group = 0; group < p.groups; group++) {
        const places = Array.from(
          { length: p.positions * p.channels },
          (_, i) =>
            ((image * p.positions + Math.floor(i / p.channels)) * p.groups + group) * p.channels +
            (i % p.channels),
        );
        const sum = p.centred === 1 ? places.reduce((total, i) => f32(total + x[i]!), 0) : 0;
        const mean = f32(sum / count);
        const squares = places.reduce((total, i) => {
          const difference = f32(x[i]! - mean);
          return fusedMultiplyAdd(difference, difference, total);
        }, 0);
        const factor = f32(1 / f32(Math.sqrt(f32(f32(squares / count) + epsilon))));
        places.forEach((at, i) => {
          const channel = group * p.channels + (i % p.channels);
          y[at] = fusedMultiplyAdd(f32(f32(x[at]! - mean) * factor), gamma[channel]!, beta[channel]!);
        });
      }
    }
  },
};
