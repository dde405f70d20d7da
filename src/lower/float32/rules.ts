/**
 * How operators become steps in float32, and which nodes do. A node that has no step here keeps its own meaning
 * (src/ops); nothing is refused.
 */
import { elementCount } from '../../graph/tensor.ts';
import type { DType, Node } from '../../graph/types.ts';
import { stringAttribute } from '../../ops/attributes.ts';
import { resizeTaps } from '../../ops/resize.ts';
import type { OperandView } from '../../passes/match.ts';
import { type LoweringContext, viewOfContext } from '../shared/context.ts';
import { gateForm } from '../shared/gate-form.ts';
import { lowerGather, lowerGatherPlaces, lowerPad } from '../shared/gather.ts';
import { inputInfos } from '../shared/input-infos.ts';
import { lowerConcat, lowerReshape, lowerSlice, lowerSplit, lowerTranspose } from '../shared/movement.ts';
import { localWindow } from '../shared/pool-window.ts';
import { lowerArgument, lowerHardmax, lowerOneHot, lowerTopK } from '../shared/rank.ts';
import { lowerDepthToSpace, lowerExpand, lowerSpaceToDepth, lowerTile } from '../shared/rearrange.ts';
import { reducesSpatialAxes } from '../shared/reduced-axes.ts';
import { lowerResize } from '../shared/resize.ts';
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
import { COMPARING_OPERATORS, lowerCast, lowerComparison, lowerWhere } from './truth.ts';
import { isUnary, lowerTrigonometry, lowerUnary, TRIGONOMETRIC_OPERATORS, UNARY_OPERATORS } from './unary.ts';

type FloatRule = {
  /** 'computes' is work that is worth native steps; 'moves' only comes along with it. */
  readonly kind: 'computes' | 'moves';
  /** Whether the rule takes a node whose activations are all float32. */
  readonly takes: (view: OperandView, node: Node) => boolean;
  readonly lower: (context: LoweringContext, node: Node) => void;
  /** Whether it reads or makes truth and whole numbers, too, which lie with the codes. */
  readonly mixed?: true;
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
/** A rule whose node may read or make truth and whole numbers. */
const mixed = (rule: FloatRule): FloatRule => ({ ...rule, mixed: true });
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
  ['Gather', mixed(moves(always, lowerGather))],
  ['GatherElements', moves(restConstant, lowerGatherPlaces)],
  ['GatherND', moves(restConstant, lowerGatherPlaces)],
  ['Resize', computes(resizesWithin, lowerResize)],
  ['ArgMax', mixed(computes(always, lowerArgument))],
  ['ArgMin', mixed(computes(always, lowerArgument))],
  ['TopK', mixed(computes(restConstant, lowerTopK))],
  ['Hardmax', computes(always, lowerHardmax)],
  ['OneHot', mixed(computes(hasChoices, lowerOneHot))],
  ...COMPARING_OPERATORS.map((op): Entry => [op, mixed(computes(comparesReals, lowerComparison))]),
  ['Where', mixed(computes(always, lowerWhere))],
  ['Cast', mixed(computes(castsTruth, lowerCast))],
  ['Concat', moves(always, lowerConcat)],
  ['Pad', moves(padsWithNumber, lowerPad)],
]);

/**
 * The rule that makes steps of a node; null for a node that has none.
 * @param whole whether truth and whole numbers may lie beside float32
 */
export function floatRule(view: OperandView, node: Node, whole = false): FloatRule | null {
  const rule = RULES.get(node.op);
  if (rule === undefined) return null;
  const { values, constants } = view.graph;
  const real = [...node.inputs, ...node.outputs].every((name) => {
    if (name === '') return true;
    const { dtype, shape, quant } = values.get(name)!;
    if (quant !== null) return false;
    const fits = dtype === 'float32' || (whole && rule.mixed === true && WHOLE.has(dtype));
    return constants.has(name) || (fits && elementCount(shape) > 0);
  });
  return real && rule.takes(view, node) ? rule : null;
}

/** Types that lie with the codes. */
const WHOLE: ReadonlySet<DType> = new Set<DType>(['bool', 'int32', 'int64']);

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

/** Elements of the input, or a constant number. */
function padsWithNumber(view: OperandView, node: Node): boolean {
  if (!restConstant(view, node)) return false;
  if (stringAttribute(node, 'mode', 'constant') !== 'constant') return true;
  const fill = optionalConstant(view.graph, node.inputs[2] ?? '');
  return fill !== null && !Number.isNaN(Number(fill?.data[0] ?? 0));
}

function resizesWithin(view: OperandView, node: Node): boolean {
  if (!restConstant(view, node)) return false;
  return resizeTaps(node, inputInfos(view, node)).every((axis) => !axis?.outside.includes(1));
}

/** Numbers that are chosen from are constant. */
function hasChoices({ graph }: OperandView, node: Node): boolean {
  return graph.constants.has(node.inputs[1]!) && graph.constants.has(node.inputs[2]!);
}

function comparesReals({ graph }: OperandView, node: Node): boolean {
  return node.inputs.every((name) => graph.values.get(name)!.dtype === 'float32');
}

/** Between truth and numbers. */
function castsTruth({ graph }: OperandView, node: Node): boolean {
  const types = [node.inputs[0]!, node.outputs[0]!].map((name) => graph.values.get(name)!.dtype);
  return types.includes('bool') && types.includes('float32');
}
