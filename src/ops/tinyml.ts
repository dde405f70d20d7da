/** Operators of our own domain: what ONNX writes with several nodes and the kernels compute in one step. */
import { MASKED_SOFTMAX, REQUANTIZE, SILU } from '../graph/own-operators.ts';
import type { Tensor } from '../graph/types.ts';
import { asNumbers, broadcastTo, computeTensor } from './arrays.ts';
import { intAttribute } from './attributes.ts';
import {
  badShape,
  broadcastShape,
  COMPUTED,
  defineOperator,
  normaliseAxis,
  output,
  requireType,
} from './define.ts';
import { softmax } from './softmax.ts';
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

/** Softmax of a sum; the mask is 0 where an element counts, else so far below that nothing is left of it. */
const maskedSoftmax = defineOperator({
  name: MASKED_SOFTMAX,
  inputs: [2, 2],
  infer: (node, inputs) => {
    for (const index of [0, 1]) requireType(node, inputs, index, ['float32']);
    const { shape } = inputs[0]!;
    normaliseAxis(node, intAttribute(node, 'axis', -1), shape.length);
    if (broadcastShape(node, [shape, inputs[1]!.shape]).join() !== shape.join()) {
      badShape(node, `a mask of shape [${inputs[1]!.shape.join(', ')}] for [${shape.join(', ')}]`);
    }
    return output('float32', shape);
  },
  run: (node, inputs) => {
    const [x, mask] = inputs as readonly [Tensor, Tensor];
    const added = broadcastTo(mask, x.shape).data as Float32Array;
    const sums = Float32Array.from(x.data as Float32Array, (value, i) => value + added[i]!);
    return softmax.run(node, [{ ...x, data: sums }]);
  },
  quant: softmax.quant,
});

export const tinymlOperators: readonly Operator[] = [requantize, silu, maskedSoftmax];
