/** Add, Mul, and every operator that is a function of one int8. */
import { REQUANTIZE } from '../../graph/own-operators.ts';
import { sameShape } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import type { AddS8 } from '../../program/kernels/add-s8.ts';
import { clamp } from '../../program/kernels/common.ts';
import {
  type ActivationQuant,
  activationQuant,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  unsupported,
  viewOf,
} from '../shared/context.ts';
import { type Target, targetOf } from '../shared/fused-activation.ts';
import { gateForm } from '../shared/gate-form.ts';
import { pushTable, requantizeTable } from '../shared/table-step.ts';
import { plainLayout } from '../shared/views.ts';
import { lowerAffine } from './affine.ts';
import { lowerBroadcast, lowerFold, lowerRemainder, lowerSlopes } from './binary.ts';
import { constantInput, type Operand, operandBeside } from './constant-operand.ts';
import { functionTable } from './table.ts';

/** TFLite's headroom for the sum of two rescaled inputs. */
const ADD_LEFT_SHIFT = 20;

export function lowerAdd(context: LoweringContext, node: Node): void {
  if (withConstant(context, node)) return;
  const [a, b] = node.inputs as readonly [string, string];
  const constant = constantInput(context, node);
  if (constant !== null) {
    const { other } = constant;
    if (widens(context, node, other)) lowerBroadcast(context, node);
    else addSum(context, node, other, operandBeside(context, node, constant.constant, other));
    return;
  }
  if (sameShape(shapeOf(context, a), shapeOf(context, b))) {
    addSum(context, node, a, operandBeside(context, node, b, a));
  } else lowerBroadcast(context, node);
}

/** Whether a constant operand makes the result larger than the activation beside it. */
function widens(context: LoweringContext, node: Node, other: string): boolean {
  return !sameShape(shapeOf(context, other), shapeOf(context, node.outputs[0]!));
}

/** a + b, of one shape. */
function addSum(
  context: LoweringContext,
  node: Node,
  a: string,
  { tensor: second, quant: qb }: Operand,
): void {
  const { tensor: first, quant: qa } = operandBeside(context, node, a, a);
  const target = targetOf(context, node);
  const destination = defineValue(context, target.value, target.quant);
  context.steps.push({
    kernel: 'add_s8',
    name: node.name,
    inputs: [first, second],
    constants: [],
    outputs: [destination],
    params: sumParams(elements(shapeOf(context, a)), qa, qb, target),
  });
}

/** Of the sum of two quantised tensors of one size. */
export function sumParams(
  size: number,
  qa: ActivationQuant,
  qb: ActivationQuant,
  { quant, actMin, actMax }: Pick<Target, 'quant' | 'actMin' | 'actMax'>,
): AddS8['params'] {
  const twice = 2 * Math.max(qa.scale, qb.scale);
  const ma = quantizeMultiplier(qa.scale / twice);
  const mb = quantizeMultiplier(qb.scale / twice);
  const mo = quantizeMultiplier(twice / (2 ** ADD_LEFT_SHIFT * quant.scale));
  return {
    size,
    leftShift: ADD_LEFT_SHIFT,
    input1Offset: -qa.zeroPoint,
    input1Multiplier: ma.multiplier,
    input1Shift: ma.shift,
    input2Offset: -qb.zeroPoint,
    input2Multiplier: mb.multiplier,
    input2Shift: mb.shift,
    outputOffset: quant.zeroPoint,
    outputMultiplier: mo.multiplier,
    outputShift: mo.shift,
    actMin,
    actMax,
  };
}

export function lowerMul(context: LoweringContext, node: Node): void {
  if (withConstant(context, node)) return;
  const constant = constantInput(context, node);
  if (constant !== null) {
    const { other } = constant;
    if (widens(context, node, other)) lowerBroadcast(context, node);
    else addProduct(context, node, other, operandBeside(context, node, constant.constant, other));
    return;
  }
  const form = gateForm(context.graph, node);
  const lies = form !== null && (!form.broadcast || layoutOf(context, form.input).at(-1) === 1);
  if (!lies) {
    lowerBroadcast(context, node);
    return;
  }
  const { input: a, gate: b, broadcast } = form;
  addProduct(context, node, a, operandBeside(context, node, b, a), broadcast);
}

