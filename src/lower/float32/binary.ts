/** Functions of two operands or more that broadcast, and their steps. */
import type { Node } from '../../graph/types.ts';
import type { OperandView } from '../../passes/match.ts';
import { BINARY_F32, type BinaryFunction } from '../../program/kernels/binary-f32.ts';
import { ARENA, type TensorId } from '../../program/types.ts';
import { loopsOver, sizesOf, walkOf } from '../shared/broadcast.ts';
import {
  addConstant,
  addTensor,
  defineValue,
  type LoweringContext,
  layoutOf,
  shapeOf,
  viewOf,
} from '../shared/context.ts';
import { physicalShape, type View, wholeView } from '../shared/views.ts';
import { targetOf } from './activation.ts';

const OPERATIONS: ReadonlyMap<string, BinaryFunction> = new Map([
  ['Add', 'add'],
  ['Sum', 'add'],
  ['Mean', 'add'],
  ['Sub', 'subtract'],
  ['Mul', 'multiply'],
  ['Div', 'divide'],
  ['Max', 'maximum'],
  ['Min', 'minimum'],
  ['PRelu', 'prelu'],
]);

export const BINARY_OPERATORS: readonly string[] = [...OPERATIONS.keys()];

/** Something is computed, and read as often as there are operands. */
export function hasOperands({ graph }: OperandView, node: Node): boolean {
  return node.inputs.length > 0 && node.inputs.every((name) => name !== '' && !isEmpty(graph, name));
}

function isEmpty({ values }: OperandView['graph'], name: string): boolean {
  return values.get(name)!.shape.includes(0);
}

/** A step for each operand but the first; the mean divides by how many there are in one more. */
export function lowerBinary(context: LoweringContext, node: Node): void {
  const target = targetOf(context, node);
  const operation = OPERATIONS.get(node.op)!;
  const operands = node.inputs.map((name) => viewOf(context, name, node));
  const last: { readonly operation: BinaryFunction; readonly view: View }[] =
    node.op === 'Mean' ? [{ operation: 'divide', view: numberView(context, node, operands.length) }] : [];
  const pairs = [...operands.slice(1).map((view) => ({ operation, view })), ...last];
  // Of one operand alone: its sum with nothing, its product with one.
  const work =
    pairs.length > 0 ? pairs : [{ operation: 'multiply' as const, view: numberView(context, node, 1) }];
  let [first] = operands as [View];
  for (const [i, { operation: one, view }] of work.entries()) {
    const isLast = i === work.length - 1;
    first = push(
      context,
      node,
      one,
      first,
      view,
      target.value,
      isLast ? target.bounds : open(context, node),
      isLast,
    );
  }
}

function open(context: LoweringContext, node: Node): TensorId {
  const bounds = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  return addConstant(context, `${node.name}_open`, bounds);
}

const real = (view: View) => ({ view, quant: null });

/** One constant number, of rank 0. */
function numberView(context: LoweringContext, node: Node, value: number): View {
  const tensor = addConstant(context, `${node.name}_number`, Float32Array.of(value));
  return { tensor, offset: 0, shape: [], strides: [] };
}

/** The view of what a step writes: the value itself, or a sum on the way to it. */
function push(
  context: LoweringContext,
  node: Node,
  operation: BinaryFunction,
  a: View,
  b: View,
  value: string,
  bounds: TensorId,
  isLast: boolean,
): View {
  const shape = shapeOf(context, value);
  const layout = layoutOf(context, value);
  const loops = loopsOver(context, node, shape, layout, [a, b].map(real));
  const [first, second] = loops.operands as [(typeof loops.operands)[0], (typeof loops.operands)[0]];
  const destination = isLast
    ? defineValue(context, value, null, layout)
    : addTensor(context, {
        name: `${node.name}_partial`,
        dtype: context.storage,
        shape: physicalShape(shape, layout),
        quant: null,
        storage: ARENA,
      });
  context.steps.push({
    kernel: 'binary_f32',
    name: node.name,
    inputs: [first.tensor, second.tensor],
    constants: [bounds],
    outputs: [destination],
    params: {
      ...sizesOf(loops),
      ...walkOf('input1', first),
      ...walkOf('input2', second),
      operation: BINARY_F32[operation],
    },
  });
  return wholeView(destination, shape, layout);
}

export function lowerPower(context: LoweringContext, node: Node): void {
  const [value] = node.outputs as readonly [string];
  const layout = layoutOf(context, value);
  const views = node.inputs.map((name) => viewOf(context, name, node));
  const loops = loopsOver(context, node, shapeOf(context, value), layout, views.map(real));
  const [first, second] = loops.operands as [(typeof loops.operands)[0], (typeof loops.operands)[0]];
  context.steps.push({
    kernel: 'power_f32',
    name: node.name,
    inputs: [first.tensor, second.tensor],
    constants: [],
    outputs: [defineValue(context, value, null, layout)],
    params: { ...sizesOf(loops), ...walkOf('input1', first), ...walkOf('input2', second) },
  });
}
