/** Products of stacks of matrices: operands are views, of which kernels walk through two loops of matrices. */
import type { Node } from '../../graph/types.ts';
import { intsAttribute } from '../../ops/attributes.ts';
import type { MatrixStacks } from '../../program/kernels/matrix-stacks.ts';
import type { TensorId } from '../../program/types.ts';
import { type LoweringContext, layoutOf, shapeOf, unsupported } from './context.ts';
import { type Layout, mergeAxes, plainLayout, type Strided, type View } from './views.ts';

type Loop = ReturnType<typeof mergeAxes>[number];
const NO_LOOP: Loop = { size: 1, strides: [0, 0, 0] };

/** A product as one step for each turn of the loops that the kernel does not have. */
type Product = {
  /** The kernel computes the transposed product: its left operand is the right one of the node. */
  readonly turned: boolean;
  readonly left: TensorId;
  readonly right: TensorId;
  readonly steps: number;
  readonly params: () => readonly MatrixStacks[];
};

/** @param left right as `stackView` gives them @param whole where the output lies, in its own shape */
export function productOf(
  context: LoweringContext,
  node: Node,
  left: View,
  right: View,
  whole: View,
): Product {
  const rank = Math.max(left.shape.length, right.shape.length);
  const [rows, columns] = [left.shape.at(-2)!, right.shape.at(-1)!];
  const output = withMatrixAxes(whole, node, context, rank, rows, columns);
  const { turned, steps, params } = stacksOf(left, right, output);
  const [l, r] = turned ? [right, left] : [left, right];
  return { turned, left: l.tensor, right: r.tensor, steps, params };
}

/**
 * The walks through a product of stacks of matrices, wherever operands and output lie.
 * @param left [..., rows, depth] @param right [..., depth, columns] @param output [..., rows, columns], rows or columns side by side
 */
export function stacksOf(
  left: Strided,
  right: Strided,
  output: Strided,
): Pick<Product, 'turned' | 'steps' | 'params'> {
  const depth = left.shape.at(-1)!;
  // The kernel writes columns side by side: where rows lie so, it computes the transposed product.
  const turned = output.shape.at(-1) === 1 || output.strides.at(-1) !== 1;
  const [l, r, o] = turned
    ? [transposed(right), transposed(left), transposed(output)]
    : [left, right, output];
  const batch = o.shape.slice(0, -2);
  const loops = mergeAxes(batch, [batchStrides(l, batch), batchStrides(r, batch), batchStrides(o, batch)]);
  const unrolled = loops.slice(0, -2);
  const [first, second] = [NO_LOOP, NO_LOOP, ...loops.slice(-2)].slice(-2) as [Loop, Loop];
  const side = (stride: number): number => (depth === 1 ? 1 : stride);
  const at = (starts: readonly number[]): MatrixStacks => ({
    batch0: first.size,
    batch1: second.size,
    rows: l.shape.at(-2)!,
    columns: r.shape.at(-1)!,
    depth,
    leftStart: starts[0]!,
    leftBatch0: first.strides[0]!,
    leftBatch1: second.strides[0]!,
    leftRow: l.strides.at(-2)!,
    leftDepth: side(l.strides.at(-1)!),
    rightStart: starts[1]!,
    rightBatch0: first.strides[1]!,
    rightBatch1: second.strides[1]!,
    rightColumn: r.strides.at(-1)!,
    rightDepth: side(r.strides.at(-2)!),
    outputStart: starts[2]!,
    outputBatch0: first.strides[2]!,
    outputBatch1: second.strides[2]!,
    outputRow: o.strides.at(-2)!,
  });
  return {
    turned,
    steps: unrolled.reduce((product, { size }) => product * size, 1),
    params: () => allStarts([l.offset, r.offset, o.offset], unrolled).map(at),
  };
}

function allStarts(
  starts: readonly number[],
  [outer, ...rest]: readonly Loop[],
): readonly (readonly number[])[] {
  if (outer === undefined) return [starts];
  return Array.from({ length: outer.size }, (_, i) =>
    allStarts(
      starts.map((start, k) => start + i * outer.strides[k]!),
      rest,
    ),
  ).flat();
}

/** An operand as a stack of matrices: a vector on the left is a row, on the right a column. */
export function stackView(view: View, vector: 'row' | 'column'): View {
  return view.shape.length === 1 ? withAxis(view, vector === 'row' ? 0 : 1) : view;
}

function withAxis(view: View, at: number): View {
  const insert = (numbers: readonly number[], one: number): readonly number[] => [
    ...numbers.slice(0, at),
    one,
    ...numbers.slice(at),
  ];
  return { ...view, shape: insert(view.shape, 1), strides: insert(view.strides, 1) };
}

/** The output with the axes of rows and columns that vectors drop. */
function withMatrixAxes(
  whole: View,
  node: Node,
  context: LoweringContext,
  rank: number,
  rows: number,
  columns: number,
): View {
  const [a, b] = node.inputs.map((name) => shapeOf(context, name).length);
  const withColumns = b === 1 ? withAxis(whole, whole.shape.length) : whole;
  const view = a === 1 ? withAxis(withColumns, withColumns.shape.length - 1) : withColumns;
  const sizes = [view.shape.at(-2), view.shape.at(-1), view.shape.length];
  if (sizes.join() !== [rows, columns, rank].join()) throw unsupported(node, 'shapes do not go together');
  return view;
}

function transposed<V extends Strided>(view: V): V {
  const swap = (numbers: readonly number[]): readonly number[] => [
    ...numbers.slice(0, -2),
    numbers.at(-1)!,
    numbers.at(-2)!,
  ];
  return { ...view, shape: swap(view.shape), strides: swap(view.strides) };
}

/** Strides of the axes before the matrices, those that broadcast with 0. */
function batchStrides({ shape, strides }: Strided, batch: readonly number[]): readonly number[] {
  const missing = batch.length + 2 - shape.length;
  return batch.map((size, i) => (i < missing || shape[i - missing] !== size ? 0 : strides[i - missing]!));
}

/**
 * The order in which the output lies: that of the Transpose that alone reads it, so that what this gives lies in plain
 * order, where that leaves rows or columns side by side; else its own if that does; else plain.
 */
export function productLayout(context: LoweringContext, value: string, shape: readonly number[]): Layout {
  const rank = shape.length;
  const plain = plainLayout(rank);
  const isDense = (layout: Layout): boolean => rank < 2 || layout.at(-1)! >= rank - 2;
  const readers = context.consumers.get(value) ?? [];
  const [reader] = readers;
  const own = layoutOf(context, value);
  if (reader?.op === 'Transpose' && readers.length === 1 && !context.outputValues.has(value)) {
    const permutation = intsAttribute(reader, 'perm', [...plain].reverse());
    if (isDense(permutation)) return permutation;
  }
  return isDense(own) ? own : plain;
}
