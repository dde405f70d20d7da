import type { Kernel, StepOf } from '../types.ts';
import { type CopyParams, copyBox, copyNames } from './copy-box.ts';

/** Strided copy of a four-dimensional box: transpose, slice, split, concat, the inside of a pad. inputs [x], outputs [y]. */
export type CopyS8 = StepOf<'copy_s8', CopyParams>;

export const copyS8: Kernel<CopyS8> = {
  paramNames: copyNames,
  run: ({ params }, { inputs: [x], outputs: [y] }) => copyBox(params, x!, y!),
  scratchBytes: () => 0,
  inPlace: () => [],
  macs: () => 0,
};
