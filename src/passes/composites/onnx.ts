/** Composite operators of ONNX itself. */
import { int } from '../../graph/build.ts';
import { int64Tensor } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { DATA_TYPE } from '../../onnx/element-types.ts';
import { floatAttribute, intAttribute, intsAttribute } from '../../ops/attributes.ts';
import { badShape, normaliseAxes, normaliseAxis, unsupported } from '../../ops/define.ts';
import { attend, joinHeads, number, splitHeads, windowOf } from './attend.ts';
import type { Writer } from './writer.ts';

/** Of operator set 23 and later. */
export function attention(node: Node, writer: Writer): void {
  const { add, give, shape } = writer;
  const [x = '', , , mask = '', pastKey = '', pastValue = '', lengths = ''] = node.inputs;
  if (lengths !== '') unsupported(node, 'lengths of keys that are given at run time');
  const isFlat = shape(x).length === 3;
  const ranks = node.inputs.slice(0, 3).map((name) => shape(name).length);
  if (ranks.some((rank) => rank !== ranks[0] || rank < 3 || rank > 4))
    badShape(node, `operands of ${ranks.join(', ')} axes`);
  const heads = ['q_num_heads', 'kv_num_heads', 'kv_num_heads'].map((name) => intAttribute(node, name, 0));
  if (isFlat && heads.includes(0)) unsupported(node, 'inputs of three axes without numbers of heads');
  const [q = '', key = '', value = ''] = node.inputs
    .slice(0, 3)
    .map((name, i) => (isFlat ? splitHeads(node, writer, name, heads[i]!) : name));
  const behind = (past: string, now: string): string =>
    past === '' ? now : add('Concat', [past, now], { axis: int(2) });
  const [k, v] = [behind(pastKey, key), behind(pastValue, value)];
  const offset = pastKey === '' ? 0 : shape(pastKey)[2]!;
  const right = intAttribute(node, 'right_window_size', -1);
  const causal = intAttribute(node, 'is_causal', 0) === 0 ? right : 0;
  const [tokens, keys, size] = [shape(q)[2]!, shape(k)[2]!, shape(q)[3]!];
  if (mask !== '' && shape(mask).at(-1) !== keys) unsupported(node, 'a mask of fewer keys than there are');
  const chooses = mask !== '' && writer.dtype(mask) === 'bool';
  const stages = attend(node, writer, {
    ...{ q, k, v },
    scale: floatAttribute(node, 'scale', 1 / Math.sqrt(size)),
    softcap: floatAttribute(node, 'softcap', 0),
    bias: chooses ? '' : mask,
    counts: chooses ? mask : '',
    window: windowOf(tokens, keys, offset, intAttribute(node, 'left_window_size', -1), causal),
  });
  const { scores, capped, masked, weights } = stages;
  give(0, isFlat ? joinHeads(writer, stages.output) : stages.output);
  give(1, k);
  give(2, v);
  give(3, [scores, capped, masked, weights][intAttribute(node, 'qk_matmul_output_mode', 0)]!);
}

/** Numbers in the type of others, which is known beforehand. */
export function castLike({ inputs: [x, like] }: Node, { add, dtype, give }: Writer): void {
  give(0, add('Cast', [x!], { to: int(DATA_TYPE[dtype(like!)]) }));
}

/** What a constant chooses along an axis, or of all elements. */
export function compress(node: Node, { add, constant, constantOf, give, shape }: Writer): void {
  const [x, conditionName] = node.inputs as readonly [string, string];
  const condition = constantOf(conditionName);
  if (condition === null) unsupported(node, 'a condition that is computed at run time');
  const chosen = Array.from(condition.data, Number).flatMap((truth, i) => (truth === 0 ? [] : [i]));
  const whole = node.attributes.axis === undefined;
  const from = whole ? add('Reshape', [x, constant(int64Tensor([-1]))]) : x;
  const axis = normaliseAxis(node, intAttribute(node, 'axis', 0), shape(from).length);
  give(0, add('Gather', [from, constant(int64Tensor(chosen))], { axis: int(axis) }));
}

/** The first parts of each sequence of a batch, as many as it is long, the last of them first. */
export function reverseSequence(node: Node, writer: Writer): void {
  const { add, addMany, constant, constantOf, give, shape } = writer;
  const [x, lengthsName] = node.inputs as readonly [string, string];
  const lengths = constantOf(lengthsName);
  if (lengths === null) unsupported(node, 'lengths that are computed at run time');
  const rank = shape(x).length;
  const batchAxis = normaliseAxis(node, intAttribute(node, 'batch_axis', 1), rank);
  const timeAxis = normaliseAxis(node, intAttribute(node, 'time_axis', 0), rank);
  const [batch, times] = [shape(x)[batchAxis]!, shape(x)[timeAxis]!];
  const counts = Array.from(lengths.data, Number);
  if (counts.length !== batch || counts.some((count) => count < 0 || count > times)) {
    badShape(node, `lengths ${counts.join(', ')} of ${batch} sequences of ${times}`);
  }
  const turned = (value: string, count: number): string => {
    const order = Array.from({ length: times }, (_, i) => (i < count ? count - 1 - i : i));
    return add('Gather', [value, constant(int64Tensor(order))], { axis: int(timeAxis) });
  };
  if (new Set(counts).size === 1) {
    give(0, turned(x, counts[0]!));
    return;
  }
  const ones = constant(int64Tensor(Array(batch).fill(1)));
  const parts = addMany('Split', [x, ones], batch, { axis: int(batchAxis) });
  const all = parts.map((part, i) => turned(part, counts[i]!));
  give(0, add('Concat', all, { axis: int(batchAxis) }));
}

/** (x - mean) / (standard deviation + 1e-9) over the axes. */
export function meanVarianceNormalization(node: Node, writer: Writer): void {
  const { add, constant, give, shape } = writer;
  const [x] = node.inputs as readonly [string];
  const given = intsAttribute(node, 'axes', [0, 2, 3]);
  const axes = normaliseAxes(node, given, shape(x).length);
  const at = constant(int64Tensor(axes));
  const mean = (value: string): string => add('ReduceMean', [value, at], { keepdims: int(1) });
  const apart = add('Sub', [x, mean(x)]);
  const deviation = add('Sqrt', [mean(add('Mul', [apart, apart]))]);
  give(0, add('Div', [apart, add('Add', [deviation, number(writer, 1e-9)])]));
}
