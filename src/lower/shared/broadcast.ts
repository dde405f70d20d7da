/** Operands of kernels that broadcast: the loops through all of them. */
import type { Node } from '../../graph/types.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import { type ActivationQuant, addCopy, addTensor, type LoweringContext } from './context.ts';
import { broadcastView, type Layout, mergeAxes, physicalShape, type View, wholeView } from './views.ts';

/** Where an operand lies, in its own shape, and what its codes mean; null where it is float32. */
type Operand = { readonly view: View; readonly quant: ActivationQuant | null };

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
  operands: readonly Operand[],
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
      dtype: context.storage,
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
