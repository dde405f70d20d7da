/**
 * The forward pass of a graph in operations of TensorFlow, in its training form. Activations of rank 4 are NHWC inside, since
 * TensorFlow convolves nothing else on a processor; graphs and whatever leaves here keep the axis order of ONNX.
 */
import { TinymlError } from '../../diagnostics/errors.ts';
import { elementCount, sameShape } from '../../graph/tensor.ts';
import type { Graph, Node } from '../../graph/types.ts';
import { floatAttribute, intAttribute, intsAttribute } from '../../ops/attributes.ts';
import { convTransposeWindow } from '../../ops/conv.ts';
import { describeNode, type Inputs } from '../../ops/define.ts';
import { slidingWindow, type Window } from '../../ops/window.ts';
import type { Pair, Tf, TfPadding, TfTensor } from './tfjs-types.ts';

/** How TensorFlow wants a constant: `shape` first, then its axes in the order of `permutation`. */
export type Layout = { readonly shape: readonly number[]; readonly permutation: readonly number[] };

/** What a batch normalisation saw of its input: mean and variance per channel over so many values each. */
export type BatchStatistics = {
  readonly mean: TfTensor;
  /** Squared deviations divided by the number of values. */
  readonly variance: TfTensor;
  readonly samples: number;
};

type Surroundings = {
  /** Constants by name, in their layout; trained ones are variables. */
  readonly constant: (name: string) => TfTensor;
  /** Called for every BatchNormalization that normalises by its batch. */
  readonly normalised: (node: Node, statistics: BatchStatistics) => void;
  /** Called for every node; the tensor dies with the tidy around it. */
  readonly computed?: (node: Node, output: TfTensor) => void;
};

export type TfNetwork = {
  /** Constants that nodes read, with their layouts. */
  readonly layouts: ReadonlyMap<string, Layout>;
  /** x [batch, ...sample] in ONNX axis order; gives [batch, elements of an output], in ONNX axis order. */
  readonly forward: (x: TfTensor, surroundings: Surroundings) => TfTensor;
};

type Tensors = readonly (TfTensor | null)[];
type Step = (inputs: Tensors, surroundings: Surroundings) => TfTensor;
/** A node in numbers: shapes are those of the graph, with its own batch. */
type Site = { readonly tf: Tf; readonly graph: Graph; readonly node: Node; readonly inputs: Inputs };

/**
 * A graph that `readNetwork` takes; a Softmax at its end is left out.
 * @param byBatch whether a BatchNormalization normalises by the batch; else by its running statistics
 * @throws TinymlError E_OP listing all nodes that TensorFlow cannot train
 */
export function tfNetwork(tf: Tf, graph: Graph, byBatch: (node: Node) => boolean): TfNetwork {
  const output = graph.outputs[0]!.value;
  const last = graph.nodes.find((node) => node.outputs.includes(output));
  const softmax = last?.op === 'Softmax' ? last : null;
  const nodes = graph.nodes.filter((node) => node !== softmax);
  checkNodes(graph, nodes);

  const layouts = new Map<string, Layout>();
  for (const node of nodes) {
    node.inputs.forEach((name, index) => {
      if (!graph.constants.has(name) || !WEIGHTED.has(node.op)) return;
      const layout = layoutOf(graph, node, index);
      const other = layouts.get(name);
      if (other && JSON.stringify(other) !== JSON.stringify(layout)) {
        throw new TinymlError('E_OP', 'a constant is shared by operators that need it in different layouts', {
          at: [`tensor "${name}"`, describeNode(node)],
          hint: 'train with the native backend',
        });
      }
      layouts.set(name, layout);
    });
  }
  const steps = nodes.map((node) => ({
    node,
    run: stepOf({ tf, graph, node, inputs: infos(graph, node) }, byBatch),
  }));

  const forward: TfNetwork['forward'] = (x, surroundings) => {
    const values = new Map([[graph.inputs[0]!.value, channelsLast(x)]]);
    const read = (name: string): TfTensor | null =>
      values.get(name) ?? (layouts.has(name) ? surroundings.constant(name) : null);
    for (const { node, run } of steps) {
      const value = run(node.inputs.map(read), surroundings);
      surroundings.computed?.(node, value);
      values.set(node.outputs[0]!, value);
    }
    return rows(values.get(softmax === null ? output : softmax.inputs[0]!)!);
  };
  return { layouts, forward };
}

