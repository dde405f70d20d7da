import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type GatherParams, gatherParams, gatherRows } from './gather-s8.ts';

/** Rows by number, as gather_s8. inputs [x [outer][size][inner], indices [count]], outputs [y [outer][count][inner]]. */
export type GatherF32 = StepOf<'gather_f32', GatherParams>;

export const gatherF32: Kernel<GatherF32> = {
  signature: {
    about: `As gather_s8, of floats.`,
    params: gatherParams,
    operands: [
      input('input', 'float32', ['outer', 'size', 'inner']),
      input('indices', 'int32', ['count']),
      output('output', 'float32', ['outer', 'count', 'inner']),
    ],
  },
  run: ({ params }, { inputs: [x, indices], outputs: [y] }) => gatherRows(params, x!, indices!, y!),
};
