/** What a bounding activation (Relu, Clip) leaves for the backward pass: a bit for each value, in place of its code. */
import { constant, input, type Kernel, output, over, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { codeOf, emptyExtent, extend, QUANTIZER, settleExtent } from './quantizer.ts';

type Params = { readonly rows: number; readonly channels: number };

const params = { rows: RANGE.count, channels: RANGE.count } as const;

/** Bits [rows][channels], each row in whole bytes: channel c is bit c mod 8 of byte c / 8, those behind the last are 0. */
const BITS = ['rows', over('channels', 8)] as const;

/**
 * Whether values lie strictly between the bounds of their activation, as activation_gradient_s8 has it.
 * inputs [y int8 [rows][channels], quantiser of y], constants [bounds float32 [2]], outputs [bits int8].
 */
export type InsideBitsS8 = StepOf<'inside_bits_s8', Params>;

/** activation_gradient_s8 by bits. inputs [bits int8], outputs [g float32 [rows][channels] (read and written), extent float32 [2]]. */
export type MaskedGradientF32 = StepOf<'masked_gradient_f32', Params>;

/** Bytes of a row of bits. */
function rowOfBits(channels: number): number {
  return Math.ceil(channels / 8);
}

/** Whether bit `channel` of a row is set. */
export function bitAt(bits: Int8Array, row: number, channel: number, channels: number): boolean {
  return ((bits[row * rowOfBits(channels) + (channel >> 3)]! >> (channel & 7)) & 1) === 1;
}

export const insideBitsS8: Kernel<InsideBitsS8> = {
  signature: {
    about: `A bit for each value: whether it lies strictly between the codes of the bounds. Rows are whole bytes; channel c is bit c mod 8 of byte c / 8.`,
    params,
    operands: [
      input('values', 'int8', ['rows', 'channels']),
      input('quantizer', 'float32', [QUANTIZER.length]),
      constant('bounds', 'float32', [2], 'bounds'),
      output('bits', 'int8', BITS),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [y, quantizer] = inputs as [Int8Array, Float32Array];
    const [bounds] = constants as [Float32Array];
    const [bits] = outputs as [Int8Array];
    const low = codeOf(bounds[0]!, quantizer, -129, 128);
    const high = codeOf(bounds[1]!, quantizer, -129, 128);
    bits.fill(0);
    for (let i = 0; i < p.rows * p.channels; i++) {
      const [row, channel] = [Math.floor(i / p.channels), i % p.channels];
      const at = row * rowOfBits(p.channels) + (channel >> 3);
      if (y[i]! > low && y[i]! < high) bits[at] = bits[at]! | (1 << (channel & 7));
    }
  },
};

export const maskedGradientF32: Kernel<MaskedGradientF32> = {
  signature: {
    about: `Back through a bounding activation: the gradient (updated) stays where the bit of inside_bits_s8 is set, else it becomes 0; and the extent of what stays.`,
    params,
    operands: [
      input('bits', 'int8', BITS),
      update('gradient', 'float32', ['rows', 'channels']),
      output('extent', 'float32', [2]),
    ],
  },
  run({ params: p }, { inputs, outputs }) {
    const [bits] = inputs as [Int8Array];
    const [g, extent] = outputs as [Float32Array, Float32Array];
    emptyExtent(extent);
    for (let i = 0; i < p.rows * p.channels; i++) {
      if (!bitAt(bits, Math.floor(i / p.channels), i % p.channels, p.channels)) g[i] = 0;
      extend(extent, g[i]!);
    }
    settleExtent(extent);
  },
};