/** What `readNetwork` takes and TensorFlow does not. */
function obstacle(graph: Graph, node: Node): string | null {
  const { op, inputs, attributes } = node;
  const rank = graph.values.get(inputs[0]!)!.shape.length;
  switch (op) {
    case 'Conv':
    case 'ConvTranspose':
    case 'MaxPool':
    case 'AveragePool':
    case 'GlobalAveragePool':
    case 'ReduceMean': {
      const dilations = attributes.dilations?.kind === 'ints' ? attributes.dilations.value : [];
      if (op === 'MaxPool' && dilations.some((step) => Number(step) !== 1)) return 'has dilations';
      return rank === 4 ? null : 'has not two spatial axes';
    }
    case 'BatchNormalization':
      return rank === 4 || rank === 2 ? null : 'has not two spatial axes, nor none';
    case 'Transpose':
      return permutationOf(node, rank)[0] === 0 ? null : 'moves the axis of samples';
    case 'Slice':
    case 'Gather':
      return 'takes some elements only';
    default:
      return null;
  }
}

function permutationOf(node: Node, rank: number): readonly number[] {
  return intsAttribute(
    node,
    'perm',
    Array.from({ length: rank }, (_, axis) => rank - 1 - axis),
  );
}

function checkNodes(graph: Graph, nodes: readonly Node[]): void {
  const faults = nodes.flatMap((node) => {
    const reason = obstacle(graph, node);
    return reason === null ? [] : [`${describeNode(node)} ${reason}`];
  });
  if (faults.length === 0) return;
  throw new TinymlError('E_OP', 'TensorFlow cannot train the model as it is', {
    at: faults,
    hint: 'train with the native backend',
  });
}

/** Operators whose constants are tensors to compute with; those of the others are shapes, axes and bounds. */
const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'BatchNormalization']);

function infos(graph: Graph, node: Node): Inputs {
  return node.inputs.map((name) => {
    if (name === '') return null;
    const { dtype, shape } = graph.values.get(name)!;
    return { dtype, shape, data: graph.constants.get(name)?.data ?? null };
  });
}

function layoutOf(graph: Graph, node: Node, index: number): Layout {
  const { shape } = graph.constants.get(node.inputs[index]!)!;
  if (index === 1 && node.op === 'Conv') {
    if (!isDepthwise(graph, node)) return { shape, permutation: [2, 3, 1, 0] };
    const groups = intAttribute(node, 'group', 1);
    return { shape: [groups, shape[0]! / groups, ...shape.slice(2)], permutation: [2, 3, 0, 1] };
  }
  if (index === 1 && node.op === 'ConvTranspose') return { shape, permutation: [2, 3, 1, 0] };
  return { shape, permutation: shape.map((_, axis) => axis) };
}

/** One group per input channel. TensorFlow wants equal strides then; others run group by group. */
function isDepthwise(graph: Graph, node: Node): boolean {
  const groups = intAttribute(node, 'group', 1);
  const [down = 1, across = 1] = intsAttribute(node, 'strides', [1, 1]);
  return groups > 1 && groups === graph.values.get(node.inputs[0]!)!.shape[1] && down === across;
}

function stepOf(site: Site, byBatch: (node: Node) => boolean): Step {
  const { tf, graph, node, inputs } = site;
  switch (node.op) {
    case 'Conv':
      return convolution(site);
    case 'ConvTranspose':
      return transposedConvolution(site);
    case 'Gemm':
      return ([a, b, c]) => {
        const product = tf.matMul(a!, b!, false, true);
        return c ? product.add(c) : product;
      };
    case 'BatchNormalization':
      return batchNormalisation(site, byBatch(node));
    case 'Relu':
      return ([x]) => x!.relu();
    case 'Clip': {
      const bound = (index: number, absent: number) =>
        Number(graph.constants.get(node.inputs[index] ?? '')?.data[0] ?? absent);
      const [low, high] = [bound(1, -Infinity), bound(2, Infinity)];
      return ([x]) => x!.clipByValue(low, high);
    }
    case 'Add':
    case 'Sum':
      return ([a, b]) => a!.add(b!);
    case 'MaxPool':
    case 'AveragePool':
      return pool(site);
    case 'GlobalAveragePool':
    case 'ReduceMean':
    case 'Flatten':
    case 'Reshape':
    case 'Squeeze':
    case 'Unsqueeze': {
      const isMean = node.op === 'GlobalAveragePool' || node.op === 'ReduceMean';
      const [, ...sample] = graph.values.get(node.outputs[0]!)!.shape;
      return ([x]) => {
        const pooled = isMean ? x!.mean([1, 2], true) : x!;
        return channelsLast(rows(pooled).reshape([x!.shape[0]!, ...sample]));
      };
    }
    case 'Transpose': {
      const permutation = permutationOf(node, inputs[0]!.shape.length);
      const [, ...sample] = inputs[0]!.shape;
      return ([x]) =>
        channelsLast(
          rows(x!)
            .reshape([x!.shape[0]!, ...sample])
            .transpose(permutation),
        );
    }
    case 'Identity':
    case 'Dropout':
      return ([x]) => x!;
    default:
      throw new TinymlError('E_INTERNAL', `${node.op} is no operator of training`);
  }
}

