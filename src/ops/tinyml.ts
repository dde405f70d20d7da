/** Operators of our own domain: what ONNX writes with several nodes and the kernels compute in one step. */
import { REQUANTIZE, SILU } from '../graph/own-operators.ts';
import { asNumbers, computeTensor } from './arrays.ts';
import { COMPUTED, defineOperator, output, requireType } from './define.ts';
import type { Operator } from './types.ts';

const requantize = defineOperator({
  name: REQUANTIZE,
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32']);
    return output('float32', inputs[0]!.shape);
  },
  run: (_, inputs) => [inputs[0]!],
  quant: COMPUTED,
});

/** x * sigmoid(x) (Elfwing et al., 2017). */
const silu = defineOperator({
  name: SILU,
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, ['float32', 'float64']);
    return output(inputs[0]!.dtype, inputs[0]!.shape);
  },
  run: (_, inputs, [out]) => {
    const x = asNumbers(inputs[0]!.data);
    return [
      computeTensor(out!, (data) => {
        for (let i = 0; i < data.length; i++) data[i] = x[i]! / (1 + Math.exp(-x[i]!));
      }),
    ];
  },
  quant: COMPUTED,
});

export const tinymlOperators: readonly Operator[] = [requantize, silu];
