/** Normalisations. Means and variances are formed in float64. */
import { elementCount } from '../graph/tensor.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { asNumbers, broadcastTo, computeTensor, type NumberArray } from './arrays.ts';
import { floatAttribute, intAttribute } from './attributes.ts';
import {
  badShape,
  broadcastShape,
  COMPUTED,
  defineOperator,
  type Inputs,
  normaliseAxis,
  output,
  requireRank,
  requireType,
  type Tensors,
  unsupported,
} from './define.ts';
import type { Operator, OutputInfo } from './types.ts';

const FLOATS = ['float32', 'float64'] as const;

/** @throws TinymlError E_SHAPE unless the inputs from `first` on are vectors of one entry per channel (axis 1). */
function requireChannelVectors(node: Node, inputs: Inputs, first: number): void {
  const channels = inputs[0]!.shape[1];
  for (const [index, input] of inputs.entries()) {
    if (index < first || input === null) continue;
    if (input.shape.length !== 1 || input.shape[0] !== channels) {
      badShape(node, `input ${index} of shape [${input.shape.join(', ')}] for ${channels} channels`);
    }
  }
}

/** out = x * factor + offset for `length` elements. */
function scaleRun(
  x: NumberArray,
  out: NumberArray,
  start: number,
  length: number,
  factor: number,
  offset: number,
) {
  for (let i = start; i < start + length; i++) out[i] = x[i]! * factor + offset;
}

const batchNormalization = defineOperator({
  name: 'BatchNormalization',
  inputs: [5, 5],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, FLOATS);
    requireRank(node, inputs, 0, 2, Infinity);
    if (intAttribute(node, 'training_mode', 0) !== 0) {
      unsupported(node, 'training_mode is set', 'export the model for inference (model.eval())');
    }
    requireChannelVectors(node, inputs, 1);
    return output(inputs[0]!.dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const epsilon = floatAttribute(node, 'epsilon', 1e-5);
    const [x, scale, bias, mean, variance] = inputs.map((input) => asNumbers(input!.data));
    const channels = out!.shape[1]!;
    const plane = elementCount(out!.shape.slice(2));
    return [
      computeTensor(out!, (data) => {
        for (
          let start = 0, channel = 0;
          start < data.length;
          start += plane, channel = (channel + 1) % channels
        ) {
          const factor = scale![channel]! / Math.sqrt(variance![channel]! + epsilon);
          scaleRun(x!, data, start, plane, factor, bias![channel]! - mean![channel]! * factor);
        }
      }),
    ];
  },
  quant: COMPUTED,
});

type Moments = { readonly mean: number; readonly variance: number };

/** Mean and population variance of `length` elements. */
function moments(x: NumberArray, start: number, length: number): Moments {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += x[i]!;
  const mean = sum / length;
  let squares = 0;
  for (let i = start; i < start + length; i++) squares += (x[i]! - mean) ** 2;
  return { mean, variance: squares / length };
}

/** Normalises every group of neighbouring channels of every image, then scales and shifts each channel. */
function normaliseGroups(node: Node, inputs: Tensors, out: OutputInfo, groups: number): Tensor {
  const epsilon = floatAttribute(node, 'epsilon', 1e-5);
  const [x, scale, bias] = inputs.map((input) => asNumbers(input!.data));
  const channels = out.shape[1]!;
  const groupChannels = channels / groups;
  const plane = elementCount(out.shape.slice(2));
  const length = groupChannels * plane;
  return computeTensor(out, (data) => {
    for (let start = 0, first = 0; start < data.length; start += length, first += groupChannels) {
      const { mean, variance } = moments(x!, start, length);
      for (let c = 0; c < groupChannels; c++) {
        const channel = (first + c) % channels;
        const factor = scale![channel]! / Math.sqrt(variance + epsilon);
        scaleRun(x!, data, start + c * plane, plane, factor, bias![channel]! - mean * factor);
      }
    }
  });
}

function requireGroupNorm(node: Node, inputs: Inputs): readonly OutputInfo[] {
  requireType(node, inputs, 0, FLOATS);
  requireRank(node, inputs, 0, 3, Infinity);
  requireChannelVectors(node, inputs, 1);
  return output(inputs[0]!.dtype, inputs[0]!.shape);
}

const instanceNormalization = defineOperator({
  name: 'InstanceNormalization',
  inputs: [3, 3],
  infer: requireGroupNorm,
  run: (node, inputs, [out]) => [normaliseGroups(node, inputs, out!, out!.shape[1]!)],
  quant: COMPUTED,
});

/** Opset 21: scale and bias are per channel. */
const groupNormalization = defineOperator({
  name: 'GroupNormalization',
  inputs: [3, 3],
  infer: (node, inputs) => {
    const outputs = requireGroupNorm(node, inputs);
    const [groups, channels] = [intAttribute(node, 'num_groups', 0), inputs[0]!.shape[1]!];
    if (!(groups >= 1) || channels % groups !== 0) badShape(node, `${channels} channels in ${groups} groups`);
    return outputs;
  },
  run: (node, inputs, [out]) => [normaliseGroups(node, inputs, out!, intAttribute(node, 'num_groups', 0))],
  quant: COMPUTED,
});

