/** Float networks of inverted bottlenecks with seeded weights: the shapes of MCUNet and MobileNetV2, and one after MobileNetV3. */
import type { Graph } from '../src/graph/types.ts';
import { seededRandom } from '../src/numbers/random.ts';
import type { NodeProto, TensorProto } from '../src/onnx/proto.ts';
import { floats, node, valueInfo } from '../test/onnx/models.ts';
import { readModel } from '../test/whole-way/whole-way.ts';

/**
 * A bottleneck: how many times its channels there are inside, channels behind it, taps and stride of its windows, and by how many its channels inside are
 * squeezed to weigh them by what they are on average. Where it keeps its shape, its input is added.
 */
type Block = readonly [expansion: number, out: number, taps: number, stride: number, squeeze?: number];

type Shape = {
  /** Height and width of the input, of three channels. */
  readonly size: number;
  /** Channels of the first convolution (3x3, stride 2), and behind the depthwise one that follows. */
  readonly stem: readonly [number, number];
  readonly blocks: readonly Block[];
  /** Channels of a last pointwise convolution; 0: none. */
  readonly head: number;
  readonly classes: number;
};

/** Blocks that repeat: the first of each row has its stride. */
function repeated(
  rows: readonly (readonly [out: number, times: number, stride: number])[],
): readonly Block[] {
  return rows.flatMap(([out, times, stride]) =>
    Array.from({ length: times }, (_, k): Block => [6, out, 3, k === 0 ? stride : 1]),
  );
}

export const INVERTED = {
  // mcunet-vww1 (Lin et al., MCUNet, 2020): 80x80, 11.6 M multiply-accumulates, windows of 3x3, 5x5 and 7x7.
  mcunet: {
    ...{ size: 80, stem: [16, 8], head: 0, classes: 2 },
    blocks: [
      ...[[6, 16, 3, 2] as const, [3, 16, 3, 1] as const, [3, 16, 3, 1] as const],
      ...[[3, 24, 7, 2] as const, [6, 24, 3, 1] as const, [5, 24, 5, 1] as const],
      ...[[6, 40, 7, 2] as const, [6, 40, 7, 1] as const, [6, 48, 3, 1] as const, [4, 48, 3, 1] as const],
      ...[[5, 96, 5, 2] as const, [5, 96, 3, 1] as const, [4, 96, 3, 1] as const, [3, 160, 7, 1] as const],
    ],
  },
  // The network that MCUNetV3's public example trains (Lin et al., On-Device Training Under 256KB Memory, 2022): 128x128, ten classes.
  'mcunet-128': {
    ...{ size: 128, stem: [16, 8], head: 0, classes: 10 },
    blocks: [
      ...[[4, 16, 3, 2] as const, [3, 16, 3, 1] as const, [3, 24, 7, 2] as const, [5, 24, 3, 1] as const],
      ...[[5, 40, 3, 2] as const, [4, 40, 7, 1] as const, [4, 48, 5, 1] as const, [3, 48, 3, 1] as const],
      ...[[4, 48, 3, 1] as const, [5, 96, 7, 2] as const, [4, 96, 5, 1] as const, [4, 96, 5, 1] as const],
      ...[[6, 160, 3, 1] as const],
    ],
  },
  // After MobileNetV3-Small (Howard et al., 2019) at half width: squeeze and excite in most blocks.
  'mobilenet-v3': {
    ...{ size: 96, stem: [16, 8], head: 288, classes: 10 },
    blocks: [
      ...[[2, 8, 3, 2, 4] as const, [4, 16, 3, 2] as const, [4, 16, 3, 1] as const],
      ...[[4, 24, 5, 2, 4] as const, [6, 24, 5, 1, 4] as const, [5, 24, 5, 1, 4] as const],
      ...[[6, 48, 5, 2, 4] as const, [6, 48, 5, 1, 4] as const],
    ],
  },
  // MobileNetV2 (Sandler et al., 2018), channels rounded to multiples of eight.
  'mobilenet-v2-0.35': {
    ...{ size: 144, stem: [16, 8], head: 1280, classes: 10 },
    blocks: repeated([
      ...[[8, 2, 2] as const, [16, 3, 2] as const, [24, 4, 2] as const],
      ...[[32, 3, 1] as const, [56, 3, 2] as const, [112, 1, 1] as const],
    ]),
  },
  'mobilenet-v2-1.0': {
    ...{ size: 224, stem: [32, 16], head: 1280, classes: 10 },
    blocks: repeated([
      ...[[24, 2, 2] as const, [32, 3, 2] as const, [64, 4, 2] as const],
      ...[[96, 3, 1] as const, [160, 3, 2] as const, [320, 1, 1] as const],
    ]),
  },
} as const satisfies Readonly<Record<string, Shape>>;

