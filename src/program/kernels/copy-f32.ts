import type { Kernel, StepOf } from '../types.ts';
import { type CopyParams, copyBox, copyNames } from './copy-box.ts';

/** Strided copy of a four-dimensional box of float32, as copy_s8; offsets and strides count elements. inputs [x], outputs [y]. */
export type CopyF32 = StepOf<'copy_f32', CopyParams>;

export const copyF32: Kernel<CopyF32> = {
  paramNames: copyNames,
  run: ({ params }, { inputs: [x], outputs: [y] }) => copyBox(params, x!, y!),
  scratchBytes: () => 0,
  inPlace: () => [],
  macs: () => 0,
};
