/**
 * What ONNX Runtime's optimisers for transformers fuse (domain com.microsoft, its ContribOperators documentation), as the nodes of ONNX
 * that it stands for.
 */
import { float, int, ints, string } from '../../graph/build.ts';
import { int64Tensor } from '../../graph/tensor.ts';
import type { Attribute, Node, Tensor } from '../../graph/types.ts';
import { floatAttribute, intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { badShape, unsupported } from '../../ops/define.ts';
import { attend, joinHeads, number, splitHeads, windowOf } from './attend.ts';
import type { Expansion, Writer } from './writer.ts';

/** y = f(x + bias). */
function biased(op: string, attributes: Readonly<Record<string, Attribute>>): Expansion {
  return ({ inputs: [x = '', bias = ''] }, { add, give }) =>
    give(0, add(op, [bias === '' ? x : add('Add', [x, bias])], attributes));
}

function quickGelu(node: Node, { add, give }: Writer): void {
  give(0, add('Swish', [node.inputs[0]!], { alpha: float(floatAttribute(node, 'alpha', 1.702)) }));
}

/** (x, skip, gamma, beta, bias): the normalised sum, and the sum as the fourth output. Without beta of its own where it is of the mean square. */
function skipNormalization(op: 'LayerNormalization' | 'RMSNormalization'): Expansion {
  return (node, writer) => {
    const { add, give } = writer;
    const [x = '', skip = '', gamma = '', ...rest] = node.inputs;
    const [beta, bias = ''] = op === 'LayerNormalization' ? rest : ['', ...rest];
    refuseStatistics(node, writer, [1, 2]);
    const added = bias === '' ? x : add('Add', [x, bias]);
    const sum = add('Add', [added, skip]);
    const parameters = beta === undefined || beta === '' ? [gamma] : [gamma, beta];
    give(0, add(op, [sum, ...parameters], { epsilon: epsilonOf(node, 1e-12) }));
    give(3, sum);
  };
}

/** ONNX Runtime writes it in the default domain. */
export function simplifiedNormalization(node: Node, writer: Writer): void {
  const { add, give } = writer;
  const [x = '', gamma = ''] = node.inputs;
  refuseStatistics(node, writer, [1]);
  const axis = int(intAttribute(node, 'axis', -1));
  give(0, add('RMSNormalization', [x, gamma], { axis, epsilon: epsilonOf(node, 1e-5) }));
}

/** ONNX Runtime has another default than ONNX where it fuses. */
const epsilonOf = (node: Node, absent: number) => float(floatAttribute(node, 'epsilon', absent));

function refuseStatistics(node: Node, writer: Writer, places: readonly number[]): void {
  if (places.some(writer.isRead)) unsupported(node, 'statistics as outputs, which only training reads');
}

/** Words, places and segments, each out of its table, summed and normalised; the second output is how many words count. */
function embedNormalization(node: Node, { add, constant, give, isRead, shape }: Writer): void {
  const [
    ids = '',
    segments = '',
    words = '',
    places = '',
    kinds = '',
    gamma = '',
    beta = '',
    mask = '',
    at = '',
  ] = node.inputs;
  if (shape(ids).length !== 2) badShape(node, `words of ${shape(ids).length} axes`);
  const [batch, length] = shape(ids) as [number, number];
  const order = at === '' ? constant(int64Tensor(Array.from({ length }, (_, i) => i))) : at;
  const found = add('Gather', [words, ids]);
  const placed = add('Add', [found, add('Gather', [places, order])]);
  const sum = segments === '' ? placed : add('Add', [placed, add('Gather', [kinds, segments])]);
  give(0, add('LayerNormalization', [sum, gamma, beta], { epsilon: epsilonOf(node, 1e-12) }));
  const none: Tensor = { dtype: 'int32', shape: [batch], data: new Int32Array(batch) };
  const ones = () => add('ReduceSum', [mask, constant(int64Tensor([1]))], { keepdims: int(0) });
  if (isRead(1)) give(1, mask === '' ? constant(none) : ones());
  give(2, sum);
}

/** One product makes queries, keys and values of all heads. */
function attention(node: Node, writer: Writer): void {
  const { add, addMany, constant, shape } = writer;
  const [x = '', weights = '', bias = '', mask = '', past = '', added = ''] = node.inputs;
  if (past !== '' || intAttribute(node, 'do_rotary', 0) !== 0) {
    unsupported(node, 'a cache of keys and values, or rotary places');
  }
  const product = add('MatMul', [x, weights]);
  if (shape(product).length !== 3) badShape(node, `an input of ${shape(x).length} axes`);
  const all = bias === '' ? product : add('Add', [product, bias]);
  const given = node.attributes.qkv_hidden_sizes;
  const third = shape(all)[2]! / 3;
  const sizes = given?.kind === 'ints' ? given.value.map(Number) : [third, third, third];
  const parts = addMany('Split', [all, constant(int64Tensor(sizes))], 3, { axis: int(2) });
  attendHeads(node, writer, parts, mask, added);
}

/** Queries, keys and values as they are, [batch, tokens, all heads], plus one bias for all three. */
function multiHeadAttention(node: Node, writer: Writer): void {
  const { add, addMany, constant, shape } = writer;
  const [q = '', k = '', v = '', bias = '', mask = '', added = '', pastKey = '', pastValue = ''] =
    node.inputs;
  if (
    k === '' ||
    v === '' ||
    [q, k, v].some((name) => shape(name).length !== 3) ||
    pastKey + pastValue !== ''
  ) {
    unsupported(node, 'packed queries, keys and values, or a cache of them');
  }
  const sizes = constant(int64Tensor([q, k, v].map((name) => shape(name)[2]!)));
  const biases = bias === '' ? null : addMany('Split', [bias, sizes], 3, { axis: int(0) });
  const parts = [q, k, v].map((name, i) => (biases === null ? name : add('Add', [name, biases[i]!])));
  attendHeads(node, writer, parts, mask, added);
}

function attendHeads(node: Node, writer: Writer, parts: readonly string[], mask: string, bias: string): void {
  const { add, constant, give, shape } = writer;
  const heads = intAttribute(node, 'num_heads', 1);
  const [q, k, v] = parts.map((part) => splitHeads(node, writer, part, heads)) as [string, string, string];
  const [batch, , tokens, size] = shape(q) as [number, number, number, number];
  const keys = shape(k)[2]!;
  const axes = mask === '' ? [] : shape(mask);
  const isRaw = axes.length === 3 || (axes.length === 2 && axes[1] === keys);
  if (mask !== '' && !isRaw) unsupported(node, 'a mask that says lengths instead of which words count');
  const wide = [batch, 1, axes.length === 3 ? tokens : 1, keys];
  const scale = floatAttribute(node, 'scale', 0);
  const { output } = attend(node, writer, {
    ...{ q, k, v, bias },
    scale: scale === 0 ? 1 / Math.sqrt(size) : scale,
    softcap: 0,
    counts: mask === '' ? '' : add('Reshape', [mask, constant(int64Tensor(wide))]),
    window: windowOf(tokens, keys, 0, -1, intAttribute(node, 'unidirectional', 0) === 0 ? -1 : 0),
  });
  give(0, joinHeads(writer, output));
}

function fusedMatMul(node: Node, writer: Writer): void {
  const { add, give, shape } = writer;
  if (intAttribute(node, 'transBatchA', 0) + intAttribute(node, 'transBatchB', 0) !== 0) {
    unsupported(node, 'batches that are transposed');
  }
  const [a, b] = node.inputs.map((name, i) => {
    if (intAttribute(node, i === 0 ? 'transA' : 'transB', 0) === 0) return name;
    const order = shape(name).map((_, axis) => axis);
    return add('Transpose', [name], {
      perm: ints([...order.slice(0, -2), order.length - 1, order.length - 2]),
    });
  }) as [string, string];
  const product = add('MatMul', [a, b]);
  const alpha = floatAttribute(node, 'alpha', 1);
  give(0, alpha === 1 ? product : add('Mul', [product, number(writer, alpha)]));
}

/** An operator with an activation behind it, and of FusedConv a sum before that. */
function withActivation(op: string): Expansion {
  return (node, writer) => {
    const { add, give } = writer;
    const { activation: _, activation_params: given, ...rest } = node.attributes;
    const attributes = Object.fromEntries(
      Object.entries(rest).filter(([name]) => !name.startsWith('activation_')),
    );
    const computed = add(op, node.inputs.slice(0, 3), attributes);
    const sum = node.inputs[3] ? add('Add', [computed, node.inputs[3]]) : computed;
    const listed = given?.kind === 'floats' ? given.value : [];
    const name = stringAttribute(node, 'activation', '');
    const [
      a = floatAttribute(node, 'activation_alpha', 0.01),
      b = floatAttribute(node, 'activation_beta', 0),
    ] = listed;
    if (name === '') give(0, sum);
    else if (name === 'Clip') give(0, add('Clip', [sum, number(writer, a), number(writer, b)]));
    else if (name === 'LeakyRelu') give(0, add(name, [sum], { alpha: float(a) }));
    else if (name === 'HardSigmoid') give(0, add(name, [sum], { alpha: float(a), beta: float(b) }));
    else if (['Relu', 'Tanh', 'Sigmoid'].includes(name)) give(0, add(name, [sum]));
    else unsupported(node, `the activation ${name}`);
  };
}

const TANH = { approximate: string('tanh') };

/** By their names behind `com.microsoft::`; places of the inputs that must be there. */
export const MICROSOFT: readonly (readonly [
  name: string,
  inputs: readonly number[],
  expansion: Expansion,
])[] = [
  ['Gelu', [0], biased('Gelu', {})],
  ['BiasGelu', [0, 1], biased('Gelu', {})],
  ['FastGelu', [0], biased('Gelu', TANH)],
  ['QuickGelu', [0], quickGelu],
  ['SkipLayerNormalization', [0, 1, 2], skipNormalization('LayerNormalization')],
  ['SkipSimplifiedLayerNormalization', [0, 1, 2], skipNormalization('RMSNormalization')],
  ['EmbedLayerNormalization', [0, 2, 3, 5, 6], embedNormalization],
  ['Attention', [0, 1], attention],
  ['MultiHeadAttention', [0, 1, 2], multiHeadAttention],
  ['FusedMatMul', [0, 1], fusedMatMul],
  ['FusedConv', [0, 1], withActivation('Conv')],
  ['FusedGemm', [0, 1], withActivation('Gemm')],
];
