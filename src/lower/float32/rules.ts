/**
 * How operators become steps in float32, and which nodes do. A node that has no step here keeps its own meaning
 * (src/ops); nothing is refused.
 */
import { elementCount } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { stringAttribute } from '../../ops/attributes.ts';
import type { OperandView } from '../../passes/match.ts';
import { type LoweringContext, viewOfContext } from '../shared/context.ts';
import { gateForm } from '../shared/gate-form.ts';
import {
  lowerConcat,
  lowerGather,
  lowerReshape,
  lowerSlice,
  lowerSplit,
  lowerTranspose,
} from '../shared/movement.ts';
import { lowerPad, padsByCopies } from '../shared/places.ts';
import { localWindow } from '../shared/pool-window.ts';
import { lowerDepthToSpace, lowerExpand, lowerSpaceToDepth, lowerTile } from '../shared/rearrange.ts';
import { reducesSpatialAxes } from '../shared/reduced-axes.ts';
import { isClamp } from './activation.ts';
import { BINARY_OPERATORS, hasOperands, lowerBinary, lowerPower } from './binary.ts';
import { addsEqualShapes, isAffine, lowerAdd, lowerAffine, lowerClamp, lowerMul } from './elementwise.ts';
import {
  hasConvKernel,
  hasConvTransposeKernel,
  hasDenseKernel,
  lowerConv,
  lowerConvTranspose,
  lowerGemm,
} from './linear.ts';
import { hasMatrices, lowerMatMul } from './matmul.ts';
import { optionalConstant } from './operands.ts';
import { globalPool, hasAveragePoolKernel, hasGlobalPoolKernel, hasMaxPoolKernel, pool } from './pool.ts';
import { hasCellConstants, lowerRecurrent } from './recurrent.ts';
import {
  hasSoftmaxRows,
  lowerLrn,
  lowerNormalization,
  lowerReduce,
  lowerSoftmax,
  normalises,
  REDUCTION_OPERATORS,
  reducesRows,
} from './rows.ts';
import { isUnary, lowerTrigonometry, lowerUnary, TRIGONOMETRIC_OPERATORS, UNARY_OPERATORS } from './unary.ts';

type FloatRule = {
  /** 'computes' is work that is worth native steps; 'moves' only comes along with it. */
  readonly kind: 'computes' | 'moves';
  /** Whether the rule takes a node whose activations are all float32. */
  readonly takes: (view: OperandView, node: Node) => boolean;
  readonly lower: (context: LoweringContext, node: Node) => void;
};

const always = (): boolean => true;
const restConstant = ({ graph }: OperandView, node: Node): boolean =>
  node.inputs.slice(1).every((name) => name === '' || graph.constants.has(name));

const computes = (takes: FloatRule['takes'], lower: FloatRule['lower']): FloatRule => ({
  kind: 'computes',
  takes,
  lower,
});
const moves = (takes: FloatRule['takes'], lower: FloatRule['lower']): FloatRule => ({
  kind: 'moves',
  takes,
  lower,
});
const reshape = moves(restConstant, lowerReshape);
const clamp = computes(isClamp, lowerClamp);
const affine = computes(isAffine, lowerAffine);
/** The first rule that takes a node. */
const either = (...rules: readonly FloatRule[]): FloatRule => ({
  kind: 'computes',
  takes: (view, node) => rules.some((rule) => rule.takes(view, node)),
  lower: (context, node) =>
    rules.find((rule) => rule.takes(viewOfContext(context), node))!.lower(context, node),
});
const binary = computes(hasOperands, lowerBinary);
const unary = computes(isUnary, lowerUnary);
const reduction = computes(reducesRows, lowerReduce);
const normalization = computes(normalises, lowerNormalization);
const softmax = computes(hasSoftmaxRows, lowerSoftmax);

type Entry = readonly [op: string, rule: FloatRule];

