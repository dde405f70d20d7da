import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { between, QUANTIZER, randomBits, roundNearest, roundStochastic, scaledBy } from './quantizer.ts';

type EncodeS8Params = {
  readonly size: number;
  /** Least and greatest code. */
  readonly low: number;
  readonly high: number;
  /** 0: to the nearest, halves to even; 1: stochastic. */
  readonly stochastic: number;
  /** Tells the random numbers of this tensor from those of others. */
  readonly stream: number;
};

/**
 * Real numbers to codes of a quantiser: the value is bounded by the activation function, scaled, moved by the zero point,
 * bounded by the codes and rounded. NaN gives the lowest code.
 * inputs [x float32, quantiser, key int32 [1]], constants [bounds float32 [2]], outputs [y int8].
 */
export type EncodeS8 = StepOf<'encode_s8', EncodeS8Params>;

export const encodeS8: Kernel<EncodeS8> = {
  signature: {
    about: `Real numbers to codes: bounded by the activation function, scaled, moved by the zero point, bounded by low and high, and rounded, halves to even or stochastically by numbers that \`key\` and \`stream\` choose. NaN gives the lowest code.`,
    params: {
      size: RANGE.size,
      low: RANGE.code,
      high: RANGE.code,
      stochastic: RANGE.flag,
      stream: RANGE.any,
    },
    operands: [
      input('input', 'float32', ['size']),
      input('quantizer', 'float32', [QUANTIZER.length]),
      input('key', 'int32', [1]),
      constant('bounds', 'float32', [2], 'bounds'),
      output('output', 'int8', ['size']),
    ],
    rule: 'codes',
    overlap: 'encode_s8',
    split: { by: 'elements', operands: ['sliced', 'shared', 'shared', 'shared', 'sliced'] },
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x, quantizer, key] = inputs as [Float32Array, Float32Array, Int32Array];
    const [bounds] = constants as [Float32Array];
    const [y] = outputs as [Int8Array];
    const own = randomBits(key[0]!, p.stream);
    for (let i = 0; i < p.size; i++) {
      const value = between(x[i]!, bounds[0]!, bounds[1]!);
      const scaled = between(scaledBy(value, quantizer), p.low, p.high);
      y[i] = p.stochastic === 1 ? roundStochastic(scaled, own, i) : roundNearest(scaled);
    }
  },
};
