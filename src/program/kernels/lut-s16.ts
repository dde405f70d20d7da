import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

type LutS16Params = { readonly size: number };

/**
 * A function of one int16 by 513 of its values, 128 codes apart, and straight lines between them (TFLite's table for 16 bits).
 * inputs [x], constants [table of 513], outputs [y]; y may lie on x.
 */
export type LutS16 = StepOf<'lut_s16', LutS16Params>;

export const lutS16: Kernel<LutS16> = {
  signature: {
    about: `A function of one int16: table[i] is its value at 128 * i - 32768, straight lines lie between, rounded to the nearest, ties up. In place allowed.`,
    params: { size: RANGE.size },
    operands: [
      input('input', 'int16', ['size']),
      constant('table', 'int16', [513]),
      output('output', 'int16', ['size']),
    ],
    inPlace: [0],
  },
  run({ params }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [table] = constants as [Int16Array];
    const [y] = outputs as [Int16Array];
    for (let i = 0; i < params.size; i++) {
      const at = 256 + (x[i]! >> 7);
      const slope = table[at + 1]! - table[at]!;
      y[i] = table[at]! + ((slope * (x[i]! & 127) + 64) >> 7);
    }
  },
};
