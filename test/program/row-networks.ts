/** Random small networks of layers that go by rows: chains and branches of odd sizes, as Programs. */
import { copyBoxes } from '../../src/lower/shared/copy-boxes.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import { elementsOf } from '../../src/program/loops.ts';
import type { Program } from '../../src/program/program.ts';
import { ARENA, type ProgramArray, type ProgramTensor, type TensorId } from '../../src/program/types.ts';
import { withoutUnused } from '../../src/program/unused.ts';
import { randomCase } from '../native/cases.ts';
import { int8s, integer, offsets, pick, type Random, requantization } from '../native/random.ts';

type Params = Readonly<Record<string, number>>;

/** An image of the network. */
type Value = { readonly id: TensorId; readonly h: number; readonly w: number; readonly c: number };

/** What is added to, layer by layer. */
type Network = { readonly random: Random; readonly tensors: ProgramTensor[]; readonly steps: Step[] };

/** A network of so many layers at least, on one image; values that nobody reads, and now and then others, are its outputs. */
export function randomRowNetwork(random: Random, layers: number): Program {
  const network: Network = { random, tensors: [], steps: [] };
  const isFlat = random() < 0.15;
  const [h, w] = isFlat ? [1, integer(random, 2, 24)] : [integer(random, 2, 14), integer(random, 1, 6)];
  const values = [image(network, { h, w, c: integer(random, 1, 5) })];
  const gates: TensorId[] = [];
  while (network.steps.length < layers) {
    const from = random() < 0.75 ? values.at(-1)! : pick(random, values);
    const kind = pick(random, KINDS);
    if (kind === 'gate') {
      const gate = image(network, { h: 1, w: 1, c: from.c });
      gates.push(gate.id);
      values.push(product(network, from, gate));
    } else values.push(...LAYERS[kind](network, from, values));
  }
  const read = new Set(network.steps.flatMap(({ inputs }) => inputs));
  const outputs = values.slice(1).filter(({ id }) => !read.has(id) || random() < 0.08);
  return withoutUnused({
    name: 'rows',
    inputs: [values[0]!.id, ...gates].map((id) => port(network, id)),
    outputs: outputs.map(({ id }) => port(network, id)),
    tensors: network.tensors,
    steps: network.steps,
  }).program;
}

/** A chain of convolutions of 3 x 3 over an image of 12 x 4 x 4, stride 1, which keeps its size. */
export function chainOfConvolutions(random: Random, count: number): Program {
  const { network, values } = emptyChain(random);
  for (let k = 0; k < count; k++) values.push(conv(network, values.at(-1)!, 4, SAME_3, SAME_3));
  return chainOf(network, values);
}

/**
 * The same with skips: of each three layers two are convolutions, and the third adds what they read; every sixteenth block adds what was there
 * eight blocks before instead, and the last layer the input of the network.
 */
export function residualNetwork(random: Random, count: number): Program {
  const { network, values } = emptyChain(random);
  /** The input of each block. */
  const blocks = [values[0]!];
  while (network.steps.length < count) {
    const from = blocks.at(-1)!;
    const inner = conv(network, conv(network, from, 4, SAME_3, SAME_3), 4, SAME_3, SAME_3);
    const isLast = network.steps.length + 1 >= count;
    const skip = isLast ? blocks[0]! : blocks.length % 16 === 0 ? blocks.at(-8)! : from;
    blocks.push(sum(network, inner, skip));
  }
  return chainOf(network, blocks);
}

function emptyChain(random: Random): { readonly network: Network; readonly values: Value[] } {
  const network: Network = { random, tensors: [], steps: [] };
  return { network, values: [image(network, { h: 12, w: 4, c: 4 })] };
}

/** From the first to the last of some values. */
function chainOf(network: Network, values: readonly Value[]): Program {
  const { tensors, steps } = network;
  const [first, last] = [values[0]!, values.at(-1)!];
  return {
    name: 'chain',
    inputs: [port(network, first.id)],
    outputs: [port(network, last.id)],
    tensors,
    steps,
  };
}

function port({ tensors }: Network, tensor: TensorId): Program['inputs'][number] {
  return { name: `p${tensor}`, tensor, onnxShape: [elementsOf(tensors[tensor]!)], layout: [0] };
}

function image({ tensors }: Network, { h, w, c }: Omit<Value, 'id'>): Value {
  const shape = [1, h, w, c];
  const name = `t${tensors.length}`;
  const id = tensors.push({ name, dtype: 'int8', shape, quant: null, storage: ARENA }) - 1;
  return { id, h, w, c };
}

function constant({ tensors }: Network, data: ProgramArray): TensorId {
  const dtype = data instanceof Int32Array ? 'int32' : 'int8';
  const name = `c${tensors.length}`;
  return (
    tensors.push({ name, dtype, shape: [data.length], quant: null, storage: { kind: 'constant', data } }) - 1
  );
}

