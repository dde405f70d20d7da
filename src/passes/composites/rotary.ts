/** RotaryEmbedding of ONNX (opset 23 and later) and of ONNX Runtime. */
import { int } from '../../graph/build.ts';
import { int64Tensor } from '../../graph/tensor.ts';
import type { Node } from '../../graph/types.ts';
import { floatAttribute, intAttribute } from '../../ops/attributes.ts';
import { badShape, unsupported } from '../../ops/define.ts';
import { joinHeads, splitHeads } from './attend.ts';
import type { Writer } from './writer.ts';

/**
 * Pairs of channels turned by angles, in the order of ONNX: x [batch, heads, tokens, size] or [batch, tokens, heads size], tables of
 * cosines and sines, places.
 */
export function rotaryEmbedding(node: Node, writer: Writer): void {
  const [x = '', cos = '', sin = '', places = ''] = node.inputs;
  rotate(node, writer, { x, cos, sin, places });
}

/** The same with places behind x. */
export function microsoftRotaryEmbedding(node: Node, writer: Writer): void {
  const { add, constant, shape } = writer;
  const [x = '', given = '', cos = '', sin = ''] = node.inputs;
  if (floatAttribute(node, 'scale', 1) !== 1 || intAttribute(node, 'is_packed_batching', 0) !== 0) {
    unsupported(node, 'a scale, or packed batches');
  }
  const rank = shape(x).length;
  const [batch, tokens] = [shape(x)[0]!, shape(x)[rank - 2]!];
  const isOffset = shape(given).length === 1;
  const order = constant({ ...int64Tensor(Array.from({ length: tokens }, (_, i) => i)), shape: [1, tokens] });
  const counted = isOffset ? add('Add', [order, given]) : given;
  const places =
    isOffset && batch > 1 ? add('Expand', [counted, constant(int64Tensor([batch, tokens]))]) : counted;
  rotate(node, writer, { x, cos, sin, places });
}

type Rotary = { readonly x: string; readonly cos: string; readonly sin: string; readonly places: string };

function rotate(node: Node, writer: Writer, { x, cos, sin, places }: Rotary): void {
  const { add, constant, give, shape } = writer;
  const isFlat = shape(x).length === 3;
  if (!isFlat && shape(x).length !== 4) badShape(node, `an input of ${shape(x).length} axes`);
  const table = shape(cos).at(-1)!;
  const heads = intAttribute(node, 'num_heads', 0);
  const stated = intAttribute(node, 'rotary_embedding_dim', 0);
  const whole = isFlat ? shape(x)[2]! : shape(x)[3]!;
  const own = isFlat ? whole / (heads || whole / (2 * table)) : whole;
  const parted = isFlat ? splitHeads(node, writer, x, whole / own) : x;
  const turned = stated === 0 ? own : stated;
  if (turned !== 2 * table || turned > own) badShape(node, `${turned} of ${own} channels by ${table} angles`);
  const slice = (value: string, first: number, last: number, step = 1): string => {
    const at = [first, last, 3, step].map((n) => constant(int64Tensor([n])));
    return add('Slice', [value, ...at]);
  };
  const byHead = (name: string): string => {
    const rows = places === '' ? name : add('Gather', [name, places]);
    return add('Unsqueeze', [rows, constant(int64Tensor([1]))]);
  };
  const [c, s] = [byHead(cos), byHead(sin)];
  const interleaved = intAttribute(node, 'interleaved', 0) !== 0;
  const a = interleaved ? slice(parted, 0, turned, 2) : slice(parted, 0, table);
  const b = interleaved ? slice(parted, 1, turned, 2) : slice(parted, table, turned);
  const real = add('Sub', [add('Mul', [a, c]), add('Mul', [b, s])]);
  const imaginary = add('Add', [add('Mul', [a, s]), add('Mul', [b, c])]);
  const last = constant(int64Tensor([-1]));
  const pairs = [real, imaginary].map((part) => (interleaved ? add('Unsqueeze', [part, last]) : part));
  const joined = add('Concat', pairs, { axis: int(-1) });
  const sizes = shape(parted).with(3, turned);
  const flat = interleaved ? add('Reshape', [joined, constant(int64Tensor(sizes))]) : joined;
  const rest = turned === own ? flat : add('Concat', [flat, slice(parted, turned, own)], { axis: int(3) });
  give(0, isFlat ? joinHeads(writer, rest) : rest);
}
