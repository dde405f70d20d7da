/**
 * What the DLA of a Jetson computes. Sources: "DLA Supported Layers and Restrictions" of the TensorRT documentation (8.x and 11.4.1),
 * operators/README.md of NVIDIA/Deep-Learning-Accelerator-SW; where they say nothing of a form, it counts as not supported.
 */
import type { Graph, Node } from '../../../graph/types.ts';
import { intAttribute, intsAttribute, stringAttribute } from '../../../ops/attributes.ts';
import { slidingWindow, windowAttributes } from '../../../ops/window.ts';
import { isBefore } from './order.ts';
import type { Platform } from './platform.ts';
import type { ReleaseId } from './release.ts';

/** How many compiled parts of networks one core holds at a time. */
export const MAX_LOADABLES = 16;

/** Largest of all other axes than the batch, and the largest batch. */
const MAX_SIZE = 8192;
const MAX_BATCH = 4096;

/** Why a node does not run there; null where it does. */
type Check = (node: Node, graph: Graph, platform: Platform) => string | null;

/** Why a node of a graph does not run on the DLA of the platform; null where it does. */
export function dlaRefusal(node: Node, graph: Graph, platform: Platform): string | null {
  if (platform.profile.dla === null) return `${platform.profile.name} has no DLA`;
  const check = CHECKS[node.op];
  if (check === undefined) return `the DLA has no ${node.op}`;
  return tensorRefusal(node, graph) ?? check(node, graph, platform);
}

function tensorRefusal({ inputs, outputs }: Node, graph: Graph): string | null {
  const computed = [...inputs, ...outputs].filter((name) => name !== '' && !graph.constants.has(name));
  for (const name of computed) {
    const { dtype, shape } = graph.values.get(name)!;
    if (dtype !== 'float32' && dtype !== 'int8') return `a tensor of type ${dtype}`;
    const batch = shape.slice(0, -3).reduce((product, size) => product * size, 1);
    if (batch > MAX_BATCH) return `a batch of ${batch}; at most ${MAX_BATCH}`;
    if (shape.slice(-3).some((size) => size > MAX_SIZE)) return `an axis of more than ${MAX_SIZE}`;
  }
  return null;
}

const shapeOf = (graph: Graph, name: string | undefined): readonly number[] =>
  graph.values.get(name ?? '')?.shape ?? [];

const within = (values: readonly number[], [least, most]: readonly [number, number]): boolean =>
  values.every((value) => value >= least && value <= most);

/** The first complaint whose condition holds. */
const first = (...found: readonly (readonly [boolean, string])[]): string | null =>
  found.find(([holds]) => holds)?.[1] ?? null;

const anywhere: Check = () => null;

const since =
  (release: ReleaseId, check: Check): Check =>
  (node, graph, platform) =>
    isBefore(platform.release.id, release)
      ? `the DLA has ${node.op} from TensorRT ${release} on`
      : check(node, graph, platform);

/** A constant, or one behind Q and DQ. */
function isConstant(graph: Graph, name: string): boolean {
  if (graph.constants.has(name)) return true;
  const producer = graph.nodes.find(({ outputs }) => outputs[0] === name);
  return producer !== undefined && /^(Q|Deq)uantizeLinear$/.test(producer.op)
    ? isConstant(graph, producer.inputs[0]!)
    : false;
}

const twoAxes = (graph: Graph, node: Node): readonly [boolean, string] => [
  shapeOf(graph, node.inputs[0]).length !== 4,
  'it is not over two axes',
];

const conv: Check = (node, graph) => {
  const [, , ...input] = shapeOf(graph, node.inputs[0]);
  const [, , ...kernel] = shapeOf(graph, node.inputs[1]);
  if (input.length !== 2) return 'it is not over two axes';
  const { padBegin, padEnd, strides, dilations } = slidingWindow(node, input, kernel);
  const pads = [...padBegin, ...padEnd];
  return first(
    [!isConstant(graph, node.inputs[1]!), 'its weights are computed'],
    [!within(kernel, [1, 32]), `a kernel of ${kernel.join(' x ')}; each side is 1 to 32`],
    [!within(strides, [1, 8]), `strides of ${strides.join(' x ')}; 1 to 8`],
    [!within(dilations, [1, 32]), `dilations of ${dilations.join(' x ')}; 1 to 32`],
    [!within(pads, [0, 31]), `a padding of ${Math.max(...pads)}; 0 to 31`],
    [
      pads.some((pad, i) => pad >= kernel[i % 2]! * dilations[i % 2]!),
      'a padding that is not smaller than the kernel',
    ],
  );
};

const convTranspose: Check = (node, graph) => {
  const [, , ...kernel] = shapeOf(graph, node.inputs[1]);
  if (kernel.length !== 2) return 'it is not over two axes';
  const { strides, dilations, pads, autoPad } = windowAttributes(node, 2);
  const isSlow = kernel[0] === kernel[1] && kernel[0]! >= 23;
  return first(
    [!isConstant(graph, node.inputs[1]!), 'its weights are computed'],
    [!within(kernel, [1, 32]), `a kernel of ${kernel.join(' x ')}; each side is 1 to 32`],
    [isSlow || strides.some((stride) => stride >= 23), 'square kernels and strides from 23 on are off'],
    [pads.some((pad) => pad !== 0) || autoPad.startsWith('SAME'), 'it has a padding'],
    [intAttribute(node, 'group', 1) !== 1, 'it has groups'],
    [dilations.some((dilation) => dilation !== 1), 'it has dilations'],
  );
};

