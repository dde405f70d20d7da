/** What skl2onnx writes around networks (domain ai.onnx.ml, opset 1 to 5 of its specification). */
import { int } from '../../graph/build.ts';
import { floatTensor, int64Tensor } from '../../graph/tensor.ts';
import type { Node, Tensor } from '../../graph/types.ts';
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
export function arrayFeatureExtractor(node: Node, { add, constant, constantOf, give }: Writer): void {
  const [x, y] = node.inputs as readonly [string, string];
  const flat = add('Reshape', [y, constant(int64Tensor([-1]))]);
  const row = isNumbered(constantOf(x)) ? add('Unsqueeze', [flat, constant(int64Tensor([0]))]) : null;
  give(0, row ?? add('Gather', [x, flat], { axis: int(-1) }));
}

/** Whether a row is 0, 1, 2 ... */
function isNumbered(tensor: Tensor | null): boolean {
  if (tensor?.dtype !== 'int64' || tensor.shape.length > 2 || (tensor.shape.at(-2) ?? 1) !== 1) return false;
  return Array.from(tensor.data as BigInt64Array).every((value, i) => value === BigInt(i));
}
