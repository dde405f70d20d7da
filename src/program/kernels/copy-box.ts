/** The strided copy of a four-dimensional box, for elements of any type. */
import { RANGE, type Range } from '../signature.ts';
import type { ProgramArray } from '../types.ts';

/** Sizes of the box, and where it lies in input and output: offsets and strides in elements; strides may be negative. */
export type CopyParams = {
  readonly size0: number;
  readonly size1: number;
  readonly size2: number;
  readonly size3: number;
  readonly inOffset: number;
  readonly inStride0: number;
  readonly inStride1: number;
  readonly inStride2: number;
  readonly inStride3: number;
  readonly outOffset: number;
  readonly outStride0: number;
  readonly outStride1: number;
  readonly outStride2: number;
  readonly outStride3: number;
};

/** A rule keeps the walk inside. */
export const copyParams: { readonly [K in keyof CopyParams]: Range } = {
  size0: RANGE.count,
  size1: RANGE.count,
  size2: RANGE.count,
  size3: RANGE.count,
  inOffset: RANGE.any,
  inStride0: RANGE.stride,
  inStride1: RANGE.stride,
  inStride2: RANGE.stride,
  inStride3: RANGE.stride,
  outOffset: RANGE.any,
  outStride0: RANGE.stride,
  outStride1: RANGE.stride,
  outStride2: RANGE.stride,
  outStride3: RANGE.stride,
};

/** x and y have elements of the same type. */
export function copyBox(p: CopyParams, x: ProgramArray, y: ProgramArray): void {
  for (let a = 0; a < p.size0; a++) {
    for (let b = 0; b < p.size1; b++) {
      for (let c = 0; c < p.size2; c++) {
        const from = p.inOffset + a * p.inStride0 + b * p.inStride1 + c * p.inStride2;
        const to = p.outOffset + a * p.outStride0 + b * p.outStride1 + c * p.outStride2;
        for (let d = 0; d < p.size3; d++) y[to + d * p.outStride3] = x[from + d * p.inStride3]!;
      }
    }
  }
}

/** The last element of the input or output that a copy touches, and one. */
export function copyReach(p: CopyParams, side: 'in' | 'out'): number {
  const ahead = (size: number, stride: number): number => Math.max(0, (size - 1) * stride);
  return side === 'in'
    ? p.inOffset +
        ahead(p.size0, p.inStride0) +
        ahead(p.size1, p.inStride1) +
        ahead(p.size2, p.inStride2) +
        ahead(p.size3, p.inStride3) +
        1
    : p.outOffset +
        ahead(p.size0, p.outStride0) +
        ahead(p.size1, p.outStride1) +
        ahead(p.size2, p.outStride2) +
        ahead(p.size3, p.outStride3) +
        1;
}

/** Whether a copy writes every element up to the last that it touches. */
export function copyFills(p: CopyParams): boolean {
  const axes = [
    [p.size0, p.outStride0],
    [p.size1, p.outStride1],
    [p.size2, p.outStride2],
    [p.size3, p.outStride3],
  ] as const;
  let next = 1;
  for (const [size, stride] of axes.filter(([size]) => size > 1).sort(([, a], [, b]) => a - b)) {
    if (stride !== next) return false;
    next *= size;
  }
  return p.outOffset === 0;
}
