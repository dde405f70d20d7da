import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { rankElements, type TopKParams, topKParams } from './top-k-s8.ts';

/**
 * The k largest or smallest float32 along one axis, as top_k_s8. inputs [x [outer][size][inner]], outputs [values
 * [outer][k][inner], places [outer][k][inner]].
 */
export type TopKF32 = StepOf<'top_k_f32', TopKParams>;

export const topKF32: Kernel<TopKF32> = {
  signature: {
    about: `As top_k_s8, of floats; zeros are equal, and NaN is the largest.`,
    params: topKParams,
    operands: [
      input('input', 'float32', ['outer', 'size', 'inner']),
      output('values', 'float32', ['outer', 'k', 'inner']),
      output('places', 'int32', ['outer', 'k', 'inner']),
    ],
    rule: 'top_k',
  },
  run: ({ params }, { inputs: [x], outputs: [values, places] }) =>
    rankElements(params, x!, values!, places!, keyOf),
};

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** The bits of a float32 as an integer in the same order. */
function keyOf(value: number): number {
  if (Number.isNaN(value)) return 2 ** 31 - 1;
  float[0] = value + 0;
  return bits[0]! ^ ((bits[0]! >> 31) & 0x7fffffff);
}
