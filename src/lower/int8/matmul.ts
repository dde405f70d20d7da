/** MatMul of two activations, or of one and a stack of constant matrices, to batch_matmul_s8: operands are views. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { DEEPEST_MATMUL, matmulRoom } from '../../program/kernels/batch-matmul-s8.ts';
import {
  type ActivationQuant,
  activationQuant,
  defineValue,
  type LoweringContext,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { productLayout, productOf, stackView } from '../shared/matrix-stacks.ts';
import type { View } from '../shared/views.ts';
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
    productLayout(context, target.value, shape),
  );
  const product = productOf(context, node, left.view, right.view, context.views.get(target.value)!);
  if (product.steps > MOST_STEPS) {
    throw unsupported(
      node,
      'MatMul of stacks that broadcast along many axes has no int8 kernel',
      'merge the axes before the last two by a Reshape, or give both operands the same',
    );
  }
  const [lq, rq] = product.turned ? [right.quant, left.quant] : [left.quant, right.quant];
  for (const stacks of product.params()) {
    context.steps.push({
      kernel: 'batch_matmul_s8',
      name: node.name,
      inputs: [product.left, product.right],
      constants: [],
      outputs: [destination],
      params: {
        ...stacks,
        room: matmulRoom(stacks),
        leftOffset: -lq.zeroPoint,
        rightOffset: -rq.zeroPoint,
        outputOffset: target.quant.zeroPoint,
        multiplier: fixed.multiplier,
        shift: fixed.shift,
        actMin: target.actMin,
        actMax: target.actMax,
      },
    });
  }
}

/** An operand as a stack of matrices: a vector on the left is a row, on the right a column. */
function stackOf(context: LoweringContext, node: Node, name: string, vector: 'row' | 'column'): Stack {
  const constant = context.graph.constants.get(name);
  const stack =
    constant === undefined
      ? { view: viewOf(context, name, node), quant: activationQuant(context, name, node) }
      : constantCodes(context, node, name, constant);
  return { ...stack, view: stackView(stack.view, vector) };
}
