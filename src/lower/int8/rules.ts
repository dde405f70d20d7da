/** Which operators have an int8 form, and how each becomes steps. */
import {
  MASKED_SOFTMAX,
  PATCH_GATE,
  PATCH_REUSE,
  PATCH_STATISTICS,
  REQUANTIZE,
  SILU,
} from '../../graph/own-operators.ts';
import type { Node } from '../../graph/types.ts';
import type { LoweringContext } from '../shared/context.ts';
import {
  lowerConcat,
  lowerGather,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerSplit,
  lowerTranspose,
} from '../shared/movement.ts';
import { lowerConv, lowerConvTranspose } from './conv.ts';
import { lowerGemm } from './dense.ts';
import { lowerAdd, lowerDifference, lowerMul, lowerUnary } from './elementwise.ts';
import { lowerPatchGate, lowerPatchReuse, lowerPatchStatistics } from './gate.ts';
import { lowerMatMul } from './matmul.ts';
import { lowerLrn, lowerNormalization } from './normalise.ts';
import { lowerAveragePool, lowerGlobalPool, lowerMaxPool, lowerReduce } from './pool.ts';
import { lowerMaskedSoftmax, lowerSoftmax } from './softmax.ts';

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
  ['Softmax', lowerSoftmax],
  [MASKED_SOFTMAX, lowerMaskedSoftmax],
  ['LayerNormalization', lowerNormalization],
  ['RMSNormalization', lowerNormalization],
  ['InstanceNormalization', lowerNormalization],
  ['GroupNormalization', lowerNormalization],
  ['LRN', lowerLrn],
  ['MaxPool', lowerMaxPool],
  ['AveragePool', lowerAveragePool],
  ['GlobalAveragePool', (context, node) => lowerGlobalPool(context, node, 'average')],
  ['GlobalMaxPool', (context, node) => lowerGlobalPool(context, node, 'max')],
  ['ReduceMean', (context, node) => lowerReduce(context, node, 'average')],
  ['ReduceMax', (context, node) => lowerReduce(context, node, 'max')],
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
    'PRelu',
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
    'Max',
    'Min',
  ].map((op): [string, Rule] => [op, lowerUnary]),
]);

/** True for operators that have at least one int8 form. */
export function hasKernel(op: string): boolean {
  return RULES.has(op);
}
