import { requantizeWide } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { DEEPEST_MATMUL } from './batch-matmul-s8.ts';
import { clamp, type Limits16, limits16 } from './common.ts';
import { forEachProduct, type MatrixStacks, matrixStacks } from './matrix-stacks.ts';

type BatchMatmulS16Params = MatrixStacks &
  Limits16 & {
    readonly multiplier: number;
    readonly shift: number;
  };

/** Products of matrices of int16 that are both computed. inputs [left, right], outputs [output]; any strides. */
export type BatchMatmulS16 = StepOf<'batch_matmul_s16', BatchMatmulS16Params>;

export const batchMatmulS16: Kernel<BatchMatmulS16> = {
  signature: {
    about: `Products of batch0 * batch1 int16 matrices in 64-bit sums, operands as those of batch_matmul_s8.`,
    params: {
      ...matrixStacks,
      depth: [1, DEEPEST_MATMUL],
      multiplier: RANGE.multiplier,
      shift: RANGE.wideShift,
      ...limits16,
    },
    operands: [input('left', 'int16', null), input('right', 'int16', null), output('output', 'int16', null)],
    rule: 'matrices',
    scratch: [2, 'depth'],
    macs: ['batch0', 'batch1', 'rows', 'columns', 'depth'],
  },

  run({ params: p }, { inputs, outputs }) {
    const [left, right] = inputs as [Int16Array, Int16Array];
    const [y] = outputs as [Int16Array];
    forEachProduct(p, (a, b, to) => {
      let sum = 0;
      for (let k = 0; k < p.depth; k++) {
        const x = left[a + k * p.leftDepth]!;
        sum += x * right[b + k * p.rightDepth]!;
      }
      const value = requantizeWide(sum, p.multiplier, p.shift);
      y[to] = clamp(value, p.actMin, p.actMax);
    });
  },
};
