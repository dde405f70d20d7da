import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type CopyParams, copyBox, copyParams } from './copy-box.ts';

/** Strided copy of a four-dimensional box of float32, as copy_s8; offsets and strides count elements. inputs [x], outputs [y]. */
export type CopyF32 = StepOf<'copy_f32', CopyParams>;

export const copyF32: Kernel<CopyF32> = {
  signature: {
    about: `As copy_s8, of floats.`,
    params: copyParams,
    operands: [input('input', 'float32', null), output('output', 'float32', null)],
    rule: 'copy',
  },
  run: ({ params }, { inputs: [x], outputs: [y] }) => copyBox(params, x!, y!),
};
