/** Comparisons, choices and casts: truth lies with the codes, as 0 and 1, whatever a node computes in. */
import type { Node } from '../../graph/types.ts';
import { COMPARISON_F32 } from '../../program/kernels/compare-f32.ts';
import type { TensorId } from '../../program/types.ts';
import { loopsOver, sizesOf, walkOf } from '../shared/broadcast.ts';
import {
  addConstant,
  contiguousIn,
  defineValue,
  elements,
  inStorage,
  type LoweringContext,
  layoutOf,
  shapeOf,
  TRUTH,
  viewOf,
} from '../shared/context.ts';
import { truthOperand } from '../shared/truth.ts';
import type { View } from '../shared/views.ts';

const COMPARISONS: ReadonlyMap<string, readonly [operation: keyof typeof COMPARISON_F32, swapped: boolean]> =
  new Map([
    ['Less', ['less', false]],
    ['LessOrEqual', ['lessOrEqual', false]],
    ['Greater', ['less', true]],
    ['GreaterOrEqual', ['lessOrEqual', true]],
    ['Equal', ['equal', false]],
  ]);

export const COMPARING_OPERATORS: readonly string[] = [...COMPARISONS.keys()];

export function lowerComparison(context: LoweringContext, node: Node): void {
  const [operation, swapped] = COMPARISONS.get(node.op)!;
  const [a, b] = node.inputs.map((name) => viewOf(context, name, node)) as [View, View];
  compare(context, node, operation, swapped ? [b, a] : [a, b]);
}

function compare(
  context: LoweringContext,
  node: Node,
  operation: keyof typeof COMPARISON_F32,
  views: readonly [View, View],
): void {
  const [value] = node.outputs as readonly [string];
  const operands = views.map((view) => ({ view, quant: null }));
  const loops = loopsOver(context, node, shapeOf(context, value), layoutOf(context, value), operands);
  const [first, second] = loops.operands as [(typeof loops.operands)[0], (typeof loops.operands)[0]];
  context.steps.push({
    kernel: 'compare_f32',
    name: node.name,
    inputs: [first.tensor, second.tensor],
    constants: [],
    outputs: [defineValue(inStorage(context, 'int8'), value, TRUTH)],
    params: {
      ...sizesOf(loops),
      ...walkOf('input1', first),
      ...walkOf('input2', second),
      operation: COMPARISON_F32[operation],
    },
  });
}

export function lowerWhere(context: LoweringContext, node: Node): void {
  const [condition, yes, no] = node.inputs as readonly [string, string, string];
  const [value] = node.outputs as readonly [string];
  const operands = [
    truthOperand(inStorage(context, 'int8'), node, condition),
    { view: viewOf(context, yes, node), quant: null },
    { view: viewOf(context, no, node), quant: null },
  ];
  const loops = loopsOver(context, node, shapeOf(context, value), layoutOf(context, value), operands);
  const [c, a, b] = loops.operands as [
    (typeof loops.operands)[0],
    (typeof loops.operands)[0],
    (typeof loops.operands)[0],
  ];
  context.steps.push({
    kernel: 'select_f32',
    name: node.name,
    inputs: [c.tensor, a.tensor, b.tensor],
    constants: [],
    outputs: [defineValue(context, value, null)],
    params: {
      ...sizesOf(loops),
      ...walkOf('condition', c),
      ...walkOf('input1', a),
      ...walkOf('input2', b),
    },
  });
}

/** From truth to 0 and 1, and from numbers to whether they are not 0. */
export function lowerCast(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  if (context.graph.values.get(value)!.dtype === 'bool') {
    const zero = { tensor: number(context, node, 0), offset: 0, shape: [], strides: [] };
    compare(context, node, 'notEqual', [viewOf(context, x, node), zero]);
    return;
  }
  const layout = layoutOf(context, x);
  const source = contiguousIn(inStorage(context, 'int8'), x, node, layout);
  context.steps.push({
    kernel: 'dequantize_s8',
    name: node.name,
    inputs: [source],
    constants: [number(context, node, 1)],
    outputs: [defineValue(context, value, null, layout)],
    params: { size: elements(shapeOf(context, x)), zeroPoint: 0 },
  });
}

function number(context: LoweringContext, node: Node, value: number): TensorId {
  return addConstant(context, `${node.name}_number`, Float32Array.of(value));
}
