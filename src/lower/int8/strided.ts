/** Operands of kernels that broadcast: how each lies, and the loops through all of them. */
import type { Node } from '../../graph/types.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import { constantView } from '../shared/constant-codes.ts';
import {
  type ActivationQuant,
  activationQuant,
  addCopy,
  addTensor,
  type LoweringContext,
  viewOf,
} from '../shared/context.ts';
import {
  broadcastView,
  type Layout,
  mergeAxes,
  physicalShape,
  type View,
  wholeView,
} from '../shared/views.ts';
import { recodedConstant } from './constant-operand.ts';

/** Where the codes of an operand lie, in its own shape, and what they mean. */
export type StridedOperand = { readonly view: View; readonly quant: ActivationQuant };

/** Truth as codes: 0 and 1. */
export const TRUTH: ActivationQuant = { scale: 1, zeroPoint: 0 };

/**
 * An activation where it lies, or a constant in flash at a scale of its own.
 * @param meaning what of a constant counts
 * @throws TinymlError E_OP if a number of a constant that counts is not finite; E_QUANT as `activationQuant`
 */
export function stridedOperand(
  context: LoweringContext,
  node: Node,
  name: string,
  meaning: (value: number) => number = (value) => value,
): StridedOperand {
  const constant = context.graph.constants.get(name);
  if (constant === undefined) {
    return { view: viewOf(context, name, node), quant: activationQuant(context, name, node) };
  }
  const { codes, quant } = recodedConstant(context, node, name, meaning);
  return { view: constantView(context, node, codes, constant.shape), quant };
}

type Loops = {
  readonly sizes: readonly number[];
  readonly operands: readonly {
    readonly tensor: TensorId;
    readonly offset: number;
    readonly strides: readonly number[];
  }[];
};

/**
 * Four loops, in the order in which an output of `shape` lies in `layout`, through operands that broadcast to it. Where they
 * lie in more ways than four loops reach, operands are copied to the shape of the output, the last first.
 */
export function loopsOver(
  context: LoweringContext,
  node: Node,
  shape: readonly number[],
  layout: Layout,
  operands: readonly StridedOperand[],
): Loops {
  const views = operands.map(({ view }) => broadcastView(view, shape));
  const sizes = layout.map((axis) => shape[axis]!);
  const inOrder = () =>
    mergeAxes(
      sizes,
      views.map(({ strides }) => layout.map((axis) => strides[axis]!)),
    );
  for (let last = views.length - 1; inOrder().length > 4; last--) {
    const id = addTensor(context, {
      name: `${node.name}_wide`,
      dtype: 'int8',
      shape: physicalShape(shape, layout),
      quant: operands[last]!.quant,
      storage: ARENA,
    });
    const whole = wholeView(id, shape, layout);
    addCopy(context, node, views[last]!, whole);
    views[last] = whole;
  }
  const loops = inOrder();
  const room = 4 - loops.length;
  return {
    sizes: [...new Array<number>(room).fill(1), ...loops.map(({ size }) => size)],
    operands: views.map(({ tensor, offset }, i) => ({
      tensor,
      offset,
      strides: [...new Array<number>(room).fill(0), ...loops.map(({ strides }) => strides[i]!)],
    })),
  };
}

/** Parameters of a walk, as kernels name them: `<name>Offset`, `<name>Stride0` .. 3. */
export function walkOf<Name extends string>(
  name: Name,
  { offset, strides }: Loops['operands'][number],
): { readonly [K in `${Name}${'Offset' | 'Stride0' | 'Stride1' | 'Stride2' | 'Stride3'}`]: number } {
  const [a, b, c, d] = strides;
  return {
    [`${name}Offset`]: offset,
    [`${name}Stride0`]: a,
    [`${name}Stride1`]: b,
    [`${name}Stride2`]: c,
    [`${name}Stride3`]: d,
  } as { readonly [K in `${Name}${'Offset' | 'Stride0' | 'Stride1' | 'Stride2' | 'Stride3'}`]: number };
}

export function sizesOf({ sizes }: Loops): {
  readonly size0: number;
  readonly size1: number;
  readonly size2: number;
  readonly size3: number;
} {
  const [size0, size1, size2, size3] = sizes as [number, number, number, number];
  return { size0, size1, size2, size3 };
}

/** All real numbers that codes of a quantisation stand for, by code. */
export function realsOf({ scale, zeroPoint }: ActivationQuant): Float64Array {
  return Float64Array.from({ length: 256 }, (_, i) => scale * (i - 128 - zeroPoint));
}

/** A truth value: as a comparison left it, or a constant. */
export function truthOperand(context: LoweringContext, node: Node, name: string): StridedOperand {
  const constant = context.graph.constants.get(name);
  const view =
    constant === undefined
      ? viewOf(context, name, node)
      : constantView(context, node, Int8Array.from(constant.data as Uint8Array), constant.shape);
  return { view, quant: TRUTH };
}