function push(
  { steps }: Network,
  kernel: Step['kernel'],
  inputs: readonly Value[],
  constants: readonly TensorId[],
  output: Value,
  params: Params,
): Value {
  const name = `layer${output.id}`;
  steps.push({
    kernel,
    name,
    inputs: inputs.map(({ id }) => id),
    constants,
    outputs: [output.id],
    params,
  } as unknown as Step);
  return output;
}

/** A window along one axis. */
type Axis = {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
  readonly padEnd: number;
};

const POINT: Axis = { kernel: 1, stride: 1, dilation: 1, pad: 0, padEnd: 0 };
const SAME_3: Axis = { kernel: 3, stride: 1, dilation: 1, pad: 1, padEnd: 1 };

function sizeBehind(size: number, { kernel, stride, dilation, pad, padEnd }: Axis): number {
  return Math.floor((size + pad + padEnd - (kernel - 1) * dilation - 1) / stride) + 1;
}

/** Padding of its own at each end; every window of an axis that is not dilated sees something. */
function randomAxis(random: Random, size: number, mostDilation: number): Axis {
  if (size === 1) return POINT;
  for (;;) {
    const kernel = pick(random, [1, 2, 3, 3, 3, 5]);
    const [stride, dilation] = [pick(random, [1, 1, 1, 2, 2, 3]), integer(random, 1, mostDilation)];
    const [pad, padEnd] = [integer(random, 0, kernel - 1), integer(random, 0, kernel - 1)];
    const axis = { kernel, stride, dilation, pad, padEnd };
    const out = sizeBehind(size, axis);
    if (out >= 1 && (out - 1) * stride - pad < size) return axis;
  }
}

/** Parameters of a window, and the image behind it. */
function windowed(network: Network, { h, w }: Value, y: Axis, x: Axis, c: number): [Params, Value] {
  const output = image(network, { h: sizeBehind(h, y), w: sizeBehind(w, x), c });
  const params = {
    ...{ batch: 1, inH: h, inW: w, outH: output.h, outW: output.w },
    ...{ kernelH: y.kernel, kernelW: x.kernel, strideH: y.stride, strideW: x.stride },
    ...{ padTop: y.pad, padLeft: x.pad, dilationH: y.dilation, dilationW: x.dilation },
  };
  return [params, output];
}

function conv(network: Network, from: Value, c: number, y: Axis, x: Axis): Value {
  const { random } = network;
  const [params, output] = windowed(network, from, y, x, c);
  const terms = y.kernel * x.kernel * from.c;
  const constants = [int8s(random, terms * c), ...requantization(random, c, terms)];
  return push(
    network,
    'conv2d_s8',
    [from],
    constants.map((data) => constant(network, data)),
    output,
    {
      ...params,
      ...{ inChannels: from.c, outChannels: c, groups: 1, ...offsets(random) },
    },
  );
}

function depthwise(network: Network, from: Value): Value {
  const { random } = network;
  const [y, x] = [randomAxis(random, from.h, 2), randomAxis(random, from.w, 2)];
  const depthMultiplier = pick(random, [1, 1, 2]);
  const c = from.c * depthMultiplier;
  const [params, output] = windowed(network, from, y, x, c);
  const terms = y.kernel * x.kernel;
  const constants = [int8s(random, terms * c), ...requantization(random, c, terms)];
  return push(
    network,
    'depthwise_conv2d_s8',
    [from],
    constants.map((data) => constant(network, data)),
    output,
    { ...params, inChannels: from.c, depthMultiplier, ...offsets(random) },
  );
}

type Pool = 'avg_pool2d_s8' | 'max_pool2d_s8' | 'mean_pool2d_s8';

function pool(network: Network, from: Value, kernel: Pool, y: Axis, x: Axis): Value {
  const { dilationH, dilationW, ...shape } = windowed(network, from, y, x, from.c)[0];
  const output = image(network, { h: shape.outH!, w: shape.outW!, c: from.c });
  const dilation = kernel === 'avg_pool2d_s8' ? {} : { dilationH, dilationW };
  const own = randomCase(kernel, network.random).step.params;
  return push(network, kernel, [from], [], output, {
    ...own,
    ...({ ...shape, ...dilation, channels: from.c } as Params),
  });
}

function sum(network: Network, a: Value, b: Value): Value {
  const params = randomCase('add_s8', network.random).step.params as Params;
  return push(network, 'add_s8', [a, b], [], image(network, a), { ...params, size: a.h * a.w * a.c });
}

/** By one value of each channel. */
function product(network: Network, a: Value, b: Value): Value {
  const params = randomCase('mul_s8', network.random).step.params as Params;
  const outer = a.h * a.w;
  const own = { outer, channels: a.c, repeat: outer };
  return push(network, 'mul_s8', [a, b], [], image(network, a), { ...params, ...own });
}

