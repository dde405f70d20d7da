/** Operators on each element alone: activations, elementary functions, type conversion. */
import type { DType, Node, Tensor } from '../graph/types.ts';
import { erf as erfOf } from '../numbers/erf.ts';
import { roundHalfToEven } from '../numbers/rounding.ts';
import { asNumbers, computeTensor, type NumberArray } from './arrays.ts';
import { floatAttribute, intAttribute, stringAttribute } from './attributes.ts';
import {
  badShape,
  COMPUTED,
  defineOperator,
  FLOAT,
  output,
  requireType,
  SAME_AS_INPUT,
  type Tensors,
  unsupported,
} from './define.ts';
import type { Operator, QuantRule } from './types.ts';

const FLOATS: readonly DType[] = ['float32', 'float64'];
const SIGNED: readonly DType[] = [...FLOATS, 'int8', 'int16', 'int32', 'int64'];
const NUMBERS: readonly DType[] = [...SIGNED, 'uint8', 'uint16', 'uint32', 'uint64'];

/** Writes f(x) for all elements. */
type Apply = (x: NumberArray, out: NumberArray) => void;

const each =
  (f: (x: number) => number): Apply =>
  (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = f(x[i]!);
  };

type Rule = {
  readonly inputs?: readonly [number, number];
  readonly types?: readonly DType[];
  /** Type of the output; that of the input by default. */
  readonly to?: DType;
  readonly quant?: QuantRule;
  readonly check?: (node: Node) => void;
};

function unary(name: string, apply: (node: Node, inputs: Tensors) => Apply, rule: Rule = {}): Operator {
  return defineOperator({
    name,
    inputs: rule.inputs ?? [1, 1],
    infer: (node, inputs) => {
      requireType(node, inputs, 0, rule.types ?? FLOATS);
      rule.check?.(node);
      return output(rule.to ?? inputs[0]!.dtype, inputs[0]!.shape);
    },
    run: (node, inputs, [out]) => {
      const f = apply(node, inputs);
      return [computeTensor(out!, (data) => f(asNumbers(inputs[0]!.data), data))];
    },
    quant: rule.quant ?? COMPUTED,
  });
}

const simple = (name: string, f: (x: number) => number, rule: Rule = {}) => unary(name, () => each(f), rule);

/** The output lies in [0, 1], as Sigmoid in TFLite. */
const UNIT: QuantRule = { kind: 'fixed', scale: 1 / 256, zeroPoint: -128 };
/** The output lies in [-1, 1], as Tanh in TFLite. */
const SYMMETRIC: QuantRule = { kind: 'fixed', scale: 1 / 128, zeroPoint: 0 };

const relu = unary(
  'Relu',
  () => (x, out) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.max(x[i]!, 0);
  },
  { types: SIGNED },
);

const clip = unary(
  'Clip',
  (_, inputs) => {
    const [low, high] = [bound(inputs[1], -Infinity), bound(inputs[2], Infinity)];
    return (x, out) => {
      for (let i = 0; i < out.length; i++) out[i] = Math.min(Math.max(x[i]!, low), high);
    };
  },
  { inputs: [1, 3], types: NUMBERS },
);

function bound(tensor: Tensor | null | undefined, absent: number): number {
  return tensor ? (asNumbers(tensor.data)[0] ?? absent) : absent;
}

const leakyRelu = unary('LeakyRelu', (node) => {
  const alpha = floatAttribute(node, 'alpha', 0.01);
  return each((x) => (x < 0 ? alpha * x : x));
});

const thresholdedRelu = unary('ThresholdedRelu', (node) => {
  const alpha = floatAttribute(node, 'alpha', 1);
  return each((x) => (x > alpha ? x : 0));
});

const elu = unary('Elu', (node) => {
  const alpha = floatAttribute(node, 'alpha', 1);
  return each((x) => (x < 0 ? alpha * Math.expm1(x) : x));
});

const celu = unary('Celu', (node) => {
  const alpha = floatAttribute(node, 'alpha', 1);
  return each((x) => (x < 0 ? alpha * Math.expm1(x / alpha) : x));
});

const selu = unary('Selu', (node) => {
  const alpha = floatAttribute(node, 'alpha', 1.6732631921768188);
  const gamma = floatAttribute(node, 'gamma', 1.0507010221481323);
  return each((x) => gamma * (x > 0 ? x : alpha * Math.expm1(x)));
});

const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const softplusOf = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const sigmoid = simple('Sigmoid', logistic, { quant: UNIT });

const hardSigmoid = unary(
  'HardSigmoid',
  (node) => {
    const alpha = floatAttribute(node, 'alpha', 0.2);
    const beta = floatAttribute(node, 'beta', 0.5);
    return each((x) => Math.min(Math.max(alpha * x + beta, 0), 1));
  },
  { quant: UNIT },
);

