/** MatMul of two activations, or of one and a stack of constant matrices, to batch_matmul_s8: operands are views. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intsAttribute } from '../../ops/attributes.ts';
import { DEEPEST_MATMUL } from '../../program/kernels/batch-matmul-s8.ts';
import {
  type ActivationQuant,
  activationQuant,
  defineValue,
  type LoweringContext,
  layoutOf,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { type Layout, mergeAxes, plainLayout, type View } from '../shared/views.ts';
import { targetOf } from './activation.ts';
import { constantCodes } from './constant-operand.ts';

/** Steps that one product may become: axes that broadcast crosswise are loops of the kernel, up to two. */
const MOST_STEPS = 256;

/** A stack of matrices: how it lies, and what its codes mean. */
type Stack = { readonly view: View; readonly quant: ActivationQuant };

export function lowerMatMul(context: LoweringContext, node: Node): void {
  const [a, b] = node.inputs as readonly [string, string];
  const left = stackOf(context, node, a, 'row');
  const right = stackOf(context, node, b, 'column');
  const target = targetOf(context, node);
  const shape = shapeOf(context, target.value);
  const depth = left.view.shape.at(-1)!;
  if (depth > DEEPEST_MATMUL) {
    throw unsupported(
      node,
      `MatMul over more than ${DEEPEST_MATMUL} products has no int8 kernel, and this one has ${depth}`,
      'split the axis that is summed into parts, and add what they give',
    );
  }
  const fixed = quantizeMultiplier((left.quant.scale * right.quant.scale) / target.quant.scale);
  const destination = defineValue(
    context,
    target.value,
    target.quant,
    outputLayout(context, target.value, shape),
  );
  const whole = context.views.get(target.value)!;
  const rank = Math.max(left.view.shape.length, right.view.shape.length);
  const [rows, columns] = [left.view.shape.at(-2)!, right.view.shape.at(-1)!];
  const output = withMatrixAxes(whole, node, context, rank, rows, columns);
  // The kernel writes columns side by side: where rows lie so, it computes the transposed product.
  const turned = columns === 1 || output.strides.at(-1) !== 1;
  const from = turned
    ? [transposed(right.view), transposed(left.view), transposed(output)]
    : [left.view, right.view, output];
  const [l, r, o] = from as [View, View, View];
  const [lq, rq] = turned ? [right.quant, left.quant] : [left.quant, right.quant];
  const batch = Array.from({ length: rank - 2 }, (_, i) => o.shape[i]!);
  const loops = mergeAxes(batch, [batchStrides(l, batch), batchStrides(r, batch), batchStrides(o, batch)]);
  const side = (stride: number, size: number): number => (size === 1 ? 1 : stride);
  const leftDepth = side(l.strides.at(-1)!, depth);
  const rightDepth = side(r.strides.at(-2)!, depth);
  const unrolled = loops.slice(0, -2);
  if (unrolled.reduce((product, { size }) => product * size, 1) > MOST_STEPS) {
    throw unsupported(
      node,
      'MatMul of stacks that broadcast along many axes has no int8 kernel',
      'merge the axes before the last two by a Reshape, or give both operands the same',
    );
  }
  const push = (starts: readonly number[], rest: typeof unrolled): void => {
    const [outer] = rest;
    if (outer !== undefined) {
      for (let i = 0; i < outer.size; i++) {
        push(
          starts.map((start, k) => start + i * outer.strides[k]!),
          rest.slice(1),
        );
      }
      return;
    }
    const [first, second] = [...[NO_LOOP, NO_LOOP], ...loops.slice(-2)].slice(-2) as [Loop, Loop];
    context.steps.push({
      kernel: 'batch_matmul_s8',
      name: node.name,
      inputs: [l.tensor, r.tensor],
      constants: [],
      outputs: [destination],
      params: {
        batch0: first.size,
        batch1: second.size,
        rows: l.shape.at(-2)!,
        columns: r.shape.at(-1)!,
        depth,
        packedDepth: leftDepth === 1 && rightDepth === 1 ? 0 : depth,
        leftStart: starts[0]!,
        leftBatch0: first.strides[0]!,
        leftBatch1: second.strides[0]!,
        leftRow: l.strides.at(-2)!,
        leftDepth,
        rightStart: starts[1]!,
        rightBatch0: first.strides[1]!,
        rightBatch1: second.strides[1]!,
        rightColumn: r.strides.at(-1)!,
        rightDepth,
        outputStart: starts[2]!,
        outputBatch0: first.strides[2]!,
        outputBatch1: second.strides[2]!,
        outputRow: o.strides.at(-2)!,
        leftOffset: -lq.zeroPoint,
        rightOffset: -rq.zeroPoint,
        outputOffset: target.quant.zeroPoint,
        multiplier: fixed.multiplier,
        shift: fixed.shift,
        actMin: target.actMin,
        actMax: target.actMax,
      },
    });
  };
  push([l.offset, r.offset, o.offset], unrolled);
}

type Loop = ReturnType<typeof mergeAxes>[number];
const NO_LOOP: Loop = { size: 1, strides: [0, 0, 0] };

/** An operand as a stack of matrices: a vector on the left is a row, on the right a column. */
function stackOf(context: LoweringContext, node: Node, name: string, vector: 'row' | 'column'): Stack {
  const constant = context.graph.constants.get(name);
  const stack =
    constant === undefined
      ? { view: viewOf(context, name, node), quant: activationQuant(context, name, node) }
      : constantCodes(context, node, name, constant);
  return stack.view.shape.length === 1
    ? { ...stack, view: withAxis(stack.view, vector === 'row' ? 0 : 1) }
    : stack;
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

function transposed(view: View): View {
  const swap = (numbers: readonly number[]): readonly number[] => [
    ...numbers.slice(0, -2),
    numbers.at(-1)!,
    numbers.at(-2)!,
  ];
  return { ...view, shape: swap(view.shape), strides: swap(view.strides) };
}

/** Strides of the axes before the matrices, those that broadcast with 0. */
function batchStrides({ shape, strides }: View, batch: readonly number[]): readonly number[] {
  const missing = batch.length + 2 - shape.length;
  return batch.map((size, i) => (i < missing || shape[i - missing] !== size ? 0 : strides[i - missing]!));
}

/**
 * The order in which the output lies: that of the Transpose that alone reads it, so that what this gives lies in plain
 * order, where that leaves rows or columns side by side; else its own if that does; else plain.
 */
function outputLayout(context: LoweringContext, value: string, shape: readonly number[]): Layout {
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