/** a * b, of one shape; or with one b for each image and channel. */
function addProduct(
  context: LoweringContext,
  node: Node,
  a: string,
  { tensor: second, quant: qb }: Operand,
  broadcast = false,
): void {
  const shape = shapeOf(context, a);
  const { tensor: first, quant: qa } = operandBeside(context, node, a, a);
  const target = targetOf(context, node);
  const destination = defineValue(context, target.value, target.quant);
  const channels = broadcast ? shape[1]! : 1;
  const outer = elements(shape) / channels;
  const fixed = quantizeMultiplier((qa.scale * qb.scale) / target.quant.scale);
  context.steps.push({
    kernel: 'mul_s8',
    name: node.name,
    inputs: [first, second],
    constants: [],
    outputs: [destination],
    params: {
      outer,
      channels,
      repeat: broadcast ? outer / shape[0]! : 1,
      input1Offset: -qa.zeroPoint,
      input2Offset: -qb.zeroPoint,
      outputOffset: target.quant.zeroPoint,
      outputMultiplier: fixed.multiplier,
      outputShift: fixed.shift,
      actMin: target.actMin,
      actMax: target.actMax,
    },
  });
}

/** One activation and otherwise scalars: the whole function, with the limits of an activation behind it, is one table. */
export function lowerUnary(context: LoweringContext, node: Node): void {
  const activations = node.inputs.filter((name) => name !== '' && !context.graph.constants.has(name));
  const constants = node.inputs.flatMap((name) => context.graph.constants.get(name) ?? []);
  const [x] = activations;
  if (x === undefined || activations.length !== 1 || constants.some((tensor) => tensor.data.length !== 1)) {
    throw unsupported(
      node,
      `${node.op} has an int8 kernel for one activation and scalar constants only`,
      'write it with operators that take two activations (Add, Mul, Max, Min), or with scalar constants',
    );
  }
  const input = activationQuant(context, x, node);
  const { value, quant: output, actMin, actMax } = targetOf(context, node);
  // A scalar of more axes than the activation puts axes of size 1 in front: in plain order nothing moves.
  const rank = shapeOf(context, x).length;
  const sameRank = rank === shapeOf(context, value).length;
  const layout = sameRank ? layoutOf(context, value) : plainLayout(shapeOf(context, value).length);
  const rescales = node.op === 'Relu' || node.op === 'Identity' || node.op === REQUANTIZE;
  const lowest = node.op === 'Relu' ? Math.max(output.zeroPoint, actMin) : actMin;
  const table = rescales
    ? requantizeTable(input, output, lowest, actMax)
    : functionTable(context, node, input, output).map((code) => clamp(code, actMin, actMax));
  const keeps = table.every((code, i) => code === i - 128);
  if (keeps && sameRank && !context.outputValues.has(value)) {
    context.views.set(value, viewOf(context, x, node));
    return;
  }
  const source = contiguousIn(context, x, node, sameRank ? layout : plainLayout(rank));
  const destination = defineValue(context, value, output, layout);
  pushTable(context, node, source, destination, elements(shapeOf(context, value)), table);
}

/** Sub and Div: where the second operand is constant, x - c is x + -c, and x / c is x * (1 / c). */
export function lowerDifference(context: LoweringContext, node: Node): void {
  if (withConstant(context, node)) return;
  const [x, c] = node.inputs as readonly [string, string];
  const { constants } = context.graph;
  if (!constants.has(c) || constants.has(x) || widens(context, node, x)) {
    lowerBroadcast(context, node);
    return;
  }
  if (node.op === 'Sub')
    addSum(
      context,
      node,
      x,
      operandBeside(context, node, c, x, (value) => -value),
    );
  else
    addProduct(
      context,
      node,
      x,
      operandBeside(context, node, c, x, (value) => 1 / value),
    );
}

/** Max, Min, Sum and Mean: of one activation and scalars by a table, of others one after the other. */
export function lowerSeveral(context: LoweringContext, node: Node): void {
  if (isFunctionOfOne(context, node)) lowerUnary(context, node);
  else lowerFold(context, node);
}

export function lowerPRelu(context: LoweringContext, node: Node): void {
  if (isFunctionOfOne(context, node)) lowerUnary(context, node);
  else lowerSlopes(context, node);
}

export function lowerMod(context: LoweringContext, node: Node): void {
  if (isFunctionOfOne(context, node)) lowerUnary(context, node);
  else lowerRemainder(context, node);
}

/** Whether all but one operand are scalar constants. */
function isFunctionOfOne({ graph }: LoweringContext, { inputs }: Node): boolean {
  const others = inputs.filter((name) => name !== '' && graph.constants.get(name)?.data.length !== 1);
  return others.length === 1 && !graph.constants.has(others[0]!);
}

/** Arithmetic with a scalar, as a table, or with a constant per channel; tells whether the node was that. */
function withConstant(context: LoweringContext, node: Node): boolean {
  if (node.inputs.some((name) => context.graph.constants.get(name)?.data.length === 1)) {
    lowerUnary(context, node);
    return true;
  }
  return lowerAffine(context, node);
}
