import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type SelectParams, selectElements, selectParams } from './select-s8.ts';

/** One of two, as select_s8; the condition is int8. inputs [condition, a, b], outputs [y, the box]. */
export type SelectF32 = StepOf<'select_f32', SelectParams>;

export const selectF32: Kernel<SelectF32> = {
  signature: {
    about: `As select_s8, of floats; the condition is int8.`,
    params: selectParams,
    operands: [
      input('condition', 'int8', null),
      input('input1', 'float32', null),
      input('input2', 'float32', null),
      output('output', 'float32', ['size0', 'size1', 'size2', 'size3']),
    ],
    rule: 'walks3',
  },
  run: ({ params }, { inputs, outputs: [y] }) => selectElements(params, inputs, y!),
};
