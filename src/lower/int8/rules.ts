/** Which operators have an int8 form, and how each becomes steps. */
import {
  LINEAR_ATTENTION,
  MASKED_SOFTMAX,
  PATCH_GATE,
  PATCH_REUSE,
  PATCH_STATISTICS,
  REQUANTIZE,
  SILU,
} from '../../graph/own-operators.ts';
import type { Node } from '../../graph/types.ts';
import type { LoweringContext } from '../shared/context.ts';
import { lowerGather, lowerGatherPlaces, lowerPad } from '../shared/gather.ts';
import { lowerConcat, lowerReshape, lowerSlice, lowerSplit, lowerTranspose } from '../shared/movement.ts';
import { lowerArgument, lowerHardmax, lowerOneHot, lowerTopK } from '../shared/rank.ts';
import { lowerDepthToSpace, lowerExpand, lowerSpaceToDepth, lowerTile } from '../shared/rearrange.ts';
import { lowerRecurrent } from '../shared/recurrent.ts';
import { lowerResize } from '../shared/resize.ts';
import { lowerComparison } from './binary.ts';
import { lowerConv, lowerConvTranspose } from './conv.ts';
import { lowerGemm } from './dense.ts';
import {
  lowerAdd,
  lowerDifference,
  lowerMod,
  lowerMul,
  lowerPRelu,
  lowerSeveral,
  lowerUnary,
} from './elementwise.ts';
import { lowerPatchGate, lowerPatchReuse, lowerPatchStatistics } from './gate.ts';
import { lowerLinearAttention } from './linear-attention.ts';
import { lowerMatMul } from './matmul.ts';
import { lowerLrn, lowerNormalization } from './normalise.ts';
import { lowerAveragePool, lowerGlobalPool, lowerMaxPool } from './pool.ts';
import { lowerCumSum, lowerReduce } from './reduce.ts';
import { lowerLogSoftmax, lowerMaskedSoftmax, lowerSoftmax } from './softmax.ts';
import { lowerCast, lowerNot, lowerTrilu, lowerWhere } from './where.ts';

type Rule = (context: LoweringContext, node: Node) => void;

/** An operator outside this table has no int8 form. */
export const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Conv', lowerConv],
  ['ConvTranspose', lowerConvTranspose],
  ['Gemm', lowerGemm],
  ['MatMul', lowerMatMul],
  ['Add', lowerAdd],
  ['Mul', lowerMul],
  ['Sub', lowerDifference],
  ['Div', lowerDifference],
  ['Max', lowerSeveral],
  ['Min', lowerSeveral],
  ['Sum', lowerSeveral],
  ['Mean', lowerSeveral],
  ['PRelu', lowerPRelu],
  ['Mod', lowerMod],
  ...['Less', 'LessOrEqual', 'Greater', 'GreaterOrEqual', 'Equal', 'And', 'Or', 'Xor'].map(
    (op): [string, Rule] => [op, lowerComparison],
  ),
  ['Not', lowerNot],
  ['Cast', lowerCast],
  ['Where', lowerWhere],
  ['Trilu', lowerTrilu],
  ['Resize', lowerResize],
  ['DepthToSpace', lowerDepthToSpace],
  ['SpaceToDepth', lowerSpaceToDepth],
  ['Tile', lowerTile],
  ['Expand', lowerExpand],
  ['GatherElements', lowerGatherPlaces],
  ['GatherND', lowerGatherPlaces],
  ['CumSum', lowerCumSum],
  ['ArgMax', lowerArgument],
  ['ArgMin', lowerArgument],
  ['TopK', lowerTopK],
  ['Hardmax', lowerHardmax],
  ['OneHot', lowerOneHot],
  ['Softmax', lowerSoftmax],
  ['LogSoftmax', lowerLogSoftmax],
  [MASKED_SOFTMAX, lowerMaskedSoftmax],
  [LINEAR_ATTENTION, lowerLinearAttention],
  ['LayerNormalization', lowerNormalization],
  ['RMSNormalization', lowerNormalization],
  ['InstanceNormalization', lowerNormalization],
  ['GroupNormalization', lowerNormalization],
  ['LRN', lowerLrn],
  ['RNN', lowerRecurrent],
  ['GRU', lowerRecurrent],
  ['LSTM', lowerRecurrent],
  ['MaxPool', lowerMaxPool],
  ['AveragePool', lowerAveragePool],
  ['GlobalAveragePool', (context, node) => lowerGlobalPool(context, node, 'average')],
  ['GlobalMaxPool', (context, node) => lowerGlobalPool(context, node, 'max')],
  ['ReduceMean', (context, node) => lowerReduce(context, node, 'average')],
  ['ReduceMax', (context, node) => lowerReduce(context, node, 'max')],
  ['ReduceMin', (context, node) => lowerReduce(context, node, 'min')],
  ['ReduceSum', (context, node) => lowerReduce(context, node, 'sum')],
  ['ReduceL1', (context, node) => lowerReduce(context, node, 'magnitudes')],
  ['ReduceSumSquare', (context, node) => lowerReduce(context, node, 'squares')],
  ['ReduceL2', (context, node) => lowerReduce(context, node, 'root of squares')],
  ['Reshape', lowerReshape],
  ['Flatten', lowerReshape],
  ['Squeeze', lowerReshape],
  ['Unsqueeze', lowerReshape],
  ['Transpose', lowerTranspose],
  ['Slice', lowerSlice],
  ['Split', lowerSplit],
  ['Gather', lowerGather],
  ['Concat', lowerConcat],
  ['Pad', lowerPad],
  [PATCH_STATISTICS, lowerPatchStatistics],
  [PATCH_GATE, lowerPatchGate],
  [PATCH_REUSE, lowerPatchReuse],
  ...[
    'Identity',
    REQUANTIZE,
    'Relu',
    'Clip',
    'LeakyRelu',
    'Elu',
    'Selu',
    'Sigmoid',
    'HardSigmoid',
    'HardSwish',
    SILU,
    'Tanh',
    'Gelu',
    'Mish',
    'Swish',
    'Softplus',
    'Softsign',
    'Erf',
    'Exp',
    'Log',
    'Sqrt',
    'Abs',
    'Neg',
    'Reciprocal',
    'Ceil',
    'Floor',
    'Round',
    'Sign',
    'Pow',
    'Celu',
    'ThresholdedRelu',
    'Shrink',
    'Sin',
    'Cos',
    'Tan',
    'Asin',
    'Acos',
    'Atan',
    'Sinh',
    'Cosh',
    'Asinh',
    'Acosh',
    'Atanh',
  ].map((op): [string, Rule] => [op, lowerUnary]),
]);

/** Operators whose rules make 16-bit codes, too: states that have them. */
export const MAKES_WIDE: ReadonlySet<string> = new Set(['RNN', 'GRU', 'LSTM']);

/** Operators that passes turn into those of the table: `expand-reductions`, `einsum-to-matmul`, `scatter-to-gather`. */
const REWRITTEN: ReadonlySet<string> = new Set([
  'ReduceLogSum',
  'ReduceLogSumExp',
  'ReduceProd',
  'Einsum',
  'ScatterElements',
  'ScatterND',
]);

/** True for operators that have at least one int8 form. */
export function hasKernel(op: string): boolean {
  return RULES.has(op) || REWRITTEN.has(op);
}
