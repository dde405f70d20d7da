import { input, type Kernel, output, type Range } from '../signature.ts';
import type { ProgramArray, StepOf } from '../types.ts';
import { type BoxSizes, boxSizes, forEachPlace, type Walk, walkParams } from './strided-box.ts';

export type SelectParams = BoxSizes & Walk<'condition'> & Walk<'input1'> & Walk<'input2'>;

export const selectParams: { readonly [K in keyof SelectParams]: Range } = {
  ...boxSizes,
  ...walkParams('condition'),
  ...walkParams('input1'),
  ...walkParams('input2'),
};

/** One of two, element by element; all three operands broadcast. inputs [condition, a, b], outputs [y, the box]. */
export type SelectS8 = StepOf<'select_s8', SelectParams>;

export const selectS8: Kernel<SelectS8> = {
  signature: {
    about: `output = condition != 0 ? input1 : input2, element by element. Each operand: its offset + sum(index_k * its stride_k); the output is the box size0 x size1 x size2 x size3.`,
    params: selectParams,
    operands: [
      input('condition', 'int8', null),
      input('input1', 'int8', null),
      input('input2', 'int8', null),
      output('output', 'int8', ['size0', 'size1', 'size2', 'size3']),
    ],
    rule: 'walks3',
  },

  run: ({ params }, { inputs, outputs: [y] }) => selectElements(params, inputs, y!),
};

export function selectElements(params: SelectParams, inputs: readonly ProgramArray[], y: ProgramArray): void {
  const [condition, x1, x2] = inputs as [ProgramArray, ProgramArray, ProgramArray];
  forEachPlace(params, ['condition', 'input1', 'input2'], ([at, at1, at2], out) => {
    y[out] = condition[at!] !== 0 ? x1[at1!]! : x2[at2!]!;
  });
}