const pool: Check = (node, graph) => {
  const [, , ...input] = shapeOf(graph, node.inputs[0]);
  if (input.length !== 2) return 'it is not over two axes';
  const kernel = intsAttribute(node, 'kernel_shape', []);
  const ceil = intAttribute(node, 'ceil_mode', 0) !== 0;
  const { padBegin, padEnd, strides } = slidingWindow(node, input, kernel, ceil);
  const pads = [...padBegin, ...padEnd];
  return first(
    [!within(kernel, [1, 8]), `a window of ${kernel.join(' x ')}; each side is 1 to 8`],
    [!within(strides, [1, 16]), `strides of ${strides.join(' x ')}; 1 to 16`],
    [!within(pads, [0, 7]), `a padding of ${Math.max(...pads)}; 0 to 7`],
  );
};

const product: Check = (node, graph) =>
  first([!isConstant(graph, node.inputs[1]!), 'its second operand is computed']);

/** Of two computed operands, or of one and a constant that is a number, one per channel, or one per element. */
const elementwise: Check = (node, graph, platform) => {
  const shape = shapeOf(graph, node.outputs[0]);
  const [small] = node.inputs.filter((name) => shapeOf(graph, name).join() !== shape.join());
  if (small === undefined || graph.constants.has(small)) return null;
  const perChannel = shapeOf(graph, small)
    .slice(-2)
    .every((size) => size === 1);
  return first(
    [!perChannel, 'operands that broadcast over other axes than height and width'],
    [isBefore(platform.release.id, '10.3'), 'computed operands that broadcast'],
  );
};

const clip: Check = ({ inputs }, graph) => {
  const limit = (name: string | undefined, absent: number): number =>
    Number(graph.constants.get(name ?? '')?.data[0] ?? absent);
  const [low, high] = [limit(inputs[1], -Infinity), limit(inputs[2], Infinity)];
  return first([
    low !== 0 || high < 1 || high > 127,
    `limits of ${low} and ${high}; 0 and 1 to 127 are supported`,
  ]);
};

const concat: Check = (node, graph) => {
  const rank = shapeOf(graph, node.outputs[0]).length;
  const axis = intAttribute(node, 'axis', 0);
  return first([rank !== 4 || (axis < 0 ? axis + rank : axis) !== 1, 'it does not join channels of images']);
};

const shuffle: Check = ({ inputs, outputs }, graph) => {
  const [from, to] = [shapeOf(graph, inputs[0]), shapeOf(graph, outputs[0])];
  return first(
    [from.length !== 4 || to.length !== 4, 'its input and output are not of rank 4'],
    [from[0] !== to[0], 'it changes the batch'],
  );
};

const slice: Check = ({ inputs, outputs }, graph) => {
  const shape = shapeOf(graph, inputs[0]);
  return first(
    [shape.length !== 4, 'its input is not of rank 4'],
    [outputs.some((name) => shapeOf(graph, name)[0] !== shape[0]), 'it cuts the batch'],
  );
};

const resize: Check = (node, graph) => {
  const [from, to] = [shapeOf(graph, node.inputs[0]), shapeOf(graph, node.outputs[0])];
  const mode = stringAttribute(node, 'mode', 'nearest');
  const most = mode === 'nearest' ? 32 : 4;
  const scales = to.map((size, axis) => size / from[axis]!);
  return first(
    [from.length !== 4 || scales[0] !== 1 || scales[1] !== 1, 'it resizes other axes than height and width'],
    [
      scales.some((scale) => !Number.isInteger(scale) || scale < 1 || scale > most),
      `factors of ${scales.slice(2).join(' x ')}; whole ones up to ${most} in mode ${mode}`,
    ],
  );
};

const softmax: Check = (node, graph, { profile }) => {
  const shape = shapeOf(graph, node.inputs[0]);
  const axis = intAttribute(node, 'axis', -1);
  const place = axis < 0 ? axis + shape.length : axis;
  const alone = shape.every((size, i) => i === 0 || i === place || size === 1);
  return first(
    [profile.dla!.version === 1, 'the DLA of a Xavier has no Softmax'],
    [place === 0, 'it is over the batch'],
    [!alone && shape[place]! > 1024, `an axis of ${shape[place]}; at most 1024 beside other axes`],
  );
};

const lrn: Check = (node) => {
  const size = intAttribute(node, 'size', 0);
  return first([![3, 5, 7, 9].includes(size), `a size of ${size}; 3, 5, 7 or 9`]);
};

const global: Check = (node, graph) => first(twoAxes(graph, node));

/** Q and DQ are scales of tensors where types say what is computed; before, scales come from a calibration cache. */
const quantizer: Check = (_, __, { release }) =>
  first([release.typing !== 'strong', 'scales of the DLA come from a calibration cache']);

const CHECKS: Readonly<Record<string, Check>> = {
  Abs: since('8.5', anywhere),
  Add: elementwise,
  AveragePool: pool,
  BatchNormalization: anywhere,
  Clip: clip,
  Concat: concat,
  Conv: conv,
  ConvTranspose: convTranspose,
  DequantizeLinear: quantizer,
  Div: since('10.3', elementwise),
  Dropout: anywhere,
  Gemm: product,
  GlobalMaxPool: since('10.3', global),
  Identity: anywhere,
  LRN: lrn,
  LeakyRelu: anywhere,
  MatMul: product,
  Max: elementwise,
  MaxPool: pool,
  Min: elementwise,
  Mul: elementwise,
  PRelu: product,
  QuantizeLinear: quantizer,
  Relu: anywhere,
  Reshape: since('8.6', shuffle),
  Resize: resize,
  Sigmoid: anywhere,
  Slice: since('8.5', slice),
  Softmax: since('8.5', softmax),
  Split: since('8.5', slice),
  Sub: elementwise,
  Sum: elementwise,
  Tanh: anywhere,
  Transpose: since('8.6', shuffle),
  'tinyml::Silu': anywhere,
};
