import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';

/** Elements to another place in the arena. inputs [x], outputs [y]. */
export type MoveS8 = StepOf<'move_s8', { readonly size: number }>;

export const moveS8: Kernel<MoveS8> = {
  signature: {
    about: `y[i] = x[i] for i in 0 .. size - 1, wherever y lies over x: a tensor to where what follows leaves room for it.`,
    params: { size: RANGE.count },
    operands: [input('input', 'int8', ['size']), output('output', 'int8', ['size'])],
    overlap: 'move',
  },
  run({ params }, { inputs, outputs }) {
    const [x] = inputs as [Int8Array];
    const [y] = outputs as [Int8Array];
    y.set(x.subarray(0, params.size));
  },
};
