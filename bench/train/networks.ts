/**
 * The networks that training is timed with, built as they are trained: batch normalisation in place, fresh weights, logits
 * as output. `pytorch.py` builds the same ones.
 */
import { type GraphBuilder, graphBuilder, int, ints } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph } from '../../src/graph/types.ts';
import { resolveModel } from '../../src/passes/resolve.ts';
import { normals } from '../host/random.ts';

export type TrainingNetwork = {
  /** CHW. */
  readonly input: readonly [number, number, number];
  readonly classes: number;
  /** Samples per step in the benchmark. */
  readonly batch: number;
  /** Input [1, ...CHW], output [1, classes]. Same seed, same weights. */
  readonly build: (seed: number) => Graph;
};

export const TRAINING_NETWORKS = {
  /** Two convolutions and one dense layer: 9,098 parameters. The network of the Octo experiments (bench/octo.ts). */
  small: network([1, 28, 28], 10, 100, (layers) => {
    const first = layers.maxPool(layers.relu(layers.conv('conv1', layers.input, 1, 8, { bias: true })));
    const second = layers.maxPool(layers.relu(layers.conv('conv2', first, 8, 16, { bias: true })));
    return layers.dense('fc', layers.flatten(second), 784, 10);
  }),
  /** Two convolutions and two dense layers: 52,138 parameters. */
  lenet: network([1, 28, 28], 10, 64, (layers) => {
    const first = layers.maxPool(layers.relu(layers.conv('conv1', layers.input, 1, 8, { bias: true })));
    const second = layers.maxPool(layers.relu(layers.conv('conv2', first, 8, 16, { bias: true })));
    return layers.dense('fc2', layers.relu(layers.dense('fc1', layers.flatten(second), 784, 64)), 64, 10);
  }),
  /** Image classification of MLPerf Tiny: 78,666 parameters, the running statistics counted. */
  resnet8: network([3, 32, 32], 10, 32, (layers) => {
    const normal = (name: string, x: string, from: number, to: number, stride = 1) =>
      layers.batchNorm(`${name}_bn`, layers.conv(name, x, from, to, { stride, bias: true }), to);
    const block = (name: string, x: string, from: number, to: number) => {
      const stride = from === to ? 1 : 2;
      const inner = layers.relu(normal(`${name}_conv1`, x, from, to, stride));
      const shortcut =
        from === to ? x : layers.conv(`${name}_shortcut`, x, from, to, { kernel: 1, stride: 2, bias: true });
      return layers.relu(layers.add(normal(`${name}_conv2`, inner, to, to), shortcut));
    };
    const stem = layers.relu(normal('conv', layers.input, 3, 16));
    const features = block('block3', block('block2', block('block1', stem, 16, 16), 16, 32), 32, 64);
    return layers.dense('fc', layers.flatten(layers.globalAveragePool(features)), 64, 10);
  }),
  /** MobileNetV1 of width 0.25, visual wake words of MLPerf Tiny: 213,586 trained parameters. */
  mobilenet: network([3, 96, 96], 2, 32, (layers) => {
    const normal = (name: string, x: string, channels: number) =>
      layers.relu(layers.batchNorm(`${name}_bn`, x, channels));
    let x = normal('conv', layers.conv('conv', layers.input, 3, 8, { stride: 2 }), 8);
    let from = 8;
    MOBILENET_BLOCKS.forEach(([to, stride], i) => {
      const [depthwise, pointwise] = [`depthwise${i + 1}`, `pointwise${i + 1}`];
      x = normal(depthwise, layers.conv(depthwise, x, from, from, { stride, groups: from }), from);
      x = normal(pointwise, layers.conv(pointwise, x, from, to, { kernel: 1 }), to);
      from = to;
    });
    return layers.dense('fc', layers.flatten(layers.globalAveragePool(x)), 256, 2);
  }),
} as const satisfies Record<string, TrainingNetwork>;