/** The first normalised axis; scale and bias must broadcast to the axes from there on. */
function normalisedFrom(node: Node, inputs: Inputs): number {
  const { shape } = inputs[0]!;
  const axis = normaliseAxis(node, intAttribute(node, 'axis', -1), shape.length);
  const normalised = shape.slice(axis);
  for (const input of inputs.slice(1)) {
    if (input && broadcastShape(node, [normalised, input.shape]).join() !== normalised.join()) {
      badShape(node, `a scale or bias of shape [${input.shape.join(', ')}] for [${normalised.join(', ')}]`);
    }
  }
  return axis;
}

/** Scale or bias as one number per normalised element. */
function spread(input: Tensor | null | undefined, shape: readonly number[], absent: number): NumberArray {
  return input
    ? asNumbers(broadcastTo(input, shape).data)
    : new Float64Array(elementCount(shape)).fill(absent);
}

const layerNormalization = defineOperator({
  name: 'LayerNormalization',
  inputs: [2, 3],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, FLOATS);
    const { dtype, shape } = inputs[0]!;
    const axis = normalisedFrom(node, inputs);
    const statistics = { dtype, shape: shape.map((dim, i) => (i < axis ? dim : 1)) };
    return [{ dtype, shape }, statistics, statistics].slice(0, Math.max(node.outputs.length, 1));
  },
  run: (node, inputs, [out, meanInfo, deviationInfo]) => {
    const epsilon = floatAttribute(node, 'epsilon', 1e-5);
    const axis = normalisedFrom(node, inputs);
    const normalised = out!.shape.slice(axis);
    const length = elementCount(normalised);
    const x = asNumbers(inputs[0]!.data);
    const scale = spread(inputs[1], normalised, 1);
    const bias = spread(inputs[2], normalised, 0);
    const rows = elementCount(out!.shape.slice(0, axis));
    const statistics = Array.from({ length: rows }, (_, row) => moments(x, row * length, length));
    const inverse = ({ variance }: Moments) => 1 / Math.sqrt(variance + epsilon);
    const y = computeTensor(out!, (data) => {
      statistics.forEach((row, r) => {
        const factor = inverse(row);
        for (let i = 0, at = r * length; i < length; i++, at++) {
          data[at] = (x[at]! - row.mean) * factor * scale[i]! + bias[i]!;
        }
      });
    });
    const means = meanInfo && computeTensor(meanInfo, (data) => data.set(statistics.map(({ mean }) => mean)));
    const deviations =
      deviationInfo && computeTensor(deviationInfo, (data) => data.set(statistics.map(inverse)));
    return [y, means, deviations].filter((tensor) => tensor !== undefined);
  },
  quant: COMPUTED,
});

/** x / sqrt(mean(x^2) + epsilon) * scale (Zhang and Sennrich, 2019). */
const rmsNormalization = defineOperator({
  name: 'RMSNormalization',
  inputs: [2, 2],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, FLOATS);
    normalisedFrom(node, inputs);
    return output(inputs[0]!.dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const epsilon = floatAttribute(node, 'epsilon', 1e-5);
    const normalised = out!.shape.slice(normalisedFrom(node, inputs));
    const length = elementCount(normalised);
    const x = asNumbers(inputs[0]!.data);
    const scale = spread(inputs[1], normalised, 1);
    return [
      computeTensor(out!, (data) => {
        for (let start = 0; start < data.length; start += length) {
          let squares = 0;
          for (let i = 0; i < length; i++) squares += x[start + i]! ** 2;
          const factor = 1 / Math.sqrt(squares / length + epsilon);
          for (let i = 0; i < length; i++) data[start + i] = x[start + i]! * factor * scale[i]!;
        }
      }),
    ];
  },
  quant: COMPUTED,
});

/** Local response normalisation over `size` neighbouring channels (Krizhevsky et al., 2012). */
const lrn = defineOperator({
  name: 'LRN',
  inputs: [1, 1],
  infer: (node, inputs) => {
    requireType(node, inputs, 0, FLOATS);
    requireRank(node, inputs, 0, 2, Infinity);
    if (!(intAttribute(node, 'size', 0) >= 1)) badShape(node, 'attribute "size" must be at least 1');
    return output(inputs[0]!.dtype, inputs[0]!.shape);
  },
  run: (node, inputs, [out]) => {
    const alpha = floatAttribute(node, 'alpha', 1e-4);
    const beta = floatAttribute(node, 'beta', 0.75);
    const bias = floatAttribute(node, 'bias', 1);
    const size = intAttribute(node, 'size', 0);
    const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
    const x = asNumbers(inputs[0]!.data);
    const channels = out!.shape[1]!;
    const plane = elementCount(out!.shape.slice(2));
    return [
      computeTensor(out!, (data) => {
        for (let at = 0; at < data.length; at++) {
          const channel = Math.floor(at / plane) % channels;
          const [first, last] = [Math.max(channel - before, 0), Math.min(channel + after, channels - 1)];
          let squares = 0;
          for (let c = first; c <= last; c++) squares += x[at + (c - channel) * plane]! ** 2;
          data[at] = x[at]! / (bias + (alpha / size) * squares) ** beta;
        }
      }),
    ];
  },
  quant: COMPUTED,
});

export const normalisationOperators: readonly Operator[] = [
  batchNormalization,
  instanceNormalization,
  groupNormalization,
  layerNormalization,
  rmsNormalization,
  lrn,
];
