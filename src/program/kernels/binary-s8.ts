import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';
import { type BoxSizes, boxSizes, forEachPlace, type Walk, walkParams } from './strided-box.ts';

type BinaryS8Params = BoxSizes &
  Walk<'input1'> &
  Walk<'input2'> & {
    /** One of BINARY. */
    readonly operation: number;
    /** `prelu`: what 1 is as a slope. */
    readonly unit: number;
    readonly outputOffset: number;
    readonly outputMultiplier: number;
    readonly outputShift: number;
    readonly actMin: number;
    readonly actMax: number;
  };

/** What is made of the two integers that the codes stand for. Those of comparisons are 1 or 0. */
export const BINARY = {
  add: 0,
  multiply: 1,
  maximum: 2,
  minimum: 3,
  prelu: 4,
  less: 5,
  lessOrEqual: 6,
  equal: 7,
  notEqual: 8,
  remainder: 9,
} as const;

/**
 * Any function of two int8 that is a sum, a product, a choice or a comparison of integers that each stands for; operands
 * broadcast. inputs [a, b], constants [integers of a's codes [256], of b's [256]], outputs [y, the box].
 */
export type BinaryS8 = StepOf<'binary_s8', BinaryS8Params>;

export const binaryS8: Kernel<BinaryS8> = {
  signature: {
    about: `Elementwise function of two operands that broadcast: a = table1[input1 + 128], b = table2[input2 + 128], and output = requantise(f(a, b)). operation: 0 a + b, 1 a * b, 2 the greater, 3 the lesser, 4 a times unit where a >= 0 and b elsewhere; 5 a < b, 6 a <= b, 7 a = b, 8 a != b, which are 1 or 0; 9 the remainder of a / b, of the sign of a, and 0 where b is 0. Sums and products wrap. input1: input1_offset + sum(index_k * input1_stride_k), likewise input2; the output is the box size0 x size1 x size2 x size3.`,
    params: {
      ...boxSizes,
      ...walkParams('input1'),
      ...walkParams('input2'),
      operation: [0, 9],
      unit: [0, 2 ** 15],
      outputOffset: RANGE.code,
      outputMultiplier: RANGE.multiplier,
      outputShift: RANGE.shift,
      actMin: RANGE.code,
      actMax: RANGE.code,
    },
    operands: [
      input('input1', 'int8', null),
      input('input2', 'int8', null),
      constant('table1', 'int32', [256]),
      constant('table2', 'int32', [256]),
      output('output', 'int8', ['size0', 'size1', 'size2', 'size3']),
    ],
    rule: 'walks2',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x1, x2] = inputs as [Int8Array, Int8Array];
    const [table1, table2] = constants as [Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    forEachPlace(p, ['input1', 'input2'], ([at1, at2], out) => {
      const [a, b] = [table1[x1[at1!]! + 128]!, table2[x2[at2!]! + 128]!];
      const combined = combine(p.operation, a, b, p.unit);
      y[out] = clamp(
        requantize(combined, p.outputMultiplier, p.outputShift) + p.outputOffset,
        p.actMin,
        p.actMax,
      );
    });
  },
};

function combine(operation: number, a: number, b: number, unit: number): number {
  switch (operation) {
    case BINARY.add:
      return (a + b) | 0;
    case BINARY.multiply:
      return Math.imul(a, b);
    case BINARY.maximum:
      return Math.max(a, b);
    case BINARY.minimum:
      return Math.min(a, b);
    case BINARY.prelu:
      return Math.imul(a, a >= 0 ? unit : b);
    case BINARY.less:
      return Number(a < b);
    case BINARY.lessOrEqual:
      return Number(a <= b);
    case BINARY.equal:
      return Number(a === b);
    case BINARY.notEqual:
      return Number(a !== b);
    default:
      return b === 0 ? 0 : (a % b) | 0;
  }
}