/** Output channels and stride of the depthwise separable convolutions, at width 0.25. */
const MOBILENET_BLOCKS: readonly (readonly [channels: number, stride: number])[] = [
  [16, 1],
  [32, 2],
  [32, 1],
  [64, 2],
  [64, 1],
  [128, 2],
  [128, 1],
  [128, 1],
  [128, 1],
  [128, 1],
  [128, 1],
  [256, 2],
  [256, 1],
];

type ConvOptions = {
  readonly kernel?: 1 | 3;
  readonly stride?: number;
  readonly groups?: number;
  readonly bias?: boolean;
};

/** Layers by their usual names; each gives the name of its output. Convolutions keep the size, divided by the stride. */
type Layers = {
  readonly input: string;
  readonly conv: (name: string, x: string, from: number, to: number, options?: ConvOptions) => string;
  readonly batchNorm: (name: string, x: string, channels: number) => string;
  readonly dense: (name: string, x: string, from: number, to: number) => string;
  readonly relu: (x: string) => string;
  readonly add: (a: string, b: string) => string;
  readonly maxPool: (x: string) => string;
  readonly globalAveragePool: (x: string) => string;
  readonly flatten: (x: string) => string;
};

function network(
  input: TrainingNetwork['input'],
  classes: number,
  batch: number,
  define: (layers: Layers) => string,
): TrainingNetwork {
  const build = (seed: number) => {
    const builder = graphBuilder('network');
    builder.output(define(makeLayers(builder, builder.input('input', [1, ...input]), seed)), {
      name: 'logits',
    });
    return resolveModel(builder.model());
  };
  return { input, classes, batch, build };
}

function makeLayers(builder: GraphBuilder, input: string, seed: number): Layers {
  const next = normals(seed);
  const filled = (name: string, length: number, value: number) =>
    builder.constant(name, floatTensor([length], new Float32Array(length).fill(value)));
  /** He initialisation (He et al., 2015): a variance of 2 / fan-in. */
  const weights = (name: string, shape: readonly number[]) => {
    const fanIn = shape.slice(1).reduce((product, dim) => product * dim, 1);
    const deviation = Math.sqrt(2 / fanIn);
    const values = Float32Array.from({ length: shape[0]! * fanIn }, () => deviation * next());
    return builder.constant(name, floatTensor(shape, values));
  };
  return {
    input,
    conv: (name, x, from, to, { kernel = 3, stride = 1, groups = 1, bias = false } = {}) => {
      const pad = (kernel - 1) / 2;
      const operands = [x, weights(`${name}.weight`, [to, from / groups, kernel, kernel])];
      if (bias) operands.push(filled(`${name}.bias`, to, 0));
      const attributes = {
        kernel_shape: ints([kernel, kernel]),
        strides: ints([stride, stride]),
        pads: ints([pad, pad, pad, pad]),
        group: int(groups),
      };
      return builder.node('Conv', operands, { name, attributes });
    },
    batchNorm: (name, x, channels) => {
      const one = (suffix: string, value: number) => filled(`${name}.${suffix}`, channels, value);
      const operands = [x, one('weight', 1), one('bias', 0), one('running_mean', 0), one('running_var', 1)];
      return builder.node('BatchNormalization', operands, { name });
    },
    dense: (name, x, from, to) => {
      const operands = [x, weights(`${name}.weight`, [to, from]), filled(`${name}.bias`, to, 0)];
      return builder.node('Gemm', operands, { name, attributes: { transB: int(1) } });
    },
    relu: (x) => builder.node('Relu', [x]),
    add: (a, b) => builder.node('Add', [a, b]),
    maxPool: (x) =>
      builder.node('MaxPool', [x], { attributes: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } }),
    globalAveragePool: (x) => builder.node('GlobalAveragePool', [x]),
    flatten: (x) => builder.node('Flatten', [x]),
  };
}
