/**
 * Which nodes of a QDQ model ONNX Runtime computes in integers on x86-64 (CPU provider, all optimisations). The rules are
 * those of its QDQ transformers (onnxruntime/core/optimizer/qdq_transformer, version 1.30), stated anew; the tests
 * compare them, node by node, with the model that ONNX Runtime makes.
 */
import { consumers, outputValues, producers } from '../../graph/rewrite.ts';
import type { DType, Graph, Node } from '../../graph/types.ts';
import { roundHalfToEven } from '../../numbers/rounding.ts';
import { floatAttribute } from '../../ops/attributes.ts';
import { limitsOf } from '../../passes/limits.ts';
import { removeIdentity } from '../../passes/remove-identity.ts';
import { fuseMatmulAdd } from './fuse-matmul-add.ts';
import { isPerTensor, propagateQdq } from './propagate.ts';

/** What becomes of a node. */
export type Fate =
  /** Computes with the codes; `runs` is the operator that ONNX Runtime makes of it. */
  | { readonly node: Node; readonly kind: 'integer'; readonly runs: string }
  /** Moves the codes. */
  | { readonly node: Node; readonly kind: 'moves' }
  /** Goes away: a Relu or Clip in the limits of the codes. */
  | { readonly node: Node; readonly kind: 'absorbed' }
  /** Computes in float between DequantizeLinear and QuantizeLinear. */
  | { readonly node: Node; readonly kind: 'float'; readonly why: string };

/**
 * The fate of every node but Q, DQ, and an Add that becomes the bias of the MatMul before it.
 * @param graph as `resolveModel` gives it: shapes known, Q and DQ still nodes
 * @param opset of the model file
 */
export function fatesOf(graph: Graph, opset: number): readonly Fate[] {
  const given = fuseMatmulAdd(removeIdentity(graph));
  const propagated = propagateQdq(given, opset);
  const view: QdqView = {
    graph: propagated,
    opset,
    makers: producers(propagated),
    readers: consumers(propagated),
    outputs: outputValues(propagated),
  };
  // Propagation adds Q and DQ only: the other nodes keep their order.
  const others = given.nodes.filter((node) => !isQdq(node));
  return propagated.nodes
    .filter((node) => !isQdq(node))
    .map((node, i) => ({ ...fateOf(view, node), node: others[i]! }));
}

type QdqView = {
  readonly graph: Graph;
  readonly opset: number;
  readonly makers: ReadonlyMap<string, Node>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
  readonly outputs: ReadonlySet<string>;
};

const isQdq = ({ op }: Node): boolean => op === 'QuantizeLinear' || op === 'DequantizeLinear';

/** Integer forms of operators of one or two activations, whose types must be one. */
const POINTWISE: ReadonlyMap<string, string> = new Map([
  ['AveragePool', 'QLinearAveragePool'],
  ['GlobalAveragePool', 'QLinearGlobalAveragePool'],
  ['LeakyRelu', 'QLinearLeakyRelu'],
  ['Sigmoid', 'QLinearSigmoid'],
  ['Softmax', 'QLinearSoftmax'],
  ['Add', 'QLinearAdd'],
  ['Mul', 'QLinearMul'],
  ['Concat', 'QLinearConcat'],
]);

/** Operators that read and write the codes themselves where both have one scale. */
const MOVERS = new Set([
  'Expand',
  'Flatten',
  'Gather',
  'GatherElements',
  'MaxPool',
  'ReduceMax',
  'ReduceMin',
  'Reshape',
  'Resize',
  'Slice',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
]);

/** Operators whose integer forms need the lowest code to be the least value. */
const ORDERED = new Set(['MaxPool', 'ReduceMax', 'ReduceMin']);

function fateOf(view: QdqView, node: Node): Fate {
  if (isRedundantLimit(view, node)) return { node, kind: 'absorbed' };
  const why = whyFloat(view, node);
  if (why !== null) return { node, kind: 'float', why };
  return MOVERS.has(node.op)
    ? { node, kind: 'moves' }
    : { node, kind: 'integer', runs: integerForm(view, node) };
}

function integerForm(view: QdqView, node: Node): string {
  switch (node.op) {
    case 'Conv':
      return 'QLinearConv';
    case 'Gemm':
      return 'QGemm';
    case 'MatMul':
      return codesBehind(view, node.outputs[0]!) === null ? 'MatMulIntegerToFloat' : 'QLinearMatMul';
    default:
      return POINTWISE.get(node.op)!;
  }
}

/** Why the node stays in float; null where it does not. */
function whyFloat(view: QdqView, node: Node): string | null {
  switch (node.op) {
    case 'Conv':
    case 'Gemm':
    case 'MatMul':
      return whyLinear(view, node);
    default:
      if (POINTWISE.has(node.op)) return whyPointwise(view, node);
      if (MOVERS.has(node.op)) return whyMover(view, node);
      return `ONNX Runtime has no integer form of ${node.op}`;
  }
}

