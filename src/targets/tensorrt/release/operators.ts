/**
 * Which operators the ONNX parser of each release takes. Read in the parsers' own sources and support tables
 * (onnx/onnx-tensorrt: the importers and docs/operators.md of branches 8.2-GA, 8.4-GA, 8.5-GA, 8.6-GA and 10.1-GA, docs/operators.md
 * as of NVIDIA/TensorRT 10.16 and 11.1, docs/Changelog.md up to 10.15). Where source and table differ, the later release counts.
 */
import type { Graph, Node } from '../../../graph/types.ts';
import { isBefore } from './order.ts';
import type { Release, ReleaseId } from './release.ts';
import { restrictionsOf } from './restrictions.ts';
import type { Unparsable } from './unparsable.ts';

/** Operators by the first release that has them, in the order of `src/ops`. */
const OPERATORS: Readonly<Record<ReleaseId | 'none', readonly string[]>> = {
  '8.2': [
    ...['Conv', 'ConvTranspose', 'Gemm', 'MatMul', 'Einsum'],
    ...['MaxPool', 'AveragePool', 'GlobalAveragePool', 'GlobalMaxPool'],
    ...['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Max', 'Min', 'Sum', 'Mean', 'PRelu'],
    ...['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Not'],
    ...['Relu', 'Clip', 'LeakyRelu', 'ThresholdedRelu', 'Elu', 'Celu', 'Selu'],
    ...['Sigmoid', 'HardSigmoid', 'Softplus', 'Softsign', 'Tanh', 'Erf', 'Exp', 'Log', 'Sqrt'],
    ...['Sin', 'Cos', 'Tan', 'Asin', 'Acos', 'Atan', 'Sinh', 'Cosh', 'Asinh', 'Acosh', 'Atanh'],
    ...['Abs', 'Neg', 'Ceil', 'Floor', 'Sign', 'Round', 'IsNaN', 'Identity', 'Dropout', 'Cast'],
    ...['Softmax', 'LogSoftmax', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose'],
    ...['Concat', 'Split', 'Slice', 'Pad', 'Expand', 'Tile', 'Where', 'DepthToSpace', 'SpaceToDepth'],
    ...['Gather', 'GatherElements', 'GatherND', 'ScatterElements', 'ScatterND'],
    ...['Shape', 'Size', 'ConstantOfShape', 'Range', 'EyeLike'],
    ...['ReduceMean', 'ReduceSum', 'ReduceMax', 'ReduceMin', 'ReduceProd', 'ReduceL1', 'ReduceL2'],
    ...['ReduceSumSquare', 'ReduceLogSum', 'ReduceLogSumExp', 'ArgMax', 'ArgMin'],
    ...['BatchNormalization', 'InstanceNormalization', 'LRN', 'Resize', 'RNN', 'GRU', 'LSTM'],
    ...['TopK', 'CumSum', 'QuantizeLinear', 'DequantizeLinear'],
    // Our own, which files hold as standard operators.
    ...['tinyml::Silu', 'tinyml::MaskedSoftmax', 'tinyml::LinearAttention'],
    ...['tinyml::PatchStatistics', 'tinyml::PatchGate', 'tinyml::PatchReuse'],
  ],
  '8.5': ['Mod', 'Xor', 'HardSwish', 'Shrink', 'Reciprocal', 'Trilu', 'OneHot'],
  '8.6': ['IsInf', 'GroupNormalization', 'LayerNormalization'],
  '10.3': ['Mish', 'Gelu', 'Hardmax'],
  '10.13': [],
  '10.16': ['RMSNormalization'],
  '11.4': ['Swish'],
  none: [
    ...['QLinearConv', 'ConvInteger', 'QLinearMatMul', 'MatMulInteger', 'DynamicQuantizeLinear'],
    'tinyml::Requantise',
  ],
};

const SINCE: ReadonlyMap<string, ReleaseId | null> = new Map(
  Object.entries(OPERATORS).flatMap(([id, names]) =>
    names.map((name) => [name, id === 'none' ? null : (id as ReleaseId)] as const),
  ),
);

/** Operators that `forms/` writes with others where a release lacks them. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['Xor', 'Or, And and Not'],
  ['HardSwish', 'x * HardSigmoid(x)'],
  ['Shrink', 'Where with comparisons'],
  ['Reciprocal', '1 / x'],
  ['GroupNormalization', 'InstanceNormalization between Reshapes'],
  ['LayerNormalization', 'ReduceMean, Sub, Mul, Sqrt, Div'],
  ['RMSNormalization', 'Mul, ReduceMean, Sqrt, Div'],
  ['Mish', 'x * Tanh(Softplus(x))'],
  ['Gelu', 'Erf or Tanh, with Mul and Add'],
  ['Swish', 'x * Sigmoid(alpha * x)'],
]);

/** The first release whose parser knows the operator by name; null where none does. */
export function operatorRelease(op: string): ReleaseId | null {
  return SINCE.get(op) ?? null;
}

/**
 * Everything of the graph that the parser of the release does not take, in the order of the nodes.
 * Not in it: the rules of QuantizeLinear and DequantizeLinear, and the opset, which a Graph does not have.
 * @param graph as `resolveModel` gives it, with Q and DQ as nodes
 */
export function unparsable(graph: Graph, release: Release): readonly Unparsable[] {
  return graph.nodes.flatMap((node) => faultsOf(node, graph, release));
}

function faultsOf(node: Node, graph: Graph, release: Release): readonly Unparsable[] {
  const { name, op } = node;
  const since = operatorRelease(op);
  if (!isBefore(release.id, since)) return restrictionsOf(node, graph, release);
  const reason = since === null ? `no release parses ${op}` : `${op} came with ${since}`;
  return [{ node: name, op, reason, since, instead: INSTEAD.get(op) ?? null }];
}
