/** Networks that look at the patches of a frame and of its reference, and give each a score: above 0 it is computed anew. */
import { type GraphBuilder, graphBuilder, int, ints } from '../graph/build.ts';
import { elementCount, floatTensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { mixSeed, seededRandom } from '../numbers/random.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { PATCH_STATISTICS } from '../program/kernels/patch-gate.ts';

export type LearnedKind = 'micro' | 'convmixer';

/** The gated value [1, channels, height, width] and the sides of a patch, which divide it. */
type GatedShape = {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly patch: number;
};

/** What the gate reads: the name of its input. */
export const GATE_INPUT = { micro: 'statistics', convmixer: 'pair' } as const;

/**
 * A gate before training, of one input, and the output `scores` [1, 1, height / patch, width / patch].
 * micro: `statistics` [1, 4, ...], depthwise 3x3, pointwise to 8, Relu, pointwise to 1: 76 products a patch.
 * convmixer: `pair` [1, 2 channels, height, width], frame and reference; a patch embedding of 16, one block of ConvMixer
 * (Trockman and Kolter 2022) with a 3x3 kernel, a score of its own for every patch. Relu for GELU, and no batch normalisation.
 */
export function gateGraph(kind: LearnedKind, shape: GatedShape, seed: number): Graph {
  const b = graphBuilder(kind);
  b.output(kind === 'micro' ? micro(b, shape, seed) : convMixer(b, shape, seed), { name: 'scores' });
  return prepareGraph(b.model(), { deadChannels: false });
}

const HIDDEN = 8;

/**
 * It begins near the gate that compares changes with a threshold, from where training is much faster than from random weights: the
 * kernels are near identity, hidden units grow with every change, and all of them count (`startNear` spreads them).
 */
function micro(b: GraphBuilder, { height, width, patch }: GatedShape, seed: number): string {
  const size = [height / patch, width / patch];
  const statistics = b.input(GATE_INPUT.micro, [1, PATCH_STATISTICS, ...size]);
  const near = conv(b, 'depthwise', statistics, {
    shape: [PATCH_STATISTICS, 1, 3, 3],
    padded: true,
    weights: randomly(seed, 1, (u, i) => 0.1 * u + (i % 9 === 4 ? 1 : 0)),
  });
  const hidden = conv(b, 'pointwise', near, {
    shape: [HIDDEN, PATCH_STATISTICS, 1, 1],
    weights: randomly(seed, 2, (u, i) => (i % PATCH_STATISTICS === BRIGHTNESS ? 0.1 * u : 2 + u)),
  });
  return conv(b, 'score', relu(b, 'hidden', hidden), {
    shape: [1, HIDDEN, 1, 1],
    weights: randomly(seed, 3, (u) => 1 + 0.5 * u),
  });
}

/** The statistic that says nothing of changes. */
const BRIGHTNESS = 2;

/** Channels of the ConvMixer. */
const WIDTH = 16;

function convMixer(b: GraphBuilder, { channels, height, width, patch }: GatedShape, seed: number): string {
  const pair = b.input(GATE_INPUT.convmixer, [1, 2 * channels, height, width]);
  const embedding = conv(b, 'embedding', pair, {
    shape: [WIDTH, 2 * channels, patch, patch],
    stride: patch,
    weights: differences(seed, channels, patch),
  });
  const patches = relu(b, 'patches', embedding);
  const depthwise = conv(b, 'depthwise', patches, {
    shape: [WIDTH, 1, 3, 3],
    padded: true,
    weights: he(seed, 2, 9),
  });
  const sum = b.node('Add', [relu(b, 'near', depthwise), patches], { name: 'residual' });
  const pointwise = conv(b, 'pointwise', sum, { shape: [WIDTH, WIDTH, 1, 1], weights: he(seed, 3, WIDTH) });
  return conv(b, 'score', relu(b, 'hidden', pointwise), {
    shape: [1, WIDTH, 1, 1],
    weights: he(seed, 4, WIDTH),
  });
}

type Weights = (index: number) => number;

/** Weights from uniform numbers in [-1, 1); `key` is one of a layer's own. */
function randomly(seed: number, key: number, make: (u: number, index: number) => number): Weights {
  const random = seededRandom(mixSeed(seed, key));
  return (index) => make(2 * random() - 1, index);
}

/** Uniform, of variance 2 / fan-in (He et al. 2015, eq. 10). */
function he(seed: number, key: number, fanIn: number): Weights {
  return randomly(seed, key, (u) => u * Math.sqrt(6 / fanIn));
}

/** An embedding that begins with what differs: the reference has the weights of the frame, less than nothing. */
function differences(seed: number, channels: number, patch: number): Weights {
  const half = channels * patch * patch;
  const frame = Array.from({ length: WIDTH * half }, (_, i) => he(seed, i + 5, half)(i));
  return (index) => {
    const [row, column] = [Math.floor(index / (2 * half)), index % (2 * half)];
    return column < half ? frame[row * half + column]! : -frame[row * half + column - half]!;
  };
}

type Layer = {
  readonly shape: readonly [out: number, inputs: number, height: number, width: number];
  readonly weights: Weights;
  /** Left out: 0. */
  readonly bias?: (channel: number) => number;
  readonly stride?: number;
  /** 3x3 channel by channel, with a border of zeros. */
  readonly padded?: true;
};

function conv(b: GraphBuilder, name: string, x: string, layer: Layer): string {
  const { shape, weights, bias = () => 0, stride = 1, padded = false } = layer;
  const border = padded ? 1 : 0;
  const attributes = {
    strides: ints([stride, stride]),
    group: int(padded ? shape[0] : 1),
    pads: ints([border, border, border, border]),
  };
  const numbers = (length: number, make: (index: number) => number): Float32Array =>
    Float32Array.from({ length }, (_, i) => make(i));
  const constants = [
    b.constant(`${name}_weights`, floatTensor(shape, numbers(elementCount(shape), weights))),
    b.constant(`${name}_bias`, floatTensor([shape[0]], numbers(shape[0], bias))),
  ];
  return b.node('Conv', [x, ...constants], { name, attributes });
}

function relu(b: GraphBuilder, name: string, x: string): string {
  return b.node('Relu', [x], { name });
}
