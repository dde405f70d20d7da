/**
 * Operators of sequences and optional values (ONNX, opset 11 and later). Which values are in a sequence is known beforehand, so that none
 * is there at run time.
 */
import { int } from '../../graph/build.ts';
import { int64Tensor } from '../../graph/tensor.ts';
import type { Node, Tensor } from '../../graph/types.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { badShape, normaliseAxis, unsupported } from '../../ops/define.ts';
import type { Expansion, Writer } from './writer.ts';

/** By name; places of the inputs that must be there. */
export const SEQUENCES: readonly (readonly [
  name: string,
  inputs: readonly number[],
  expansion: Expansion,
])[] = [
  ['SequenceEmpty', [], (_, { giveList }) => giveList(0, [])],
  ['SequenceConstruct', [0], ({ inputs }, { giveList }) => giveList(0, inputs)],
  ['SequenceInsert', [0, 1], insert],
  ['SequenceErase', [0], erase],
  ['SequenceAt', [0, 1], at],
  ['SequenceLength', [0], length],
  ['SplitToSequence', [0], split],
  ['ConcatFromSequence', [0], concat],
  ['Optional', [0], ({ inputs: [x = ''] }, { give }) => give(0, x)],
  ['OptionalGetElement', [0], ({ inputs: [x = ''] }, { give }) => give(0, x)],
  ['OptionalHasElement', [], hasElement],
];

function listOf(node: Node, writer: Writer): readonly string[] {
  return writer.listOf(node.inputs[0]!) ?? badShape(node, `"${node.inputs[0]}" is not a sequence`);
}

/** A place in a sequence, from the end where negative. @param count of places; @param absent where none is given */
function placeOf(node: Node, writer: Writer, input: number, count: number, absent: number): number {
  const name = node.inputs[input] ?? '';
  if (name === '') return absent;
  const tensor = writer.constantOf(name);
  if (tensor?.data.length !== 1) unsupported(node, 'a place that is computed at run time');
  const given = Number(tensor.data[0]);
  const place = given < 0 ? given + count : given;
  if (place < 0 || place > count) badShape(node, `place ${given} of a sequence of ${count}`);
  return place;
}

function insert(node: Node, writer: Writer): void {
  const list = listOf(node, writer);
  const place = placeOf(node, writer, 2, list.length, list.length);
  writer.giveList(0, list.toSpliced(place, 0, node.inputs[1]!));
}

function erase(node: Node, writer: Writer): void {
  const list = listOf(node, writer);
  writer.giveList(0, list.toSpliced(placeOf(node, writer, 1, list.length, list.length - 1), 1));
}

function at(node: Node, writer: Writer): void {
  const list = listOf(node, writer);
  const place = placeOf(node, writer, 1, list.length, 0);
  writer.give(0, list[place] ?? badShape(node, `place ${place} of a sequence of ${list.length}`));
}

function length(node: Node, writer: Writer): void {
  writer.give(0, writer.constant({ ...int64Tensor([listOf(node, writer).length]), shape: [] }));
}

function hasElement({ inputs: [x = ''] }: Node, { constant, give }: Writer): void {
  const truth: Tensor = { dtype: 'bool', shape: [], data: Uint8Array.of(x === '' ? 0 : 1) };
  give(0, constant(truth));
}

/** Parts of one size, of the sizes that are given, or, without any, of one without that axis. */
function split(node: Node, { add, addMany, constant, constantOf, giveList, shape }: Writer): void {
  const [x = '', sizes = ''] = node.inputs;
  const axis = normaliseAxis(node, intAttribute(node, 'axis', 0), shape(x).length);
  const size = shape(x)[axis]!;
  const given = sizes === '' ? null : constantOf(sizes);
  if (sizes !== '' && given === null) unsupported(node, 'sizes that are computed at run time');
  const wanted = given === null ? [1] : Array.from(given.data, Number);
  const evenly = given === null || given.shape.length === 0;
  const each = wanted[0]!;
  if (evenly && !(each > 0)) badShape(node, `parts of ${each}`);
  const parts = evenly
    ? Array.from({ length: Math.ceil(size / each) }, (_, i) => Math.min(each, size - i * each))
    : wanted;
  const names = addMany('Split', [x, constant(int64Tensor(parts))], parts.length, { axis: int(axis) });
  const squeezes = given === null && intAttribute(node, 'keepdims', 1) === 0;
  const axes = constant(int64Tensor([axis]));
  giveList(0, squeezes ? names.map((name) => add('Squeeze', [name, axes])) : names);
}

function concat(node: Node, writer: Writer): void {
  const { add, constant, give, shape } = writer;
  const list = listOf(node, writer);
  const [first] = list;
  if (first === undefined) badShape(node, 'a sequence of nothing');
  const isNew = intAttribute(node, 'new_axis', 0) !== 0;
  const axis = normaliseAxis(node, intAttribute(node, 'axis', 0), shape(first).length + (isNew ? 1 : 0));
  const axes = constant(int64Tensor([axis]));
  const parts = isNew ? list.map((name) => add('Unsqueeze', [name, axes])) : list;
  give(0, add('Concat', parts, { axis: int(axis) }));
}