function convolution({ tf, graph, node, inputs }: Site): Step {
  const [, , ...input] = inputs[0]!.shape;
  const window = slidingWindow(node, input, inputs[1]!.shape.slice(2));
  const strides = window.strides as Pair;
  const groups = intAttribute(node, 'group', 1);
  const depthwise = isDepthwise(graph, node);
  const padding = paddingOf(window);
  return ([x, weights, bias]) => {
    const padded = padding === 'same' ? x! : pad(x!, window, 0);
    const kernel = dilated(weights!, window.dilations);
    const sums = depthwise
      ? tf.depthwiseConv2d(padded, kernel, strides, padding)
      : byGroups(tf, groups, padded, kernel, (part, filters) => tf.conv2d(part, filters, strides, padding));
    return bias ? sums.add(bias) : sums;
  };
}

function transposedConvolution({ tf, node, inputs }: Site): Step {
  const window = convTransposeWindow(node, inputs);
  const [, , ...input] = inputs[0]!.shape;
  const strides = window.strides as Pair;
  /** What the kernel reaches from the input; output padding comes behind it. */
  const reached = input.map(
    (size, i) => (size - 1) * strides[i]! + (window.kernel[i]! - 1) * window.dilations[i]! + 1,
  );
  const channels = inputs[1]!.shape[1]!;
  const full = window.padded.map((size, i) => Math.max(size, reached[i]!));
  return ([x, weights, bias]) => {
    const batch = x!.shape[0]!;
    const kernel = dilated(weights!, window.dilations);
    const sums = tf.conv2dTranspose(x!, kernel, [batch, ...reached, channels], strides, 'valid');
    const behind = full.map((size, i) => [0, size - reached[i]!] as const);
    const filled = sameShape(full, reached) ? sums : sums.pad([[0, 0], ...behind, [0, 0]]);
    const [top = 0, left = 0] = window.padBegin;
    const cropped = sameShape(full, window.input)
      ? filled
      : filled.slice([0, top, left, 0], [batch, ...window.input, channels]);
    return bias ? cropped.add(bias) : cropped;
  };
}

/** A grouped convolution: input channels and filters (last axis of either) in equal parts. */
function byGroups(
  tf: Tf,
  groups: number,
  x: TfTensor,
  kernel: TfTensor,
  convolve: (x: TfTensor, kernel: TfTensor) => TfTensor,
): TfTensor {
  if (groups === 1) return convolve(x, kernel);
  const parts = Array.from({ length: groups }, (_, group) =>
    convolve(part(x, group, groups), part(kernel, group, groups)),
  );
  return tf.concat(parts, 3);
}

/** One of `parts` equal parts of the last axis. */
function part(x: TfTensor, index: number, parts: number): TfTensor {
  if (parts === 1) return x;
  const size = x.shape.at(-1)! / parts;
  const others = x.shape.slice(0, -1);
  return x.slice([...others.map(() => 0), index * size], [...others, size]);
}

/** The kernel with the zeros that dilations stand for: TensorFlow.js has no gradient of dilated convolutions. */
function dilated(kernel: TfTensor, dilations: readonly number[]): TfTensor {
  const [down = 1, across = 1] = dilations;
  if (down === 1 && across === 1) return kernel;
  const [height = 1, width = 1, inner = 1, outer = 1] = kernel.shape;
  return kernel
    .reshape([height, 1, width, 1, inner * outer])
    .pad([
      [0, 0],
      [0, down - 1],
      [0, 0],
      [0, across - 1],
      [0, 0],
    ])
    .reshape([height * down, width * across, inner, outer])
    .slice([0, 0, 0, 0], [(height - 1) * down + 1, (width - 1) * across + 1, inner, outer]);
}

