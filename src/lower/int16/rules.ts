/** Which operators have a form with 16-bit codes, and how each becomes steps. Codes are symmetric, weights have 8 bits (TFLite's 16x8). */
import { MASKED_SOFTMAX, REQUANTIZE } from '../../graph/own-operators.ts';
import { sameShape } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { limitsOf } from '../../passes/limits.ts';
import { isNormalGemm } from '../../passes/match.ts';
import { type LoweringContext, layoutOf, shapeOf } from '../shared/context.ts';
import { gateForm } from '../shared/gate-form.ts';
import { lowerGather, lowerPad } from '../shared/gather.ts';
import { restIsConstant } from '../shared/input-infos.ts';
import { lowerConcat, lowerReshape, lowerSlice, lowerSplit, lowerTranspose } from '../shared/movement.ts';
import { lowerDepthToSpace, lowerExpand, lowerSpaceToDepth, lowerTile } from '../shared/rearrange.ts';
import { lowerRecurrent, takesRecurrent } from '../shared/recurrent.ts';
import { reducesSpatialAxes } from '../shared/reduced-axes.ts';
import { lowerResize } from '../shared/resize.ts';
import { lowerAdd, lowerLimits, lowerMul, lowerRoot, lowerTable } from './elementwise.ts';
import { lowerConv, lowerConvTranspose, lowerGemm, takesConvTranspose } from './linear.ts';
import { lowerMatMul, takesMatMul } from './matmul.ts';
import { lowerNormalization } from './normalise.ts';
import { lowerAverage, lowerMaximum, takesAverage, takesMaximum } from './pool.ts';
import { lowerMaskedSoftmax, lowerSoftmax } from './softmax.ts';

type Rule = {
  readonly takes: (context: LoweringContext, node: Node) => boolean;
  readonly lower: (context: LoweringContext, node: Node) => void;
};

const always = (): boolean => true;
const moves = (lower: Rule['lower']): Rule => ({ takes: always, lower });

/** The activations of a node: its other operands are constants. */
function activations({ graph }: LoweringContext, { inputs }: Node): readonly string[] {
  return inputs.filter((name) => name !== '' && !graph.constants.has(name));
}

const image: Rule['takes'] = (context, node) => {
  const { length } = shapeOf(context, node.inputs[0]!);
  return length === 3 || length === 4;
};

const alike: Rule['takes'] = (context, node) =>
  activations(context, node).length === 2 &&
  sameShape(shapeOf(context, node.inputs[0]!), shapeOf(context, node.inputs[1]!));

const gates: Rule['takes'] = (context, node) => {
  const form = activations(context, node).length === 2 ? gateForm(context.graph, node) : null;
  return form !== null && (!form.broadcast || layoutOf(context, form.input).at(-1) === 1);
};

/** One activation, of the shape of the output, and otherwise scalars. */
const unary: Rule['takes'] = (context, node) => {
  const [x, ...others] = activations(context, node);
  const scalars = node.inputs.every((name) => (context.graph.constants.get(name)?.data.length ?? 1) === 1);
  return (
    x !== undefined &&
    others.length === 0 &&
    scalars &&
    sameShape(shapeOf(context, x), shapeOf(context, node.outputs[0]!))
  );
};

/** A power without an infinite slope, which straight lines would miss. */
const risesEvenly: Rule['takes'] = (context, node) =>
  unary(context, node) && Number(context.graph.constants.get(node.inputs[1]!)?.data[0] ?? 0) >= 1;

const table: Rule = { takes: unary, lower: lowerTable };
const limits: Rule = {
  takes: ({ graph }, node) => node.op !== 'Clip' || limitsOf(graph, node) !== null,
  lower: lowerLimits,
};
const either = (rule: Rule): Rule => ({
  takes: (context, node) => rule.takes(context, node) || unary(context, node),
  lower: (context, node) => (rule.takes(context, node) ? rule : table).lower(context, node),
});

const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Conv', { takes: image, lower: lowerConv }],
  [
    'Gemm',
    {
      takes: ({ graph }, node) =>
        isNormalGemm(node) && node.inputs.slice(1).every((name) => name === '' || graph.constants.has(name)),
      lower: lowerGemm,
    },
  ],
  ['ConvTranspose', { takes: takesConvTranspose, lower: lowerConvTranspose }],
  ['MatMul', { takes: takesMatMul, lower: lowerMatMul }],
  ['Softmax', { takes: always, lower: lowerSoftmax }],
  ['GRU', { takes: takesRecurrent, lower: lowerRecurrent }],
  ['LSTM', { takes: takesRecurrent, lower: lowerRecurrent }],
  [MASKED_SOFTMAX, { takes: always, lower: lowerMaskedSoftmax }],
  ...['LayerNormalization', 'RMSNormalization', 'InstanceNormalization', 'GroupNormalization'].map(
    (op): [string, Rule] => [op, { takes: always, lower: lowerNormalization }],
  ),
  ['Sqrt', { takes: unary, lower: lowerRoot }],
  ['Add', either({ takes: alike, lower: lowerAdd })],
  ['Mul', either({ takes: gates, lower: lowerMul })],
  ['Sub', table],
  ['Div', table],
  ['Relu', limits],
  ['Clip', limits],
  ['Identity', limits],
  [REQUANTIZE, limits],
  ...[
    'LeakyRelu',
    'Elu',
    'Selu',
    'Celu',
    'Mish',
    'Softsign',
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    'Tanh',
    'Gelu',
    'Softplus',
    'Erf',
    'Exp',
    'Abs',
    'Neg',
  ].map((op): [string, Rule] => [op, table]),
  ['Pow', { takes: risesEvenly, lower: lowerTable }],
  ['MaxPool', { takes: takesMaximum, lower: lowerMaximum }],
  ['GlobalMaxPool', { takes: takesMaximum, lower: lowerMaximum }],
  ['AveragePool', { takes: takesAverage, lower: lowerAverage }],
  ['GlobalAveragePool', { takes: takesAverage, lower: lowerAverage }],
  [
    'ReduceMean',
    {
      takes: (context, node) => takesAverage(context, node) && reducesSpatialAxes(context.graph, node),
      lower: lowerAverage,
    },
  ],
  ['Reshape', moves(lowerReshape)],
  ['Flatten', moves(lowerReshape)],
  ['Squeeze', moves(lowerReshape)],
  ['Unsqueeze', moves(lowerReshape)],
  ['Transpose', moves(lowerTranspose)],
  ['Slice', moves(lowerSlice)],
  ['Split', moves(lowerSplit)],
  ['Gather', moves(lowerGather)],
  ['Concat', moves(lowerConcat)],
  ['Pad', moves(lowerPad)],
  ['Resize', { takes: restIsConstant, lower: lowerResize }],
  ['DepthToSpace', moves(lowerDepthToSpace)],
  ['SpaceToDepth', moves(lowerSpaceToDepth)],
  ['Tile', moves(lowerTile)],
  ['Expand', moves(lowerExpand)],
]);

/** The rule that makes steps of a node on 16-bit codes; null for a node that has none. */
export function wideRule(context: LoweringContext, node: Node): Rule['lower'] | null {
  const rule = RULES.get(node.op);
  return rule?.takes(context, node) ? rule.lower : null;
}
