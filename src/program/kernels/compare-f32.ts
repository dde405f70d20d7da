import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type BoxSizes, boxSizes, forEachPlace, type Walk, walkParams } from './strided-box.ts';

/** What is asked of two float32. */
export const COMPARISON_F32 = { less: 0, lessOrEqual: 1, equal: 2, notEqual: 3 } as const;

type CompareF32Params = BoxSizes & Walk<'input1'> & Walk<'input2'> & { readonly operation: number };

/** Truth, as codes 1 and 0, of two operands that broadcast. inputs [a, b], outputs [y, the box]. */
export type CompareF32 = StepOf<'compare_f32', CompareF32Params>;

export const compareF32: Kernel<CompareF32> = {
  signature: {
    about: `output = 1 where input1 is 0 less than, 1 at most, 2 equal to, 3 other than input2, and 0 elsewhere; operands broadcast, as in binary_f32. Of NaN only 3 is true.`,
    params: { ...boxSizes, ...walkParams('input1'), ...walkParams('input2'), operation: [0, 3] },
    operands: [
      input('input1', 'float32', null),
      input('input2', 'float32', null),
      output('output', 'int8', ['size0', 'size1', 'size2', 'size3']),
    ],
    rule: 'walks2',
  },
  run({ params: p }, { inputs, outputs }) {
    const [x1, x2] = inputs as [Float32Array, Float32Array];
    const [y] = outputs as [Int8Array];
    forEachPlace(p, ['input1', 'input2'], ([at1, at2], out) => {
      y[out] = Number(isTrue(p.operation, x1[at1!]!, x2[at2!]!));
    });
  },
};

function isTrue(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case COMPARISON_F32.less:
      return a < b;
    case COMPARISON_F32.lessOrEqual:
      return a <= b;
    case COMPARISON_F32.equal:
      return a === b;
    default:
      return a !== b;
  }
}
