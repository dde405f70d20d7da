/** Codes of one width and scale to those of another. */
import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type Scaling = { readonly size: number; readonly multiplier: number; readonly shift: number };

const scaling = { size: RANGE.size, multiplier: RANGE.multiplier, shift: RANGE.shift } as const;

/** y = clamp(requantise(x + inputOffset)). inputs [x int8], outputs [y int16]. */
export type RequantizeS8S16 = StepOf<'requantize_s8_s16', Scaling & { readonly inputOffset: number }>;

export const requantizeS8S16: Kernel<RequantizeS8S16> = {
  signature: {
    about: `int8 codes as int16 codes of another scale: output = clamp(requantise(input + input_offset)).`,
    params: { ...scaling, inputOffset: RANGE.offset },
    operands: [input('input', 'int8', ['size']), output('output', 'int16', ['size'])],
    overlap: 'requantize_s8_s16',
  },
  run({ params: p }, { inputs: [x], outputs: [y] }) {
    for (let i = 0; i < p.size; i++) {
      y![i] = clamp(requantize(x![i]! + p.inputOffset, p.multiplier, p.shift), -32768, 32767);
    }
  },
};

/** y = clamp(requantise(x) + outputOffset). inputs [x int16], outputs [y int8]. */
export type RequantizeS16S8 = StepOf<'requantize_s16_s8', Scaling & { readonly outputOffset: number }>;

export const requantizeS16S8: Kernel<RequantizeS16S8> = {
  signature: {
    about: `int16 codes as int8 codes of another scale: output = clamp(requantise(input) + output_offset).`,
    params: { ...scaling, outputOffset: RANGE.code },
    operands: [input('input', 'int16', ['size']), output('output', 'int8', ['size'])],
    overlap: 'requantize_s16_s8',
  },
  run({ params: p }, { inputs: [x], outputs: [y] }) {
    for (let i = 0; i < p.size; i++) {
      y![i] = clamp(requantize(x![i]!, p.multiplier, p.shift) + p.outputOffset, -128, 127);
    }
  },
};

/** y = clamp(requantise(x)): another scale, and the limits of a Relu or Clip. inputs [x int16], outputs [y int16]; y may lie on x. */
export type RequantizeS16 = StepOf<
  'requantize_s16',
  Scaling & { readonly actMin: number; readonly actMax: number }
>;

export const requantizeS16: Kernel<RequantizeS16> = {
  signature: {
    about: `int16 codes as those of another scale, within limits: output = clamp(requantise(input)). In place allowed.`,
    params: { ...scaling, actMin: RANGE.code16, actMax: RANGE.code16 },
    operands: [input('input', 'int16', ['size']), output('output', 'int16', ['size'])],
    inPlace: [0],
  },
  run({ params: p }, { inputs: [x], outputs: [y] }) {
    for (let i = 0; i < p.size; i++) {
      y![i] = clamp(requantize(x![i]!, p.multiplier, p.shift), p.actMin, p.actMax);
    }
  },
};
