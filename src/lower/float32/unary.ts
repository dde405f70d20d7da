/** Functions of each element alone: which have a code, with which parameters, and their steps. */
import { SILU } from '../../graph/own-operators.ts';
import type { Node } from '../../graph/types.ts';
import { floatAttribute, stringAttribute } from '../../ops/attributes.ts';
import { floatConstant, type OperandView } from '../../passes/match.ts';
import { TRIGONOMETRY, type TrigonometryFunction } from '../../program/kernels/trigonometry-f32.ts';
import { UNARY, type UnaryFunction } from '../../program/kernels/unary-f32.ts';
import {
  addConstant,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
  viewOfContext,
} from '../shared/context.ts';

/** A function and its parameters a and b. */
export type UnaryForm = { readonly function: UnaryFunction; readonly a?: number; readonly b?: number };

/** Functions without parameters, by operator. */
const PLAIN: ReadonlyMap<string, UnaryFunction> = new Map([
  ['Exp', 'exp'],
  ['Log', 'log'],
  ['Sqrt', 'sqrt'],
  ['Reciprocal', 'reciprocal'],
  ['Abs', 'abs'],
  ['Neg', 'negate'],
  ['Ceil', 'ceil'],
  ['Floor', 'floor'],
  ['Round', 'round'],
  ['Sign', 'sign'],
  ['Sigmoid', 'sigmoid'],
  ['Tanh', 'tanh'],
  ['Erf', 'erf'],
  ['Softplus', 'softplus'],
  ['Softsign', 'softsign'],
  ['Mish', 'mish'],
  ['HardSwish', 'hardSwish'],
]);

/** Powers that are functions of their own. */
const POWERS: ReadonlyMap<number, UnaryFunction> = new Map([
  [2, 'square'],
  [3, 'cube'],
  [0.5, 'sqrt'],
  [-1, 'reciprocal'],
]);

export const TRIGONOMETRIC: ReadonlyMap<string, TrigonometryFunction> = new Map(
  (Object.keys(TRIGONOMETRY) as readonly TrigonometryFunction[]).map((name) => [
    `${name[0]!.toUpperCase()}${name.slice(1)}`,
    name,
  ]),
);

export const UNARY_OPERATORS: readonly string[] = [
  ...PLAIN.keys(),
  ...['Gelu', 'Swish', SILU, 'Elu', 'Celu', 'Selu', 'LeakyRelu', 'ThresholdedRelu', 'HardSigmoid', 'Shrink'],
];
export const TRIGONOMETRIC_OPERATORS: readonly string[] = [...TRIGONOMETRIC.keys()];

/** The node as a function of its first input; null where it has no code. */
export function unaryForm(view: OperandView, node: Node): UnaryForm | null {
  const plain = PLAIN.get(node.op);
  if (plain !== undefined) return { function: plain };
  const alpha = (absent: number): number => floatAttribute(node, 'alpha', absent);
  switch (node.op) {
    case 'Gelu':
      return { function: stringAttribute(node, 'approximate', 'none') === 'tanh' ? 'geluTanh' : 'gelu' };
    case 'Swish':
    case SILU:
      return { function: 'swish', a: alpha(1) };
    case 'Elu':
      return { function: 'elu', a: alpha(1) };
    case 'Celu':
      return alpha(1) > 0 ? { function: 'celu', a: alpha(1) } : null;
    case 'Selu':
      return {
        function: 'selu',
        a: alpha(1.6732631921768188),
        b: floatAttribute(node, 'gamma', 1.0507010221481323),
      };
    case 'LeakyRelu':
      return { function: 'leakyRelu', a: alpha(0.01) };
    case 'ThresholdedRelu':
      return { function: 'thresholdedRelu', a: alpha(1) };
    case 'HardSigmoid':
      return { function: 'hardSigmoid', a: alpha(0.2), b: floatAttribute(node, 'beta', 0.5) };
    case 'Shrink':
      return {
        function: 'shrink',
        a: floatAttribute(node, 'bias', 0),
        b: floatAttribute(node, 'lambd', 0.5),
      };
    case 'Pow': {
      const exponent = floatConstant(view, node.inputs[1]!);
      const power = exponent?.data.length === 1 ? POWERS.get(Number(exponent.data[0])) : undefined;
      const widens =
        exponent !== null && exponent.shape.length > view.graph.values.get(node.inputs[0]!)!.shape.length;
      return power === undefined || widens ? null : { function: power };
    }
    default:
      return null;
  }
}

export function isUnary(view: OperandView, node: Node): boolean {
  return unaryForm(view, node) !== null;
}

export function lowerUnary(context: LoweringContext, node: Node): void {
  const { function: name, a = 0, b = 0 } = unaryForm(viewOfContext(context), node)!;
  context.steps.push({
    kernel: 'unary_f32',
    ...elementwise(context, node, [addConstant(context, `${node.name}_parameters`, Float32Array.of(a, b))]),
    params: { size: elements(shapeOf(context, node.outputs[0]!)), function: UNARY[name] },
  });
}

export function lowerTrigonometry(context: LoweringContext, node: Node): void {
  context.steps.push({
    kernel: 'trigonometry_f32',
    ...elementwise(context, node, []),
    params: {
      size: elements(shapeOf(context, node.outputs[0]!)),
      function: TRIGONOMETRY[TRIGONOMETRIC.get(node.op)!],
    },
  });
}

function elementwise(context: LoweringContext, node: Node, constants: readonly number[]) {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const layout = layoutOf(context, value);
  const source = contiguousIn(context, x, node, layout);
  return {
    name: node.name,
    inputs: [source],
    constants,
    outputs: [defineValue(context, value, null, layout)],
  };
}
