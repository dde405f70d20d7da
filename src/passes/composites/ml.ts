/** What skl2onnx writes around networks (domain ai.onnx.ml, opset 1 to 5 of its specification). */
import { int } from '../../graph/build.ts';
import { floatTensor, int64Tensor } from '../../graph/tensor.ts';
import type { Node, Tensor } from '../../graph/types.ts';
import { DATA_TYPE } from '../../onnx/element-types.ts';
import { intAttribute, stringAttribute } from '../../ops/attributes.ts';
import { unsupported } from '../../ops/define.ts';
import type { Writer } from './writer.ts';

/** (x - offset) scale, each one number or one for each column. */
export function scaler(node: Node, { add, constant, give }: Writer): void {
  const row = (name: string, absent: number): string => {
    const given = node.attributes[name];
    const values = given?.kind === 'floats' ? given.value : [absent];
    return constant(floatTensor([values.length], values));
  };
  give(0, add('Mul', [add('Sub', [node.inputs[0]!, row('offset', 0)]), row('scale', 1)]));
}

/** Columns of a table by number: of classes that are called by their numbers, the numbers themselves. */
export function arrayFeatureExtractor(node: Node, { add, constant, constantOf, dtype, give }: Writer): void {
  const [x, y] = node.inputs as readonly [string, string];
  const flat = add('Reshape', [y, constant(int64Tensor([-1]))]);
  const table = constantOf(x);
  if (table === null || !isNumbered(table)) {
    give(0, add('Gather', [x, flat], { axis: int(-1) }));
    return;
  }
  const row = add('Unsqueeze', [flat, constant(int64Tensor([0]))]);
  give(0, table.dtype === dtype(row) ? row : add('Cast', [row], { to: int(DATA_TYPE[table.dtype]) }));
}

/** Whether a row is 0, 1, 2 ... */
function isNumbered({ dtype, shape, data }: Tensor): boolean {
  if ((dtype !== 'int64' && dtype !== 'int32') || shape.length > 2 || (shape.at(-2) ?? 1) !== 1) return false;
  return Array.from(data, Number).every((value, i) => value === i);
}

/** x over the sum of its magnitudes, or over its length, row by row. */
export function normalizer(node: Node, { add, constant, give }: Writer): void {
  const [x = ''] = node.inputs;
  const norm = stringAttribute(node, 'norm', 'MAX');
  const op = norm === 'L1' ? 'ReduceL1' : norm === 'L2' ? 'ReduceL2' : null;
  if (op === null) unsupported(node, `the norm ${norm}`);
  const size = add(op, [x, constant(int64Tensor([-1]))], { keepdims: int(1) });
  give(0, add('Div', [x, size]));
}

/** The scores of x: a dense layer. */
function scores(node: Node, { add, constant, shape }: Writer, rows: number): string {
  const [x = ''] = node.inputs;
  const columns = shape(x).at(-1) ?? 0;
  const numbers = (name: string): readonly number[] => {
    const given = node.attributes[name];
    return given?.kind === 'floats' ? given.value : [];
  };
  const [weights, bias] = [numbers('coefficients'), numbers('intercepts')];
  if (shape(x).length !== 2 || rows * columns !== weights.length || ![0, rows].includes(bias.length)) {
    unsupported(node, `${weights.length} coefficients for ${rows} scores of ${columns} numbers`);
  }
  const w = constant(floatTensor([rows, columns], weights));
  const operands = bias.length === 0 ? [x, w] : [x, w, constant(floatTensor([rows], bias))];
  return add('Gemm', operands, { transB: int(1) });
}

const TRANSFORMS: ReadonlyMap<string, string | null> = new Map([
  ['NONE', null],
  ['LOGISTIC', 'Sigmoid'],
  ['SOFTMAX', 'Softmax'],
]);

function transformed(node: Node, { add }: Writer, value: string): string {
  const name = stringAttribute(node, 'post_transform', 'NONE');
  const op = TRANSFORMS.get(name);
  if (op === undefined) unsupported(node, `the transform ${name}`);
  return op === null ? value : add(op, [value]);
}

/** The class of the greatest score, and what becomes of all scores. */
export function linearClassifier(node: Node, writer: Writer): void {
  const { add, constant, give, isRead } = writer;
  const { classlabels_ints: given } = node.attributes;
  if (given?.kind !== 'ints') unsupported(node, 'classes that are called by words');
  const classes = given.value.map(Number);
  const made = scores(node, writer, classes.length);
  if (isRead(0)) {
    const place = add('ArgMax', [made], { axis: int(1), keepdims: int(0) });
    const isOrder = classes.every((name, i) => name === i);
    give(0, isOrder ? place : add('Gather', [constant(int64Tensor(classes)), place]));
  }
  give(1, transformed(node, writer, made));
}

export function linearRegressor(node: Node, writer: Writer): void {
  writer.give(0, transformed(node, writer, scores(node, writer, intAttribute(node, 'targets', 1))));
}
