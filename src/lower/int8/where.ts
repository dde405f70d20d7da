/** Where, Trilu, Not and Cast: choices by truth values, which are codes 0 and 1. */
import type { DType, Node } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { loopsOver, sizesOf, walkOf } from '../shared/broadcast.ts';
import { constantView } from '../shared/constant-codes.ts';
import {
  activationQuant,
  contiguous,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  TRUTH,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { lowerCastOfNumbers } from '../shared/gather.ts';
import { rescaled, viewIn } from '../shared/movement.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import { truthOperand } from '../shared/truth.ts';
import type { View } from '../shared/views.ts';
import type { StridedOperand } from './strided.ts';

export function lowerWhere(context: LoweringContext, node: Node): void {
  const [condition, yes, no] = node.inputs as readonly [string, string, string];
  const quant = activationQuant(context, node.outputs[0]!, node);
  select(context, node, truthOperand(context, node, condition), [
    viewIn(context, node, yes, quant),
    viewIn(context, node, no, quant),
  ]);
}

/** `condition ? yes : no`, both in the quantisation of the output. */
function select(
  context: LoweringContext,
  node: Node,
  condition: StridedOperand,
  [yes, no]: readonly [View, View],
): void {
  const [value] = node.outputs as readonly [string];
  const quant = activationQuant(context, value, node);
  const operands = [condition, { view: yes, quant }, { view: no, quant }];
  const loops = loopsOver(context, node, shapeOf(context, value), layoutOf(context, value), operands);
  const [c, a, b] = loops.operands as [
    (typeof loops.operands)[0],
    (typeof loops.operands)[0],
    (typeof loops.operands)[0],
  ];
  const destination = defineValue(context, value, quant);
  context.steps.push({
    kernel: 'select_s8',
    name: node.name,
    inputs: [c.tensor, a.tensor, b.tensor],
    constants: [],
    outputs: [destination],
    params: {
      ...sizesOf(loops),
      ...walkOf('condition', c),
      ...walkOf('input1', a),
      ...walkOf('input2', b),
    },
  });
}

/** A triangle of the last two axes; zeros elsewhere. */
export function lowerTrilu(context: LoweringContext, node: Node): void {
  const [x, diagonalName = ''] = node.inputs as readonly [string, string?];
  const diagonal =
    diagonalName === '' ? 0 : Number(context.graph.constants.get(diagonalName)?.data[0] ?? Number.NaN);
  if (Number.isNaN(diagonal)) {
    throw unsupported(
      node,
      'Trilu has an int8 kernel for a constant diagonal only',
      'make the diagonal constant',
    );
  }
  const upper = intAttribute(node, 'upper', 1) !== 0;
  const [value] = node.outputs as readonly [string];
  const [rows, columns] = shapeOf(context, value).slice(-2) as [number, number];
  const quant = activationQuant(context, value, node);
  const mask = Int8Array.from({ length: rows * columns }, (_, i) => {
    const above = (i % columns) - Math.floor(i / columns);
    return Number(upper ? above >= diagonal : above <= diagonal);
  });
  const condition = { view: constantView(context, node, mask, [rows, columns]), quant: TRUTH };
  const zero = constantView(context, node, Int8Array.of(quant.zeroPoint), [1, 1]);
  select(context, node, condition, [rescaled(context, node, x, viewOf(context, x, node), quant), zero]);
}

export function lowerNot(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const source = contiguous(context, x, node);
  const destination = defineValue(context, value, TRUTH);
  const table = Int8Array.from({ length: 256 }, (_, i) => Number(i - 128 === 0));
  pushTable(context, node, source, destination, elements(shapeOf(context, value)), table);
}

/** Casts between real numbers, which are one type on a device, between them and truth, and of numbers that the model is given. */
export function lowerCast(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const typeOf = (name: string) => context.graph.values.get(name)!.dtype;
  const [from, to] = [typeOf(x), typeOf(value)];
  if (from === 'int32' || from === 'int64') {
    lowerCastOfNumbers(context, node);
    return;
  }
  const known = (dtype: DType): boolean => dtype === 'bool' || dtype === 'float32';
  if (!known(from) || !known(to)) {
    throw unsupported(
      node,
      `Cast from ${from} to ${to} has no int8 kernel`,
      'let the application convert: the device computes with int8 codes of real numbers, and with truth values',
    );
  }
  const input = from === 'bool' ? TRUTH : activationQuant(context, x, node);
  const output = to === 'bool' ? TRUTH : activationQuant(context, value, node);
  const table =
    to === 'bool'
      ? Int8Array.from({ length: 256 }, (_, i) => Number(i - 128 !== input.zeroPoint))
      : requantizeTable(input, output);
  const source = contiguous(context, x, node);
  const destination = defineValue(context, value, output);
  pushTable(context, node, source, destination, elements(shapeOf(context, value)), table);
}
