/** Running one operator on small tensors. */
import { makeNode } from '../../src/graph/build.ts';
import { elementCount } from '../../src/graph/tensor.ts';
import type { Attribute, DType, Node, Tensor } from '../../src/graph/types.ts';
import { fromNumbers } from '../../src/ops/arrays.ts';
import { operatorOf } from '../../src/ops/index.ts';

export type Attributes = Readonly<Record<string, Attribute>>;

/** A tensor from numbers of any type. */
export function tensor(dtype: DType, shape: readonly number[], values: readonly number[]): Tensor {
  return fromNumbers({ dtype, shape }, Float64Array.from(values));
}

export const floats = (shape: readonly number[], values: readonly number[]) =>
  tensor('float32', shape, values);
export const int64s = (...values: readonly number[]) => tensor('int64', [values.length], values);

/** first, first + step ... in a float32 tensor. */
export function ramp(shape: readonly number[], first = 0, step = 1): Tensor {
  return floats(
    shape,
    Array.from({ length: elementCount(shape) }, (_, i) => first + i * step),
  );
}

export function nodeOf(
  op: string,
  inputs: readonly unknown[],
  attributes: Attributes = {},
  outputs = 1,
): Node {
  return makeNode(
    op,
    inputs.map((input, i) => (input === null ? '' : `in${i}`)),
    Array.from({ length: outputs }, (_, i) => `out${i}`),
    attributes,
    'n',
  );
}

export function runAll(
  op: string,
  inputs: readonly (Tensor | null)[],
  attributes: Attributes = {},
  outputs = 1,
): readonly Tensor[] {
  const node = nodeOf(op, inputs, attributes, outputs);
  return operatorOf(node).run(node, inputs);
}

/** Shape and elements of the first output, as plain arrays that compare and print well. */
export function run(op: string, inputs: readonly (Tensor | null)[], attributes: Attributes = {}) {
  const [out] = runAll(op, inputs, attributes);
  return { shape: [...out!.shape], values: Array.from(out!.data as ArrayLike<number | bigint>, Number) };
}

/** What `infer` says of inputs whose data is not known. */
export function inferShape(op: string, inputs: readonly (Tensor | null)[], attributes: Attributes = {}) {
  const node = nodeOf(op, inputs, attributes);
  const infos = inputs.map((input) => input && { ...input, data: null });
  return operatorOf(node).infer(node, infos)[0]!.shape;
}
