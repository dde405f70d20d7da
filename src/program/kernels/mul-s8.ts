import { requantize } from '../../numbers/fixed-point.ts';
import type { Kernel, StepOf } from '../types.ts';
import { clamp, type MulShape, mulInPlace } from './common.ts';

export type MulS8Params = MulShape & {
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
  paramNames: [
    'outer',
    'channels',
    'repeat',
    'input1Offset',
    'input2Offset',
    'outputOffset',
    'outputMultiplier',
    'outputShift',
    'actMin',
    'actMax',
  ],

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

  scratchBytes: () => 0,
  inPlace: ({ params }) => mulInPlace(params),
  macs: () => 0,
};
