import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type MatrixStacks, matrixStacks } from './matrix-stacks.ts';
import { QUANTIZER, zeroPointOf } from './quantizer.ts';

/**
 * Products of int8 matrices that are both computed, in training: sums in int32, modulo 2^32, of (left - its zero point) * (right -
 * its zero point). inputs [left int8, right int8, quantiser of left, quantiser of right], outputs [output int32]; any strides.
 */
export type BatchMatmulSumsS8 = StepOf<'batch_matmul_sums_s8', MatrixStacks>;

export const batchMatmulSumsS8: Kernel<BatchMatmulSumsS8> = {
  signature: {
    about: `Sums in int32, modulo 2^32, of products of batch0 * batch1 int8 matrices: (left - its zero point) * (right - its zero point); operands as those of batch_matmul_s8.`,
    params: matrixStacks,
    operands: [
      input('left', 'int8', null),
      input('right', 'int8', null),
      input('left_quantizer', 'float32', [QUANTIZER.length]),
      input('right_quantizer', 'float32', [QUANTIZER.length]),
      output('output', 'int32', null),
    ],
    rule: 'matrix_sums',
    macs: ['batch0', 'batch1', 'rows', 'columns', 'depth'],
  },

  run({ params: p }, { inputs, outputs }) {
    const [left, right, leftQuantizer, rightQuantizer] = inputs as [
      ...[Int8Array, Int8Array],
      ...[Float32Array, Float32Array],
    ];
    const [y] = outputs as [Int32Array];
    const [leftZero, rightZero] = [zeroPointOf(leftQuantizer), zeroPointOf(rightQuantizer)];
    for (let i = 0; i < p.batch0; i++) {
      for (let j = 0; j < p.batch1; j++) {
        const a = p.leftStart + i * p.leftBatch0 + j * p.leftBatch1;
        const b = p.rightStart + i * p.rightBatch0 + j * p.rightBatch1;
        const to = p.outputStart + i * p.outputBatch0 + j * p.outputBatch1;
        for (let row = 0; row < p.rows; row++) {
          for (let column = 0; column < p.columns; column++) {
            let sum = 0;
            for (let k = 0; k < p.depth; k++) {
              const x = left[a + row * p.leftRow + k * p.leftDepth]! - leftZero;
              sum = (sum + x * (right[b + column * p.rightColumn + k * p.rightDepth]! - rightZero)) | 0;
            }
            y[to + row * p.outputRow + column] = sum;
          }
        }
      }
    }
  },
};
