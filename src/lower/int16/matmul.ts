/** MatMul of two activations of 16-bit codes: operands are views. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { DEEPEST_MATMUL } from '../../program/kernels/batch-matmul-s8.ts';
import {
  activationQuant,
  defineValue,
  describe,
  type LoweringContext,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { targetOf } from '../shared/fused-activation.ts';
import { productLayout, productOf, stackView } from '../shared/matrix-stacks.ts';
import { MOST_SHIFT } from './linear.ts';

/** Steps that one product may become: axes that broadcast crosswise are loops of the kernel, up to two. */
const MOST_STEPS = 256;

export function takesMatMul(context: LoweringContext, node: Node): boolean {
  const [left] = node.inputs as readonly [string];
  return (
    node.inputs.every((name) => !context.graph.constants.has(name)) &&
    shapeOf(context, left).at(-1)! <= DEEPEST_MATMUL
  );
}

export function lowerMatMul(context: LoweringContext, node: Node): void {
  const [a, b] = node.inputs as readonly [string, string];
  const left = stackView(viewOf(context, a, node), 'row');
  const right = stackView(viewOf(context, b, node), 'column');
  const target = targetOf(context, node);
  const { multiplier, shift } = quantizeMultiplier(
    (activationQuant(context, a, node).scale * activationQuant(context, b, node).scale) / target.quant.scale,
  );
  if (shift > MOST_SHIFT) {
    throw new TinymlError('E_QUANT', 'the output scale is too small for those of the operands', {
      at: describe(node),
      hint: 'quantise the model again: the scales of neighbouring tensors are too far apart',
    });
  }
  const layout = productLayout(context, target.value, shapeOf(context, target.value));
  const destination = defineValue(context, target.value, target.quant, layout);
  const product = productOf(context, node, left, right, context.views.get(target.value)!);
  if (product.steps > MOST_STEPS) {
    throw unsupported(
      node,
      'MatMul of stacks that broadcast along many axes has no kernel of 16-bit codes',
      'merge the axes before the last two by a Reshape, or give both operands the same',
    );
  }
  for (const stacks of product.params()) {
    context.steps.push({
      kernel: 'batch_matmul_s16',
      name: node.name,
      inputs: [product.left, product.right],
      constants: [],
      outputs: [destination],
      params: { ...stacks, multiplier, shift, actMin: target.actMin, actMax: target.actMax },
    });
  }
}
