import { expF32, logF32 } from '../../numbers/elementary.ts';
import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type LrnF32Params = {
  readonly outer: number;
  readonly channels: number;
  /** Channels before and behind that count. */
  readonly before: number;
  readonly behind: number;
};

/**
 * Local response normalisation, x / (bias + alpha * squares of the channels around)^beta.
 * inputs [x [outer][channels]], constants [[alpha, beta, bias]], outputs [y].
 */
export type LrnF32 = StepOf<'lrn_f32', LrnF32Params>;

const f32 = Math.fround;

export const lrnF32: Kernel<LrnF32> = {
  signature: {
    about: `output = input / (bias + alpha * s)^beta, s = the sum of the squares of the channels from \`before\` before to \`behind\` behind; parameters: alpha, beta, bias.`,
    params: {
      outer: RANGE.count,
      channels: RANGE.count,
      before: [0, 2 ** 20],
      behind: [0, 2 ** 20],
    },
    operands: [
      input('input', 'float32', ['outer', 'channels']),
      constant('parameters', 'float32', [3]),
      output('output', 'float32', ['outer', 'channels']),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [alpha, beta, bias] = constants[0] as unknown as readonly [number, number, number];
    const [y] = outputs as [Float32Array];
    for (let o = 0; o < p.outer; o++) {
      for (let c = 0; c < p.channels; c++) {
        const at = o * p.channels;
        let squares = 0;
        for (let i = Math.max(c - p.before, 0); i <= Math.min(c + p.behind, p.channels - 1); i++) {
          squares = fusedMultiplyAdd(x[at + i]!, x[at + i]!, squares);
        }
        const log = logF32(fusedMultiplyAdd(alpha, squares, bias));
        y[at + c] = x[at + c]! * expF32(f32(-beta * log));
      }
    }
  },
};