function whyLinear(view: QdqView, node: Node): string | null {
  const [x = '', w = '', bias = ''] = node.inputs;
  const y = node.outputs[0]!;
  const codes = codesOf(view, x);
  if (codes === null) return notQuantized(x);
  const out = codesBehind(view, y);
  if (out === null && (node.op === 'Conv' || !endsInFloat(view, y))) return whyNotBehind(view, y);
  // ONNX Runtime itself quantises float weights and biases of a node that is quantised before and behind.
  const mayQuantize = out !== null && node.op !== 'MatMul' && isPerTensor(view.graph, view.makers.get(x)!);
  const isInteger = (name: string): boolean =>
    codesOf(view, name) !== null || (mayQuantize && view.graph.constants.has(name));
  const open = [w, bias].find((name) => name !== '' && !isInteger(name));
  if (open !== undefined) return notQuantized(open);
  if (node.op === 'Gemm' && bias !== '' && floatAttribute(node, 'beta', 1) !== 1) return 'its beta is not 1';

  if (node.op === 'Conv' && codesOf(view, bias) !== null && !biasFits(view, x, w, bias)) {
    return `the scale of "${bias}" is not that of the products`;
  }

  const type = codeType(view, codes);
  const weights = codesOf(view, w);
  const weightType = weights === null ? 'int8' : view.graph.values.get(weights)!.dtype;
  if (type === 'int8' && node.op !== 'Gemm') return whySigned(view, codes);
  if (type === 'int8' && weightType !== 'int8') return 'its activations are int8 and its weights are not';
  return out === null ? null : whyMixed(view, [codes, out]);
}

/** Whether the scale of a bias is that of the products, within what ONNX Runtime tolerates from 1.27 on. */
function biasFits(view: QdqView, x: string, w: string, bias: string): boolean {
  const [input, weights, biases] = [x, w, bias].map((name) => {
    const scale = view.makers.get(name)?.inputs[1] ?? '';
    return view.graph.constants.get(scale)?.data as Float32Array | undefined;
  });
  if (input?.length !== 1 || weights === undefined || biases === undefined) return false;
  return biases.every((scale, i) => {
    const product = input[0]! * (weights[weights.length === 1 ? 0 : i] ?? Number.NaN);
    return Math.abs(scale - product) <= 1e-6 + 0.01 * product;
  });
}

function whyPointwise(view: QdqView, node: Node): string | null {
  const codes = node.inputs.map((name) => codesOf(view, name));
  const open = codes.indexOf(null);
  if (open >= 0) return notQuantized(node.inputs[open]!);
  const out = codesBehind(view, node.outputs[0]!);
  if (out === null) return whyNotBehind(view, node.outputs[0]!);
  return whyMixed(view, [...(codes as readonly string[]), out]);
}

function whyMover(view: QdqView, node: Node): string | null {
  if (node.op === 'MaxPool' && view.opset < 12) return 'MaxPool has an integer form from opset 12 on';
  const [x = ''] = node.inputs;
  const codes = codesOf(view, x);
  if (codes === null) return view.graph.values.get(x)!.dtype === 'float32' ? notQuantized(x) : null;
  const dequantize = view.makers.get(x)!;
  for (const y of node.outputs.filter((name) => name !== '')) {
    const out = codesBehind(view, y);
    if (out === null) return whyNotBehind(view, y);
    if (!sameParameters(view, dequantize, view.makers.get(out)!))
      return `"${x}" and "${y}" have different scales`;
    const mixed = whyMixed(view, [codes, out]);
    if (mixed !== null) return mixed;
  }
  const scale = view.graph.constants.get(dequantize.inputs[1]!)!.data[0]!;
  return ORDERED.has(node.op) && scale <= 0 ? 'its scale is not positive' : null;
}

/** The codes that a DequantizeLinear makes the value of; null if none does. */
function codesOf(view: QdqView, name: string): string | null {
  const maker = view.makers.get(name);
  return maker?.op === 'DequantizeLinear' ? maker.inputs[0]! : null;
}

/** The codes that the value is quantised to, behind a Relu or Clip that goes away; null if it is read in float. */
function codesBehind(view: QdqView, name: string): string | null {
  const [reader, ...others] = view.readers.get(name) ?? [];
  if (reader === undefined || others.length > 0 || view.outputs.has(name)) return null;
  if (reader.op === 'QuantizeLinear') return reader.outputs[0]!;
  return isRedundantLimit(view, reader) ? codesBehind(view, reader.outputs[0]!) : null;
}

/** Whether nothing quantises the value, and no Relu or Clip stands between it and its reader. */
function endsInFloat(view: QdqView, name: string): boolean {
  const readers = view.readers.get(name) ?? [];
  const [reader] = readers;
  const limited =
    readers.length === 1 &&
    (reader!.op === 'Relu' || reader!.op === 'Clip') &&
    !view.outputs.has(reader!.outputs[0]!) &&
    edgesOf(view, reader!.outputs[0]!) === 1;
  return !limited && readers.every(({ op }) => op !== 'QuantizeLinear');
}

