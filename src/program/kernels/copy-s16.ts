import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type CopyParams, copyBox, copyParams } from './copy-box.ts';

/** Strided copy of a four-dimensional box of int16, as copy_s8; offsets and strides count elements. inputs [x], outputs [y]. */
export type CopyS16 = StepOf<'copy_s16', CopyParams>;

export const copyS16: Kernel<CopyS16> = {
  signature: {
    about: `As copy_s8, of int16.`,
    params: copyParams,
    operands: [input('input', 'int16', null), output('output', 'int16', null)],
    rule: 'copy',
  },
  run: ({ params }, { inputs: [x], outputs: [y] }) => copyBox(params, x!, y!),
};