export function invertedNetwork({ size, stem, blocks, head, classes }: Shape): Graph {
  const random = seededRandom(1);
  const nodes: NodeProto[] = [];
  const initializer: TensorProto[] = [];

  /** Of the size that keeps values of one magnitude from layer to layer. */
  const weights = (shape: readonly number[], inputs: number): string => {
    const count = shape.reduce((product, size) => product * size, 1);
    const name = `w${initializer.length}`;
    const values = Array.from({ length: count }, () => (2 * random() - 1) * Math.sqrt(6 / inputs));
    initializer.push(floats(name, shape, values));
    return name;
  };
  const convolution = (
    input: string,
    [inside, out]: readonly [number, number],
    taps: number,
    { stride = 1, group = 1, relu = true } = {},
  ): string => {
    const name = `n${nodes.length}`;
    const operands = [
      input,
      weights([out, inside / group, taps, taps], taps * taps * (inside / group)),
      weights([out], 100),
    ];
    const pad = (taps - 1) / 2;
    const attributes = {
      kernel_shape: [taps, taps],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    };
    nodes.push(node('Conv', operands, [name], attributes));
    if (!relu) return name;
    nodes.push(node('Relu', [name], [`${name}_relu`]));
    return `${name}_relu`;
  };
  const depthwise = (input: string, channels: number, taps: number, stride: number): string =>
    convolution(input, [channels, channels], taps, { stride, group: channels });

  /** Channels weighed by a function of what they are on average. */
  const excited = (input: string, all: number, squeeze: number): string => {
    const few = all / squeeze;
    nodes.push(node('GlobalAveragePool', [input], [`${input}_mean`]));
    const weight = convolution(convolution(`${input}_mean`, [all, few], 1), [few, all], 1, { relu: false });
    nodes.push(node('HardSigmoid', [weight], [`${weight}_gate`]));
    nodes.push(node('Mul', [input, `${weight}_gate`], [`${input}_excited`]));
    return `${input}_excited`;
  };

  let value = convolution('x', [3, stem[0]], 3, { stride: 2 });
  value = convolution(depthwise(value, stem[0], 3, 1), stem, 1, { relu: false });
  let channels = stem[1];
  for (const [expansion, out, taps, stride, squeeze] of blocks) {
    const inside = channels * expansion;
    const wide = convolution(value, [channels, inside], 1);
    const seen = depthwise(wide, inside, taps, stride);
    const weighed = squeeze === undefined ? seen : excited(seen, inside, squeeze);
    const narrow = convolution(weighed, [inside, out], 1, { relu: false });
    const keeps = stride === 1 && out === channels;
    if (keeps) nodes.push(node('Add', [value, narrow], [`${narrow}_sum`]));
    value = keeps ? `${narrow}_sum` : narrow;
    channels = out;
  }
  if (head > 0) [value, channels] = [convolution(value, [channels, head], 1), head];
  nodes.push(node('GlobalAveragePool', [value], ['pooled']));
  nodes.push(node('Flatten', ['pooled'], ['flat']));
  nodes.push(node('Gemm', ['flat', weights([channels, classes], channels), weights([classes], 100)], ['y']));
  const input = [valueInfo('x', [1, 3, size, size])];
  return readModel({ node: nodes, initializer, input, output: [valueInfo('y', null)] });
}