/** Reads of a value by nodes and by a model output. */
function edgesOf(view: QdqView, name: string): number {
  const reads = (view.readers.get(name) ?? []).map(
    ({ inputs }) => inputs.filter((input) => input === name).length,
  );
  return reads.reduce((sum, count) => sum + count, view.outputs.has(name) ? 1 : 0);
}

/**
 * The type with which ONNX Runtime computes. It makes int8 codes uint8 where they go from one QuantizeLinear through one
 * DequantizeLinear to one reader.
 */
function codeType(view: QdqView, codes: string): DType {
  const { dtype } = view.graph.values.get(codes)!;
  const maker = view.makers.get(codes);
  const readers = view.readers.get(codes) ?? [];
  const [reader] = readers;
  const paired =
    dtype === 'int8' &&
    maker?.op === 'QuantizeLinear' &&
    readers.length === 1 &&
    reader!.op === 'DequantizeLinear' &&
    !view.outputs.has(codes) &&
    edgesOf(view, reader!.outputs[0]!) === 1 &&
    sameZeroPoint(view, maker, reader!);
  return paired ? 'uint8' : dtype;
}

/** Whether two Q or DQ state one zero point, the same distance from the lowest code of its type. */
function sameZeroPoint({ graph }: QdqView, a: Node, b: Node): boolean {
  const [first, second] = [a, b].map((node) => {
    const zeroPoint = graph.constants.get(node.inputs[2] ?? '');
    const lowest = CODE_RANGES.get(zeroPoint?.dtype ?? 'float32')?.[0];
    return zeroPoint?.data.length === 1 && lowest !== undefined ? Number(zeroPoint.data[0]) - lowest : null;
  });
  return first !== null && first === second;
}

function sameParameters(view: QdqView, a: Node, b: Node): boolean {
  const [first, second] = [a, b].map((node) => view.graph.constants.get(node.inputs[1] ?? ''));
  return (
    isPerTensor(view.graph, a) &&
    isPerTensor(view.graph, b) &&
    first?.data[0] === second?.data[0] &&
    sameZeroPoint(view, a, b)
  );
}

/** A Relu or Clip that the limits of the codes behind it imply. */
function isRedundantLimit(view: QdqView, node: Node): boolean {
  const limits = limitsOf(view.graph, node);
  if (limits === null) return false;
  const [y = ''] = node.outputs;
  const [quantize, ...others] = view.readers.get(y) ?? [];
  if (quantize?.op !== 'QuantizeLinear' || others.length > 0 || view.outputs.has(y)) return false;
  const { constants, values } = view.graph;
  const [, scaleName = '', zeroPointName = ''] = quantize.inputs;
  const scale = constants.get(scaleName);
  const zeroPoint = zeroPointName === '' ? 0 : constants.get(zeroPointName)?.data[0];
  const range = CODE_RANGES.get(values.get(quantize.outputs[0]!)!.dtype);
  if (scale === undefined || scale.shape.length > 0 || zeroPoint === undefined || range === undefined)
    return false;
  const [lowest, highest] = range;
  const code = (real: number): number => roundHalfToEven(real / Number(scale.data[0])) + Number(zeroPoint);
  return code(limits.min) <= lowest && code(limits.max) >= highest;
}

const CODE_RANGES: ReadonlyMap<DType, readonly [lowest: number, highest: number]> = new Map([
  ['int8', [-128, 127]],
  ['uint8', [0, 255]],
  ['int16', [-32768, 32767]],
  ['uint16', [0, 65535]],
]);

function notQuantized(name: string): string {
  return `"${name}" is not quantised`;
}

/** Why nothing quantises the value for all its readers. */
function whyNotBehind(view: QdqView, name: string): string {
  const readers = view.readers.get(name) ?? [];
  const reader = readers.find(({ op }) => op !== 'QuantizeLinear');
  if (view.outputs.has(name)) return `"${name}" leaves the model in float`;
  if (reader === undefined) return `"${name}" is quantised in ${readers.length} ways`;
  const limit = reader.op === 'Relu' || reader.op === 'Clip';
  const quantized = (view.readers.get(reader.outputs[0]!) ?? []).some(({ op }) => op === 'QuantizeLinear');
  return limit && quantized
    ? `${reader.op} "${reader.name}" behind it is not in the limits of the codes`
    : `"${reader.name}" (${reader.op}) reads "${name}" in float`;
}

function whySigned(view: QdqView, codes: string): string {
  if (!view.makers.has(codes)) return `"${codes}" enters the model as int8`;
  if (view.outputs.has(codes)) return `"${codes}" leaves the model as int8`;
  return `"${codes}" is int8; only codes that one node reads, through DequantizeLinear, are made uint8`;
}

/** Why codes that must have one type have several; null if they have one. */
function whyMixed(view: QdqView, names: readonly string[]): string | null {
  const types = new Set(names.map((name) => codeType(view, name)));
  if (types.size === 1) return null;
  const signed = names.find((name) => codeType(view, name) === 'int8');
  return `its codes are of ${[...types].join(' and ')}${signed === undefined ? '' : `: ${whySigned(view, signed)}`}`;
}
