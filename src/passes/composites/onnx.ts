/** Composite operators of ONNX itself (Attention, operator set 23 and later). */
import { int } from '../../graph/build.ts';
import type { Node } from '../../graph/types.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { badShape, unsupported } from '../../ops/define.ts';
import { attend, joinHeads, splitHeads, windowOf } from './attend.ts';
import type { Writer } from './writer.ts';

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
