/** Small float networks and data for the tests of quantisation. */

import type { Sample } from '../../src/data/types.ts';
import { int, ints } from '../../src/graph/build.ts';
import { floatTensor, int64Tensor } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { floatGraph, randomTensor } from '../passes/helpers.ts';

/** Weights whose output channels differ in size by up to `spread`: what per-tensor scales and equalisation are about. */
function unevenWeights(shape: readonly number[], seed: number, spread: number): Tensor {
  const tensor = randomTensor(shape, seed);
  const [channels = 1] = shape;
  const perChannel = tensor.data.length / channels;
  const data = (tensor.data as Float32Array).map(
    (value, i) => value * spread ** ((Math.floor(i / perChannel) % 5) / 4 - 1),
  );
  return floatTensor(shape, data);
}

/** Conv, depthwise Conv and pointwise Conv with Relu between, average, Gemm, Softmax; input x [1, 3, 8, 8]. */
export function smallNetwork(spread = 10): Graph {
  return floatGraph((b) => {
    const x = b.input('x', [1, 3, 8, 8]);
    const conv = (name: string, input: string, shape: readonly number[], seed: number, group = 1, pad = 1) =>
      b.node(
        'Conv',
        [
          input,
          b.constant(`${name}_w`, unevenWeights(shape, seed, spread)),
          b.constant(`${name}_b`, randomTensor([shape[0]!], seed + 1, 0.3)),
        ],
        { name, attributes: { group: int(group), pads: ints([pad, pad, pad, pad]) } },
      );
    const relu = (name: string, input: string) => b.node('Relu', [input], { name });
    const a = relu('relu1', conv('conv1', x, [8, 3, 3, 3], 1));
    const d = relu('relu2', conv('depthwise', a, [8, 1, 3, 3], 3, 8));
    const p = relu('relu3', conv('pointwise', d, [12, 8, 1, 1], 5, 1, 0));
    const mean = b.node('GlobalAveragePool', [p], { name: 'mean' });
    const flat = b.node('Reshape', [mean, b.constant('flat_shape', int64Tensor([1, 12]))], { name: 'flat' });
    const scores = b.node(
      'Gemm',
      [flat, b.constant('w', randomTensor([5, 12], 7)), b.constant('b', randomTensor([5], 8))],
      { name: 'scores', attributes: { transB: int(1) } },
    );
    b.output(b.node('Softmax', [scores], { name: 'y' }));
  });
}

export function randomSamples(graph: Graph, count: number, seed = 100): readonly Sample[] {
  return Array.from({ length: count }, (_, i) => ({
    inputs: graph.inputs.map(
      (port, k) =>
        randomTensor(graph.values.get(port.value)!.shape, seed + 31 * i + k, 2).data as Float32Array,
    ),
    label: i % 5,
  }));
}

export async function* stream(samples: readonly Sample[]): AsyncIterable<Sample> {
  yield* samples;
}
