/** Cast. float16 and bfloat16 are computed as float32: a cast to them keeps float32 precision. */
import type { DType, Node, Tensor } from '../graph/types.ts';
import { asNumbers, computeTensor } from './arrays.ts';
import { intAttribute } from './attributes.ts';
import { defineOperator, FLOAT, output, unsupported } from './define.ts';
import type { Operator, OutputInfo } from './types.ts';

/** TensorProto.DataType (onnx.proto), as far as tensors of that type are held. */
const DATA_TYPES: ReadonlyMap<number, DType> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [9, 'bool'],
  [10, 'float32'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
  [16, 'float32'],
]);

/** The type that a TensorProto.DataType number is held as. @throws TinymlError E_OP for strings, complex numbers and small floats. */
export function dataType(node: Node, code: number): DType {
  return DATA_TYPES.get(code) ?? unsupported(node, `data type ${code} is not supported`);
}

/** Towards zero to integers, nonzero to true, NaN to 0. */
function convert(tensor: Tensor, info: OutputInfo): Tensor {
  if (tensor.dtype === info.dtype) return tensor;
  const from = asNumbers(tensor.data);
  return computeTensor(info, (out) => {
    if (info.dtype === 'bool') for (let i = 0; i < out.length; i++) out[i] = from[i] === 0 ? 0 : 1;
    else out.set(from);
  });
}

const cast = defineOperator({
  name: 'Cast',
  inputs: [1, 1],
  infer: (node, inputs) => output(dataType(node, intAttribute(node, 'to', 0)), inputs[0]!.shape),
  run: (_, inputs, [out]) => [convert(inputs[0]!, out!)],
  quant: FLOAT,
});

export const castOperators: readonly Operator[] = [cast];
