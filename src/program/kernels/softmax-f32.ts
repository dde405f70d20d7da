import { expF32, logF32 } from '../../numbers/elementary.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type SoftmaxF32Params = {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  /** 1: the logarithm of it. */
  readonly log: number;
};

/** Softmax over one axis. inputs [x [outer][size][inner]], outputs [y]; y may lie on x. */
export type SoftmaxF32 = StepOf<'softmax_f32', SoftmaxF32Params>;

const f32 = Math.fround;

export const softmaxF32: Kernel<SoftmaxF32> = {
  signature: {
    about: `Softmax of float32 over \`size\` of [outer][size][inner], or its logarithm; the sum is a chain. May run in place.`,
    params: { outer: RANGE.count, size: [1, 2 ** 24], inner: RANGE.count, log: RANGE.flag },
    operands: [
      input('input', 'float32', ['outer', 'size', 'inner']),
      output('output', 'float32', ['outer', 'size', 'inner']),
    ],
    inPlace: [0],
    vector: 'simd-f32',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x] = inputs as [Float32Array];
    const [y] = outputs as [Float32Array];
    for (let o = 0; o < p.outer; o++) {
      for (let k = 0; k < p.inner; k++) {
        const at = (i: number): number => (o * p.size + i) * p.inner + k;
        let most = x[at(0)]!;
        for (let i = 1; i < p.size; i++) most = Math.max(x[at(i)]!, most);
        let sum = 0;
        for (let i = 0; i < p.size; i++) sum = f32(sum + expF32(f32(x[at(i)]! - most)));
        for (let i = 0; i < p.size; i++) {
          const below = f32(x[at(i)]! - most);
          y[at(i)] = p.log === 1 ? below - logF32(sum) : expF32(below) / sum;
        }
      }
    }
  },
};
