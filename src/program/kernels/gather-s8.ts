import { input, type Kernel, output, RANGE, type Range } from '../signature.ts';
import type { ProgramArray, StepOf } from '../types.ts';
import { clamp } from './common.ts';

export type GatherParams = {
  readonly outer: number;
  /** Rows to choose from, of `inner` elements. */
  readonly size: number;
  readonly inner: number;
  /** Rows that are chosen. */
  readonly count: number;
};

export const gatherParams: { readonly [K in keyof GatherParams]: Range } = {
  outer: RANGE.count,
  size: RANGE.count,
  inner: RANGE.count,
  count: RANGE.count,
};

/**
 * Rows by number: rows of a table by the numbers that a model is given (embeddings), or in a constant order.
 * inputs [x [outer][size][inner], indices [count]], outputs [y [outer][count][inner]].
 */
export type GatherS8 = StepOf<'gather_s8', GatherParams>;

export const gatherS8: Kernel<GatherS8> = {
  signature: {
    about: `output[o][i] = input[o][indices[i]], rows of \`inner\` elements. A negative index counts from the end; one outside is taken for the nearest that is inside.`,
    params: gatherParams,
    operands: [
      input('input', 'int8', ['outer', 'size', 'inner']),
      input('indices', 'int32', ['count']),
      output('output', 'int8', ['outer', 'count', 'inner']),
    ],
  },

  run: ({ params }, { inputs: [x, indices], outputs: [y] }) => gatherRows(params, x!, indices!, y!),
};

export function gatherRows(
  { outer, size, inner, count }: GatherParams,
  x: ProgramArray,
  indices: ProgramArray,
  y: ProgramArray,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < count; i++) {
      const index = indices[i]!;
      const row = clamp(index < 0 ? index + size : index, 0, size - 1);
      for (let k = 0; k < inner; k++) y[(o * count + i) * inner + k] = x[(o * size + row) * inner + k]!;
    }
  }
}
