import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type LutS8Params = { readonly size: number };

/** Any unary function of one int8: y[i] = table[x[i] + 128]. inputs [x], constants [table of 256], outputs [y]; y may lie on x. */
export type LutS8 = StepOf<'lut_s8', LutS8Params>;

export const lutS8: Kernel<LutS8> = {
  signature: {
    about: `output[i] = table[input[i] + 128]: every unary function of one int8 (activations, requantisation). In place allowed.`,
    params: { size: RANGE.size },
    operands: [
      input('input', 'int8', ['size']),
      constant('table', 'int8', [256]),
      output('output', 'int8', ['size']),
    ],
    inPlace: [0],
  },
  run({ params }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [table] = constants as [Int8Array];
    const [y] = outputs as [Int8Array];
    for (let i = 0; i < params.size; i++) y[i] = table[x[i]! + 128]!;
  },
};