const RULES: ReadonlyMap<string, FloatRule> = new Map<string, FloatRule>([
  ['Conv', computes(hasConvKernel, lowerConv)],
  ['ConvTranspose', computes(hasConvTransposeKernel, lowerConvTranspose)],
  ['Gemm', computes(hasDenseKernel, lowerGemm)],
  ['MatMul', computes(hasMatrices, lowerMatMul)],
  ...UNARY_OPERATORS.map((op): Entry => [op, unary]),
  ...TRIGONOMETRIC_OPERATORS.map((op): Entry => [op, computes(always, lowerTrigonometry)]),
  ...BINARY_OPERATORS.map((op): Entry => [op, binary]),
  ['Pow', either(unary, computes(hasRealPower, lowerPower))],
  ['Add', either(affine, computes(addsEqualShapes, lowerAdd), binary)],
  ['Sum', either(computes(addsEqualShapes, lowerAdd), binary)],
  ['Mul', either(affine, computes(multipliesGate, lowerMul), binary)],
  ['Sub', either(affine, binary)],
  ['Div', either(affine, binary)],
  ...REDUCTION_OPERATORS.map((op): Entry => [op, reduction]),
  ...['RNN', 'GRU', 'LSTM'].map((op): Entry => [op, computes(hasCellConstants, lowerRecurrent)]),
  ['DepthToSpace', moves(always, lowerDepthToSpace)],
  ['SpaceToDepth', moves(always, lowerSpaceToDepth)],
  ['Tile', moves(restConstant, lowerTile)],
  ['Expand', moves(restConstant, lowerExpand)],
  ['Softmax', softmax],
  ['LogSoftmax', softmax],
  ['LayerNormalization', normalization],
  ['RMSNormalization', normalization],
  ['InstanceNormalization', normalization],
  ['GroupNormalization', normalization],
  ['LRN', computes(always, lowerLrn)],
  ['BatchNormalization', affine],
  ['Relu', clamp],
  ['Clip', clamp],
  [
    'MaxPool',
    computes(hasMaxPoolKernel, (context, node) => pool(context, node, 'max', localWindow(context, node))),
  ],
  [
    'AveragePool',
    computes(hasAveragePoolKernel, (context, node) =>
      pool(context, node, 'average', localWindow(context, node)),
    ),
  ],
  ['GlobalMaxPool', computes(hasGlobalPoolKernel, (context, node) => globalPool(context, node, 'max'))],
  [
    'GlobalAveragePool',
    computes(hasGlobalPoolKernel, (context, node) => globalPool(context, node, 'average')),
  ],
  [
    'ReduceMean',
    either(
      computes(reducesImage, (context, node) => globalPool(context, node, 'average')),
      reduction,
    ),
  ],
  [
    'ReduceMax',
    either(
      computes(reducesImage, (context, node) => globalPool(context, node, 'max')),
      reduction,
    ),
  ],
  ['Identity', reshape],
  ['Reshape', reshape],
  ['Flatten', reshape],
  ['Squeeze', reshape],
  ['Unsqueeze', reshape],
  ['Transpose', moves(always, lowerTranspose)],
  ['Slice', moves(restConstant, lowerSlice)],
  ['Split', moves(restConstant, lowerSplit)],
  ['Gather', moves(gathersOne, lowerGather)],
  ['Concat', moves(always, lowerConcat)],
  ['Pad', moves((view, node) => padsWithConstant(view, node) || padsByCopies(view, node), lowerPad)],
]);

/** The rule that makes steps of a node; null for a node that has none. */
export function floatRule(view: OperandView, node: Node): FloatRule | null {
  const rule = RULES.get(node.op);
  if (rule === undefined) return null;
  const { values, constants } = view.graph;
  const real = [...node.inputs, ...node.outputs].every((name) => {
    if (name === '') return true;
    const { dtype, shape, quant } = values.get(name)!;
    if (quant !== null) return false;
    return constants.has(name) || (dtype === 'float32' && elementCount(shape) > 0);
  });
  return real && rule.takes(view, node) ? rule : null;
}

/** The exponent is float32 as the base. */
function hasRealPower(view: OperandView, node: Node): boolean {
  return hasOperands(view, node) && view.graph.values.get(node.inputs[1]!)!.dtype === 'float32';
}

function multipliesGate({ graph }: OperandView, node: Node): boolean {
  return gateForm(graph, node) !== null;
}

function reducesImage(view: OperandView, node: Node): boolean {
  return hasGlobalPoolKernel(view, node) && reducesSpatialAxes(view.graph, node);
}

function gathersOne({ graph }: OperandView, node: Node): boolean {
  return graph.constants.get(node.inputs[1]!)?.data.length === 1;
}

function padsWithConstant(view: OperandView, node: Node): boolean {
  if (stringAttribute(node, 'mode', 'constant') !== 'constant' || !restConstant(view, node)) return false;
  const fill = optionalConstant(view.graph, node.inputs[2] ?? '');
  return fill !== null && !Number.isNaN(Number(fill?.data[0] ?? 0));
}
