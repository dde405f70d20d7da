/** Products of stacks of matrices, whose operands lie at any strides. */
import { RANGE, type Range } from '../signature.ts';

export type MatrixStacks = {
  /** Two loops over matrices. */
  readonly batch0: number;
  readonly batch1: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** First element of an operand, and the distances between its elements. */
  readonly leftStart: number;
  readonly leftBatch0: number;
  readonly leftBatch1: number;
  readonly leftRow: number;
  readonly leftDepth: number;
  readonly rightStart: number;
  readonly rightBatch0: number;
  readonly rightBatch1: number;
  readonly rightColumn: number;
  readonly rightDepth: number;
  readonly outputStart: number;
  readonly outputBatch0: number;
  readonly outputBatch1: number;
  readonly outputRow: number;
};

/** Rows, columns, or products of a sum. */
export const DEEPEST = 2 ** 24;
const SIZE = [1, DEEPEST] as const;

export const matrixStacks: { readonly [K in keyof MatrixStacks]: Range } = {
  batch0: SIZE,
  batch1: SIZE,
  rows: SIZE,
  columns: SIZE,
  depth: SIZE,
  leftStart: RANGE.size,
  leftBatch0: RANGE.stride,
  leftBatch1: RANGE.stride,
  leftRow: RANGE.stride,
  leftDepth: RANGE.stride,
  rightStart: RANGE.size,
  rightBatch0: RANGE.stride,
  rightBatch1: RANGE.stride,
  rightColumn: RANGE.stride,
  rightDepth: RANGE.stride,
  outputStart: RANGE.size,
  outputBatch0: RANGE.stride,
  outputBatch1: RANGE.stride,
  outputRow: RANGE.stride,
};

/** Every element of the output: its place, and those of the first elements of its row on the left and its column on the right. */
export function forEachProduct(
  p: MatrixStacks,
  visit: (left: number, right: number, output: number) => void,
): void {
  for (let i = 0; i < p.batch0; i++) {
    for (let j = 0; j < p.batch1; j++) {
      const left = p.leftStart + i * p.leftBatch0 + j * p.leftBatch1;
      const right = p.rightStart + i * p.rightBatch0 + j * p.rightBatch1;
      const output = p.outputStart + i * p.outputBatch0 + j * p.outputBatch1;
      for (let row = 0; row < p.rows; row++) {
        for (let column = 0; column < p.columns; column++) {
          visit(left + row * p.leftRow, right + column * p.rightColumn, output + row * p.outputRow + column);
        }
      }
    }
  }
}
