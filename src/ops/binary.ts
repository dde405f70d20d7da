/**
 * Operators on two or more operands that broadcast: arithmetic, comparisons, logic. 64-bit integers are computed
 * as float64 (exact up to 2^53).
 */
import type { DType, Node, Tensor } from '../graph/types.ts';
import { asNumbers, broadcastTo, computeTensor, type NumberArray } from './arrays.ts';
import { intAttribute } from './attributes.ts';
import {
  badShape,
  broadcastShape,
  COMPUTED,
  commonType,
  defineOperator,
  FLOAT,
  type Inputs,
  MANY,
  output,
  requireType,
  type Tensors,
  unsupported,
} from './define.ts';
import type { Operator, QuantRule } from './types.ts';

type Combine = (a: number, b: number) => number;

/** Elements of an operand of the result shape; a single element is read again and again (step 0). */
type Operand = { readonly data: NumberArray; readonly step: 0 | 1 };

function operand(tensor: Tensor, shape: readonly number[]): Operand {
  if (tensor.data.length === 1) return { data: asNumbers(tensor.data), step: 0 };
  return { data: asNumbers(broadcastTo(tensor, shape).data), step: 1 };
}

function combine(a: Operand, b: Operand, f: Combine, out: NumberArray): void {
  const { data: x, step: xStep } = a;
  const { data: y, step: yStep } = b;
  for (let i = 0, ix = 0, iy = 0; i < out.length; i++, ix += xStep, iy += yStep) out[i] = f(x[ix]!, y[iy]!);
}

type Rule = {
  readonly inputs: readonly [number, number];
  /** Type of the output. */
  readonly type: (node: Node, inputs: Inputs) => DType;
  /** The function for a node; integers divide and take remainders in their own way. */
  readonly combine: (node: Node, dtype: DType) => Combine;
  readonly quant: QuantRule;
};

/** Folds the operands from the left. */
function broadcasting(
  name: string,
  rule: Rule,
  finish?: (out: NumberArray, operands: number) => void,
): Operator {
  const present = (inputs: Tensors) => inputs.filter((input) => input !== null);
  return defineOperator({
    name,
    inputs: rule.inputs,
    infer: (node, inputs) =>
      output(
        rule.type(node, inputs),
        broadcastShape(
          node,
          inputs.flatMap((input) => (input ? [input.shape] : [])),
        ),
      ),
    run: (node, inputs, [out]) => {
      const [first, ...others] = present(inputs).map((input) => operand(input, out!.shape));
      const f = rule.combine(node, inputs[0]!.dtype);
      return [
        computeTensor(out!, (data) => {
          const [second = { data: data.fill(0), step: 1 as const }, ...rest] = others;
          if (others.length === 0) copyOperand(first!, data);
          else combine(first!, second, f, data);
          for (const next of rest) combine({ data, step: 1 }, next, f, data);
          finish?.(data, others.length + 1);
        }),
      ];
    },
    quant: rule.quant,
  });
}

function copyOperand({ data, step }: Operand, out: NumberArray): void {
  if (step === 1) out.set(data);
  else out.fill(data[0]!);
}

const NUMBERS: readonly DType[] = [
  'float32',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
];

const isFloat = (dtype: DType) => dtype === 'float32' || dtype === 'float64';

function numericType(node: Node, inputs: Inputs): DType {
  for (const index of inputs.keys()) requireType(node, inputs, index, NUMBERS);
  return commonType(node, inputs);
}

const arithmetic = (name: string, f: Combine) =>
  broadcasting(name, { inputs: [2, 2], type: numericType, combine: () => f, quant: COMPUTED });

const add = arithmetic('Add', (a, b) => a + b);
const sub = arithmetic('Sub', (a, b) => a - b);
const mul = arithmetic('Mul', (a, b) => a * b);

/** Integers divide towards zero; by zero they give 0. */
const div = broadcasting('Div', {
  inputs: [2, 2],
  type: numericType,
  combine: (_, dtype) => (isFloat(dtype) ? (a, b) => a / b : (a, b) => (b === 0 ? 0 : Math.trunc(a / b))),
  quant: COMPUTED,
});