/** 'same' where it pads just as the window does; else the input is padded first. */
function paddingOf({ input, output, kernel, strides, dilations, padBegin, padEnd }: Window): TfPadding {
  const same = input.every((size, i) => {
    const reach = (kernel[i]! - 1) * dilations[i]! + 1;
    const steps = Math.ceil(size / strides[i]!);
    const total = Math.max((steps - 1) * strides[i]! + reach - size, 0);
    const begin = Math.floor(total / 2);
    return output[i] === steps && padBegin[i] === begin && padEnd[i] === total - begin;
  });
  return same ? 'same' : 'valid';
}

/** Pads the spatial axes up to what the windows read. */
function pad(x: TfTensor, { input, padded, padBegin }: Window, value: number): TfTensor {
  if (sameShape(input, padded)) return x;
  const spatial = input.map((size, i) => [padBegin[i]!, padded[i]! - padBegin[i]! - size] as const);
  return x.pad([[0, 0], ...spatial, [0, 0]], value);
}

/** Loses against every finite number, and unlike an infinity stays finite in gradients. */
const LOWEST = -3.4028234663852886e38;

function pool({ tf, node, inputs }: Site): Step {
  const [, , ...input] = inputs[0]!.shape;
  const kernel = intsAttribute(node, 'kernel_shape', []);
  const window = slidingWindow(node, input, kernel, intAttribute(node, 'ceil_mode', 0) !== 0);
  const [size, strides] = [kernel as Pair, window.strides as Pair];
  const padding = paddingOf(window);
  if (node.op === 'MaxPool') {
    return ([x]) => tf.maxPool(padding === 'same' ? x! : pad(x!, window, LOWEST), size, strides, padding);
  }
  const includePadding = intAttribute(node, 'count_include_pad', 0) !== 0;
  // TensorFlow counts no padding of its own.
  if (sameShape(window.padded, input) || (padding === 'same' && !includePadding)) {
    return ([x]) => tf.avgPool(x!, size, strides, padding);
  }
  const average = (x: TfTensor) => tf.avgPool(x, size, strides, 'valid');
  /** 1 where an element counts, 0 elsewhere. */
  const counted = () => {
    if (!includePadding) return pad(tf.ones([1, ...input, 1]), window, 0);
    const sides = input.map((length, i) => window.padBegin[i]! + length + window.padEnd[i]!);
    const beyond = sides.map((side, i) => [0, window.padded[i]! - side] as const);
    return tf.ones([1, ...sides, 1]).pad([[0, 0], ...beyond, [0, 0]]);
  };
  return ([x]) => average(pad(x!, window, 0)).div(average(counted()));
}

function batchNormalisation({ tf, node }: Site, byBatch: boolean): Step {
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  return ([x, scale, shift, runningMean, runningVariance], { normalised }) => {
    if (!byBatch) return tf.batchNorm(x!, runningMean!, runningVariance!, shift!, scale!, epsilon);
    const { mean, variance } = tf.moments(
      x!,
      x!.shape.slice(1).map((_, axis) => axis),
    );
    normalised(node, { mean, variance, samples: elementCount(x!.shape.slice(0, -1)) });
    return tf.batchNorm(x!, mean, variance, shift!, scale!, epsilon);
  };
}

/** From ONNX axis order, if it is an image. */
function channelsLast(x: TfTensor): TfTensor {
  if (x.shape.length !== 4) return x;
  const [batch, channels, height, width] = x.shape as [number, number, number, number];
  if (channels === 1 || height * width === 1) return x.reshape([batch, height, width, channels]);
  return x.transpose([0, 2, 3, 1]);
}

/** [batch, elements], each row in ONNX axis order. */
function rows(x: TfTensor): TfTensor {
  const [batch = 1, ...sample] = x.shape;
  const elements = sample.reduce((product, dim) => product * dim, 1);
  const [height = 1, width = 1, channels = 1] = sample;
  const inOrder = sample.length !== 3 || channels === 1 || height * width === 1;
  return (inOrder ? x : x.transpose([0, 3, 1, 2])).reshape([batch, elements]);
}
