import { requantize } from '../../numbers/fixed-point.ts';
import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';
import { forEachProduct, type MatrixStacks, matrixStacks } from './matrix-stacks.ts';

type BatchMatmulS8Params = MatrixStacks & {
  /** Bytes of scratch: `matmulRoom`. */
  readonly room: number;
  /** Minus the zero points of the operands. */
  readonly leftOffset: number;
  readonly rightOffset: number;
  readonly outputOffset: number;
  readonly multiplier: number;
  readonly shift: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Products of matrices that are both computed. inputs [left, right], outputs [output]; any strides. */
export type BatchMatmulS8 = StepOf<'batch_matmul_s8', BatchMatmulS8Params>;

/** Longer sums of products could leave int32: 2^15 * 255 * 255 is below 2^31. */
export const DEEPEST_MATMUL = 2 ** 15;

/**
 * What inner loops widen; and where an operand has to be laid out anew, so that its depth lies side by side, the right matrix
 * and two rows of the left one.
 */
export function matmulRoom({ columns, depth, leftDepth, rightDepth }: MatrixStacks): number {
  return 4 * depth + (leftDepth !== 1 || rightDepth !== 1 ? (columns + 2) * depth : 0);
}

export const batchMatmulS8: Kernel<BatchMatmulS8> = {
  signature: {
    about: `Products of batch0 * batch1 matrices: rows x depth times depth x columns. Operands lie at any strides (a stride of 0 shares a matrix); columns of the output side by side.`,
    params: {
      ...matrixStacks,
      depth: [1, DEEPEST_MATMUL],
      room: RANGE.size,
      leftOffset: RANGE.offset,
      rightOffset: RANGE.offset,
      outputOffset: RANGE.code,
      multiplier: RANGE.multiplier,
      shift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [input('left', 'int8', null), input('right', 'int8', null), output('output', 'int8', null)],
    rule: 'batch_matmul',
    scratch: ['room'],
    macs: ['batch0', 'batch1', 'rows', 'columns', 'depth'],
  },

  run({ params: p }, { inputs, outputs }) {
    const [left, right] = inputs as [Int8Array, Int8Array];
    const [y] = outputs as [Int8Array];
    forEachProduct(p, (a, b, to) => {
      let acc = 0;
      for (let k = 0; k < p.depth; k++) {
        const x = left[a + k * p.leftDepth]! + p.leftOffset;
        acc += x * (right[b + k * p.rightDepth]! + p.rightOffset);
      }
      const value = requantize(acc, p.multiplier, p.shift) + p.outputOffset;
      y[to] = clamp(value, p.actMin, p.actMax);
    });
  },
};