/** The exponent may be of another type than the base. */
const pow = broadcasting('Pow', {
  inputs: [2, 2],
  type: (node, inputs) => {
    requireType(node, inputs, 0, NUMBERS);
    requireType(node, inputs, 1, NUMBERS);
    return inputs[0]!.dtype;
  },
  combine: () => (a, b) => a ** b,
  quant: COMPUTED,
});

/** fmod 0: the result has the sign of the divisor, as Python's %; fmod 1: that of the dividend, as C's fmod. */
const mod = broadcasting('Mod', {
  inputs: [2, 2],
  type: (node, inputs) => {
    const dtype = numericType(node, inputs);
    if (isFloat(dtype) && intAttribute(node, 'fmod', 0) === 0) {
      unsupported(node, 'Mod of floating-point numbers with fmod 0 is not defined', 'set fmod to 1');
    }
    return dtype;
  },
  combine: (node, dtype) => {
    if (isFloat(dtype)) return (a, b) => a % b;
    if (intAttribute(node, 'fmod', 0) !== 0) return (a, b) => (b === 0 ? 0 : a % b);
    return (a, b) => (b === 0 ? 0 : a - b * Math.floor(a / b));
  },
  quant: COMPUTED,
});

const variadic = (name: string, f: Combine, finish?: (out: NumberArray, operands: number) => void) =>
  broadcasting(name, { inputs: [1, MANY], type: numericType, combine: () => f, quant: COMPUTED }, finish);

const max = variadic('Max', Math.max);
const min = variadic('Min', Math.min);
const sum = variadic('Sum', (a, b) => a + b);
const mean = variadic(
  'Mean',
  (a, b) => a + b,
  (out, operands) => {
    for (let i = 0; i < out.length; i++) out[i] = out[i]! / operands;
  },
);

const comparison = (name: string, f: (a: number, b: number) => boolean) =>
  broadcasting(name, {
    inputs: [2, 2],
    type: (node, inputs) => {
      commonType(node, inputs);
      return 'bool';
    },
    combine: () => (a, b) => (f(a, b) ? 1 : 0),
    quant: FLOAT,
  });

const equal = comparison('Equal', (a, b) => a === b);
const greater = comparison('Greater', (a, b) => a > b);
const greaterOrEqual = comparison('GreaterOrEqual', (a, b) => a >= b);
const less = comparison('Less', (a, b) => a < b);
const lessOrEqual = comparison('LessOrEqual', (a, b) => a <= b);

const logic = (name: string, f: Combine) =>
  broadcasting(name, {
    inputs: [2, 2],
    type: (node, inputs) => {
      for (const index of [0, 1]) requireType(node, inputs, index, ['bool']);
      return 'bool';
    },
    combine: () => f,
    quant: FLOAT,
  });

const and = logic('And', (a, b) => a & b);
const or = logic('Or', (a, b) => a | b);
const xor = logic('Xor', (a, b) => a ^ b);

/** Slope times x where x is negative; the slope broadcasts to x. */
const pRelu = broadcasting('PRelu', {
  inputs: [2, 2],
  type: (node, inputs) => {
    const [x, slope] = [inputs[0]!, inputs[1]!];
    if (broadcastShape(node, [x.shape, slope.shape]).join() !== x.shape.join()) {
      badShape(
        node,
        `a slope of shape [${slope.shape.join(', ')}] for an input of shape [${x.shape.join(', ')}]`,
      );
    }
    return numericType(node, inputs);
  },
  combine: () => (x, slope) => (x < 0 ? slope * x : x),
  quant: COMPUTED,
});

export const binaryOperators: readonly Operator[] = [
  add,
  sub,
  mul,
  div,
  pow,
  mod,
  max,
  min,
  sum,
  mean,
  equal,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  and,
  or,
  xor,
  pRelu,
];