const hardSwish = simple('HardSwish', (x) => x * Math.min(Math.max(x / 6 + 0.5, 0), 1));
const swish = unary('Swish', (node) => {
  const alpha = floatAttribute(node, 'alpha', 1);
  return each((x) => x * logistic(alpha * x));
});
const mish = simple('Mish', (x) => x * Math.tanh(softplusOf(x)));

/** x * Phi(x), with Phi from erf or from the tanh approximation (Hendrycks and Gimpel, 2016). */
const gelu = unary(
  'Gelu',
  (node) =>
    stringAttribute(node, 'approximate', 'none') === 'tanh'
      ? each((x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))))
      : each((x) => 0.5 * x * (1 + erfOf(x / Math.SQRT2))),
  {
    check: (node) => {
      const approximate = stringAttribute(node, 'approximate', 'none');
      if (approximate !== 'none' && approximate !== 'tanh') {
        unsupported(node, `approximate "${approximate}" is not supported`);
      }
    },
  },
);

const softplus = simple('Softplus', softplusOf);
const softsign = simple('Softsign', (x) => x / (1 + Math.abs(x)), { quant: SYMMETRIC });
const shrink = unary(
  'Shrink',
  (node) => {
    const bias = floatAttribute(node, 'bias', 0);
    const lambda = floatAttribute(node, 'lambd', 0.5);
    return each((x) => (x < -lambda ? x + bias : x > lambda ? x - bias : 0));
  },
  { types: NUMBERS },
);

const tanh = simple('Tanh', Math.tanh, { quant: SYMMETRIC });
const erf = simple('Erf', erfOf, { quant: SYMMETRIC });
const exp = simple('Exp', Math.exp);
const log = simple('Log', Math.log);
const sqrt = simple('Sqrt', Math.sqrt);
const reciprocal = simple('Reciprocal', (x) => 1 / x);
const sin = simple('Sin', Math.sin);
const cos = simple('Cos', Math.cos);
const tan = simple('Tan', Math.tan);
const asin = simple('Asin', Math.asin);
const acos = simple('Acos', Math.acos);
const atan = simple('Atan', Math.atan);
const sinh = simple('Sinh', Math.sinh);
const cosh = simple('Cosh', Math.cosh);
const asinh = simple('Asinh', Math.asinh);
const acosh = simple('Acosh', Math.acosh);
const atanh = simple('Atanh', Math.atanh);
const abs = simple('Abs', Math.abs, { types: NUMBERS });
const neg = simple('Neg', (x) => -x, { types: SIGNED });
const ceil = simple('Ceil', Math.ceil);
const floor = simple('Floor', Math.floor);
const sign = simple('Sign', Math.sign, { types: NUMBERS });
const round = simple('Round', roundHalfToEven);

const not = simple('Not', (x) => 1 - x, { types: ['bool'], quant: FLOAT });
const isNan = simple('IsNaN', (x) => (Number.isNaN(x) ? 1 : 0), { to: 'bool', quant: FLOAT });
const isInf = unary(
  'IsInf',
  (node) => {
    const positive = intAttribute(node, 'detect_positive', 1) !== 0;
    const negative = intAttribute(node, 'detect_negative', 1) !== 0;
    return each((x) => ((positive && x === Infinity) || (negative && x === -Infinity) ? 1 : 0));
  },
  { to: 'bool', quant: FLOAT },
);

const identity = defineOperator({
  name: 'Identity',
  inputs: [1, 1],
  infer: (_, inputs) => output(inputs[0]!.dtype, inputs[0]!.shape),
  run: (_, inputs) => [inputs[0]!],
  quant: SAME_AS_INPUT,
});

/** Dropout does nothing outside training; its mask, if asked for, is all true. */
const dropout = defineOperator({
  name: 'Dropout',
  inputs: [1, 3],
  infer: (node, inputs) => {
    const training = inputs[2];
    if (training && training.data === null) badShape(node, 'training_mode is computed at run time');
    if (training?.data?.[0] && inputs[1]?.data?.[0] !== 0) {
      unsupported(node, 'training_mode is set, so the output is random', 'export the model for inference');
    }
    const { dtype, shape } = inputs[0]!;
    return node.outputs[1]
      ? [
          { dtype, shape },
          { dtype: 'bool', shape },
        ]
      : output(dtype, shape);
  },
  run: (_, inputs, [, mask]) => {
    const x = inputs[0]!;
    return mask ? [x, { ...mask, data: new Uint8Array(x.data.length).fill(1) }] : [x];
  },
  quant: SAME_AS_INPUT,
});

export const unaryOperators: readonly Operator[] = [
  relu,
  clip,
  leakyRelu,
  thresholdedRelu,
  elu,
  celu,
  selu,
  sigmoid,
  hardSigmoid,
  hardSwish,
  swish,
  mish,
  gelu,
  softplus,
  softsign,
  shrink,
  tanh,
  erf,
  exp,
  log,
  sqrt,
  reciprocal,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  abs,
  neg,
  ceil,
  floor,
  sign,
  round,
  not,
  isNan,
  isInf,
  identity,
  dropout,
];
