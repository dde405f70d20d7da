import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, over, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type MulShape, mulParams } from './common.ts';

type MulS8Params = MulShape & {
  readonly input1Offset: number;
  readonly input2Offset: number;
  readonly outputOffset: number;
  readonly outputMultiplier: number;
  readonly outputShift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Elementwise product. inputs [a [outer][channels], b [outer / repeat][channels]], outputs [y [outer][channels]]. */
export type MulS8 = StepOf<'mul_s8', MulS8Params>;

export const mulS8: Kernel<MulS8> = {
  signature: {
    about: `Elementwise product. input2 has the same shape (outer = batch * h * w positions, repeat = 1), or one row of \`channels\` values for every \`repeat\` positions of input1 (squeeze-excite: repeat = h * w). input1 and output: [outer][channels]; input2: [outer / repeat][channels].`,
    params: {
      ...mulParams,
      input1Offset: RANGE.offset,
      input2Offset: RANGE.offset,
      outputOffset: RANGE.code,
      outputMultiplier: RANGE.multiplier,
      outputShift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [
      input('input1', 'int8', ['outer', 'channels']),
      input('input2', 'int8', [over('outer', 'repeat'), 'channels']),
      output('output', 'int8', ['outer', 'channels']),
    ],
    inPlace: [0, 1],
  },

  run({ params: p }, { inputs, outputs }) {
    const [a, b] = inputs as [Int8Array, Int8Array];
    const [y] = outputs as [Int8Array];
    for (let position = 0; position < p.outer; position++) {
      const row = Math.floor(position / p.repeat);
      for (let c = 0; c < p.channels; c++) {
        const i = position * p.channels + c;
        const product = (a[i]! + p.input1Offset) * (b[row * p.channels + c]! + p.input2Offset);
        const value = requantize(product, p.outputMultiplier, p.outputShift) + p.outputOffset;
        y[i] = clamp(value, p.actMin, p.actMax);
      }
    }
  },
};