function concat(network: Network, parts: readonly [Value, Value]): Value {
  const [{ h, w }] = parts;
  const output = image(network, { h, w, c: parts[0].c + parts[1].c });
  const dense = (c: number): readonly number[] => [w * c * h, w * c, c, 1];
  parts.forEach((part, k) => {
    const shape = [1, h, w, part.c];
    const [params] = copyBoxes(
      { offset: 0, shape, strides: dense(part.c) },
      { offset: k === 0 ? 0 : parts[0].c, shape, strides: dense(output.c) },
    );
    push(network, 'copy_s8', [part], [], output, params as unknown as Params);
  });
  return output;
}

function nearest(network: Network, from: Value): Value {
  const factor = (size: number): number => (size === 1 ? 1 : integer(network.random, 1, 2));
  const [y, x] = [factor(from.h), factor(from.w)];
  const output = image(network, { h: from.h * y, w: from.w * x, c: from.c });
  const table = (size: number, by: number): readonly TensorId[] => [
    constant(
      network,
      Int32Array.from({ length: size }, (_, i) => Math.floor(i / by)),
    ),
    constant(network, new Int32Array(size).fill(2 ** 11)),
  ];
  const constants = [...table(output.h, y), ...table(output.w, x)];
  return push(network, 'resize2d_s8', [from], constants, output, {
    ...{ batch: 1, inH: from.h, inW: from.w, channels: from.c, outH: output.h, outW: output.w, taps: 1 },
  });
}

const isAlike = (a: Value, b: Value): boolean => a.h === b.h && a.w === b.w && a.c === b.c;

type Layer = (network: Network, from: Value, values: readonly Value[]) => readonly Value[];

const LAYERS = {
  conv: (network, from) => {
    const { random } = network;
    const [y, x] = [randomAxis(random, from.h, 2), randomAxis(random, from.w, 2)];
    return [conv(network, from, integer(random, 1, 6), y, x)];
  },
  pointwise: (network, from) => [conv(network, from, integer(network.random, 1, 6), POINT, POINT)],
  depthwise: (network, from) => [depthwise(network, from)],
  pool: (network, from) => {
    const { random } = network;
    const kernel = pick(random, ['avg_pool2d_s8', 'max_pool2d_s8', 'mean_pool2d_s8'] as const);
    return [pool(network, from, kernel, randomAxis(random, from.h, 1), randomAxis(random, from.w, 1))];
  },
  lut: (network, from) => {
    const table = constant(network, int8s(network.random, 256));
    return [
      push(network, 'lut_s8', [from], [table], image(network, from), { size: from.h * from.w * from.c }),
    ];
  },
  /** Of two values that are alike. */
  residual: (network, from, values) => [
    sum(
      network,
      from,
      pick(
        network.random,
        values.filter((one) => isAlike(one, from)),
      ),
    ),
  ],
  /** What a ResNet does where it halves images. */
  downsampling: (network, from) => {
    const { random } = network;
    const [c, stride] = [integer(random, 1, 6), pick(random, [1, 2])];
    const axis = (size: number): Axis => (size === 1 ? POINT : { ...SAME_3, stride });
    const short = (size: number): Axis => (size === 1 ? POINT : { ...POINT, stride });
    const first = conv(network, from, c, axis(from.h), axis(from.w));
    const kept = { h: first.h === 1 ? POINT : SAME_3, w: first.w === 1 ? POINT : SAME_3 };
    const second = conv(network, first, c, kept.h, kept.w);
    const shortcut = conv(network, from, c, short(from.h), short(from.w));
    return [first, second, shortcut, sum(network, second, shortcut)];
  },
  concat: (network, from, values) => {
    const others = values.filter(({ h, w, c }) => h === from.h && w === from.w && c + from.c < 10);
    return others.length === 0 ? [] : [concat(network, [from, pick(network.random, others)])];
  },
  resize: (network, from) => (from.h * from.w > 100 ? [] : [nearest(network, from)]),
  /** Squeeze and excite: the mean of an image weighs its channels. */
  squeeze: (network, from) => {
    const kernel = pick(network.random, ['avg_pool2d_s8', 'mean_pool2d_s8'] as const);
    const over = (size: number): Axis => ({ ...POINT, kernel: size });
    const mean = pool(network, from, kernel, over(from.h), over(from.w));
    const gate = conv(network, mean, from.c, POINT, POINT);
    return [mean, gate, product(network, from, gate)];
  },
} as const satisfies Readonly<Record<string, Layer>>;

const KINDS = [
  ...(['conv', 'conv', 'conv', 'pointwise', 'pointwise', 'depthwise', 'depthwise', 'pool', 'lut'] as const),
  ...(['residual', 'residual', 'downsampling', 'concat', 'resize', 'squeeze', 'gate'] as const),
];
