/** Operators of our own domain: what ONNX writes with several nodes and the kernels compute in one step. */
import { LINEAR_ATTENTION, MASKED_SOFTMAX, REQUANTIZE, SILU } from '../graph/own-operators.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Tensor } from '../graph/types.ts';
import { asNumbers, broadcastTo, computeTensor } from './arrays.ts';
import { floatAttribute, intAttribute } from './attributes.ts';
import {
  badShape,
  broadcastShape,
  COMPUTED,
  defineOperator,
  normaliseAxis,
  output,
  requireRank,
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

/** Of each token the mean of all values, weighted by relu(q) . relu(k) (Cai et al., EfficientViT, 2023). */
const linearAttention = defineOperator({
  name: LINEAR_ATTENTION,
  inputs: [3, 3],
  infer: (node, inputs) => {
    for (const index of [0, 1, 2]) {
      requireType(node, inputs, index, ['float32']);
      requireRank(node, inputs, index, 2, Infinity);
    }
    const [q, k, v] = inputs.map((input) => input!.shape) as [Shape, Shape, Shape];
    const together =
      q.join() === k.join() && v.filter(withoutChannels).join() === q.filter(withoutChannels).join();
    if (!together) badShape(node, `queries [${q}], keys [${k}] and values [${v}]`);
    return output('float32', v);
  },
  run: (node, inputs, [out]) => {
    const epsilon = floatAttribute(node, 'epsilon', 1e-15);
    const [q, k, v] = inputs.map((input) => input!.data as Float32Array) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const [values, tokens] = out!.shape.slice(-2) as [number, number];
    const keys = inputs[0]!.shape.at(-2)!;
    const relu = (x: Float32Array, at: number): number => Math.max(x[at]!, 0);
    return [
      computeTensor(out!, (data) => {
        for (let head = 0; head * values * tokens < data.length; head++) {
          const [first, to] = [head * keys * tokens, head * values * tokens];
          // One row more than values: the sums of the keys.
          const state = Array.from({ length: values + 1 }, (_, e) =>
            Array.from({ length: keys }, (_, c) => {
              let sum = 0;
              for (let n = 0; n < tokens; n++) {
                sum += (e < values ? v[to + e * tokens + n]! : 1) * relu(k, first + c * tokens + n);
              }
              return sum;
            }),
          );
          for (let n = 0; n < tokens; n++) {
            const dots = state.map((row) =>
              row.reduce((sum, one, c) => sum + one * relu(q, first + c * tokens + n), 0),
            );
            for (let e = 0; e < values; e++) data[to + e * tokens + n] = dots[e]! / (dots[values]! + epsilon);
          }
        }
      }),
    ];
  },
  macs: (_, [q], [out]) => 2 * elementCount(q!.shape) * (out!.shape.at(-2)! + 1),
  quant: COMPUTED,
});

type Shape = readonly number[];

function withoutChannels(_: number, axis: number, shape: Shape): boolean {
  return axis !== shape.length - 2;
}

export const tinymlOperators: readonly Operator[] = [requantize, silu, maskedSoftmax, linearAttention];
