import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { forEachProduct, type MatrixStacks, matrixStacks } from './matrix-stacks.ts';
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
    forEachProduct(p, (a, b, to) => {
      let sum = 0;
      for (let k = 0; k < p.depth; k++) {
        const x = left[a + k * p.leftDepth]! - leftZero;
        sum = (sum + x * (right[b + k * p.rightDepth]! - rightZero)) | 0;
      }
      y[to] = sum;
    });
  },
};
