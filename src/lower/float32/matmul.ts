/** Products of matrices that are both computed, or of more than two axes. */
import type { Node } from '../../graph/types.ts';
import type { OperandView } from '../../passes/match.ts';
import { DEEPEST } from '../../program/kernels/matrix-stacks.ts';
import { ARENA } from '../../program/types.ts';
import { addCopy, addTensor, defineValue, type LoweringContext, shapeOf, viewOf } from '../shared/context.ts';
import { productLayout, productOf, stackView } from '../shared/matrix-stacks.ts';
import { broadcastView, plainLayout, type View, wholeView } from '../shared/views.ts';

/** Steps that one product may become; stacks that broadcast in more ways are copied first. */
const MOST_STEPS = 16;

export function hasMatrices({ graph }: OperandView, node: Node): boolean {
  return node.inputs.every((name) => graph.values.get(name)!.shape.every((size) => size <= DEEPEST));
}

export function lowerMatMul(context: LoweringContext, node: Node): void {
  const [a, b] = node.inputs as readonly [string, string];
  const [value] = node.outputs as readonly [string];
  const left = stackView(viewOf(context, a, node), 'row');
  const right = stackView(viewOf(context, b, node), 'column');
  const layout = productLayout(context, value, shapeOf(context, value));
  const destination = defineValue(context, value, null, layout);
  const whole = context.views.get(value)!;
  const direct = productOf(context, node, left, right, whole);
  const product =
    direct.steps > MOST_STEPS
      ? productOf(context, node, wide(context, node, left, right), wide(context, node, right, left), whole)
      : direct;
  for (const params of product.params()) {
    context.steps.push({
      kernel: 'batch_matmul_f32',
      name: node.name,
      inputs: [product.left, product.right],
      constants: [],
      outputs: [destination],
      params,
    });
  }
}

/** A stack with a matrix of its own for each product. */
function wide(context: LoweringContext, node: Node, stack: View, other: View): View {
  const rank = Math.max(stack.shape.length, other.shape.length);
  const batch = (view: View, i: number): number => view.shape[i - rank + view.shape.length] ?? 1;
  const shape = Array.from({ length: rank }, (_, i) =>
    i < rank - 2 ? Math.max(batch(stack, i), batch(other, i)) : batch(stack, i),
  );
  const tensor = addTensor(context, {
    name: `${node.name}_wide`,
    dtype: context.storage,
    shape,
    quant: null,
    storage: ARENA,
  });
  const to = wholeView(tensor, shape, plainLayout(rank));
  addCopy(context, node, broadcastView(stack, shape), to);
  return to;
}
