import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { forEachProduct, type MatrixStacks, matrixStacks } from './matrix-stacks.ts';

/** Products of matrices that are both computed. inputs [left, right], outputs [output]; any strides. */
export type BatchMatmulF32 = StepOf<'batch_matmul_f32', MatrixStacks>;

export const batchMatmulF32: Kernel<BatchMatmulF32> = {
  signature: {
    about: `Products of batch0 * batch1 float32 matrices, operands as those of batch_matmul_s8. Every sum is a chain of fused multiply-adds from 0, in the order of depth.`,
    params: matrixStacks,
    operands: [
      input('left', 'float32', null),
      input('right', 'float32', null),
      output('output', 'float32', null),
    ],
    rule: 'matrices',
    macs: ['batch0', 'batch1', 'rows', 'columns', 'depth'],
    vector: 'simd-f32',
  },

  run({ params: p }, { inputs, outputs }) {
    const [left, right] = inputs as [Float32Array, Float32Array];
    const [y] = outputs as [Float32Array];
    forEachProduct(p, (a, b, to) => {
      let sum = 0;
      for (let k = 0; k < p.depth; k++) {
        const weight = right[b + k * p.rightDepth]!;
        sum = fusedMultiplyAdd(left[a + k * p.leftDepth]!, weight, sum);
      }
      y[to] = sum;
    });
  },
};
