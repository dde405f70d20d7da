import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type CopyParams, copyBox, copyParams } from './copy-box.ts';

/** Strided copy of a four-dimensional box: transpose, slice, split, concat, the inside of a pad. inputs [x], outputs [y]. */
export type CopyS8 = StepOf<'copy_s8', CopyParams>;

export const copyS8: Kernel<CopyS8> = {
  signature: {
    about: `Strided copy of a box of size0 x size1 x size2 x size3 elements: transpose, slice, split, concat, pad interior. in: in_offset + sum(index_k * in_stride_k); out likewise. Strides may be negative.`,
    params: copyParams,
    operands: [input('input', 'int8', null), output('output', 'int8', null)],
    rule: 'copy',
  },
  run: ({ params }, { inputs: [x], outputs: [y] }) => copyBox(params, x!, y!),
};
