/** Random calls of kernels with the weights of two output channels in one int16. */
import { scaleOf } from '../../src/program/kernels/channel-pairs.ts';
import { type pairsRoom, pairsSizes } from '../../src/program/kernels/conv2d-pairs-s8.ts';
import { wordsOf } from '../../src/program/kernels/conv2d-words-s8.ts';
import { columnsRoom } from '../../src/program/kernels/depthwise-conv2d-columns-s8.ts';
import { planesRoom } from '../../src/program/kernels/depthwise-conv2d-planes-s8.ts';
import { PAIRS_LANES, pairsOfRow } from '../../src/program/kernels/fully-connected-pairs-s8.ts';
import { WORDS_LANES } from '../../src/program/kernels/fully-connected-words-s8.ts';
import type { Parts } from './cases.ts';
import {
  type Axis,
  activation,
  axes,
  axis,
  channelCount,
  denseShape,
  int8s,
  integer,
  pick,
  type Random,
  requantization,
  windowParams,
  zeroPoint,
} from './random.ts';

/** Words of weights: any. */
function anyWords(random: Random, length: number): readonly number[] {
  return Array.from({ length }, () => integer(random, -(2 ** 31), 2 ** 31 - 1));
}

/** A zero point, and what outputs are clamped to: often to nothing but int8. */
export function outputs(random: Random) {
  const outputZeroPoint = zeroPoint(random);
  return {
    outputZeroPoint,
    ...(random() < 0.5 ? activation(random) : { actMin: -128, actMax: 127 }),
    ...(random() < 0.2 ? { actMin: outputZeroPoint, actMax: 127 } : {}),
  };
}

/** A bias. */
export function bias(random: Random): number {
  const limit = random() < 0.1 ? 2 ** 31 - 1 : 2 ** 14;
  return integer(random, -limit, limit);
}

/** What requantises a sum of `terms` products: often to int8, now and then anything that there is. */
export function scale(random: Random, terms: number): readonly number[] {
  const q = pick(random, [2 ** 30, 2 ** 31 - 1, integer(random, 2 ** 30, 2 ** 31 - 1)]);
  const usual = integer(random, -9, -5) - Math.floor(Math.log2(Math.sqrt(terms)));
  return scaleOf(q, random() < 0.1 ? integer(random, -31, -2) : usual);
}

/** Both biases of a pair of channels whose second sum is far from its limits, or anything. */
function biases(random: Random): readonly number[] {
  const [first, second] = [bias(random), bias(random)];
  return [first, (first + 256 * second) | 0];
}

/** An axis of a window of so many taps. */
export function taps(random: Random, kernel: number, mostStride: number): Axis {
  const one = axis(random, kernel, 1, 12);
  return one.kernel === kernel && one.stride <= mostStride ? one : taps(random, kernel, mostStride);
}

/** Axes of windows of 3x3 that are all taken, of which there are two each way, or every second. */
function threeByThree(random: Random): readonly [Axis, Axis] {
  const [h, w] = [taps(random, 3, 2), taps(random, 3, 2)];
  const isTaken = h.stride === w.stride && (h.stride === 2 || (h.out > 1 && w.out > 1));
  return isTaken ? [h, w] : threeByThree(random);
}

/** Axes and images that have at least three output positions. */
function manyPositions(random: Random, mostDilation: number): readonly [Axis, Axis, number] {
  const [h, w] = axes(random, mostDilation);
  const batch = integer(random, 1, 2);
  return batch * h.out * w.out < 3 ? manyPositions(random, mostDilation) : [h, w, batch];
}

export function imageParams(h: Axis, w: Axis, batch: number, inChannels: number) {
  const { dilationH: _h, dilationW: _w, ...window } = windowParams(h, w, true);
  return { batch, inChannels, ...window };
}

function depthwiseOnPlanes(random: Random, kernel: number): Parts {
  const [h, w] = [taps(random, kernel, 3), taps(random, kernel, 2)];
  const batch = integer(random, 1, 2);
  const transposed = h.stride <= 2 ? integer(random, 0, 1) : 0;
  const band = transposed === 1 ? w.out : integer(random, 1, 4);
  const channels = Math.max(4, channelCount(random));
  const window = h.kernel * w.kernel;
  return {
    params: {
      ...imageParams(h, w, batch, channels),
      band,
      transposed,
      room: planesRoom({
        ...{ outH: h.out, outW: w.out, strideH: h.stride, strideW: w.stride, kernelH: h.kernel, band },
        transposed,
      }),
      inputOffset: -zeroPoint(random),
      ...outputs(random),
    },
    inputs: [int8s(random, batch * h.size * w.size * channels)],
    constants: [
      int8s(random, window * channels),
      Int32Array.from({ length: channels }, () => bias(random)),
      Int32Array.from(Array.from({ length: channels }, () => scale(random, window)).flat()),
    ],
    outputs: [new Int8Array(batch * h.out * w.out * channels)],
  };
}

/** What requantises so many features. */
function scalesOf(random: Random, features: number, terms: number): Int32Array {
  return Int32Array.from(Array.from({ length: features }, () => scale(random, terms)).flat());
}

/** A block for each pair of output channels. @param terms of a sum */
export function blocks(
  random: Random,
  outChannels: number,
  words: number,
  terms: number,
  biasesOf: (random: Random) => readonly number[] = biases,
): readonly number[] {
  return Array.from({ length: Math.ceil(outChannels / 2) }, () => [
    ...biasesOf(random),
    ...anyWords(random, words),
    ...scale(random, terms),
    ...scale(random, terms),
  ]).flat();
}

type Filter = Parameters<typeof pairsRoom>[0];

/** @param biasesOf those at the head of a block @param isPlain neither dilated nor clamped */
function convolution(
  random: Random,
  biasesOf: (random: Random) => readonly number[],
  sizesOf: (filter: Filter) => ReturnType<typeof wordsOf>,
  isPlain: boolean,
): Parts {
  const [h, w, batch] = manyPositions(random, isPlain ? 1 : 3);
  const [inChannels, outChannels] = [channelCount(random), channelCount(random)];
  const filter = {
    ...{ inChannels, kernelH: h.kernel, kernelW: w.kernel, dilationW: w.dilation, strideW: w.stride },
  };
  const { words, room } = sizesOf(filter);
  if (words < 2) return convolution(random, biasesOf, sizesOf, isPlain);
  const terms = h.kernel * w.kernel * inChannels;
  const table = blocks(random, outChannels, words, terms, biasesOf);
  return {
    params: {
      ...{ batch, inChannels, ...windowParams(h, w, true), outChannels },
      words,
      room,
      inputZeroPoint: zeroPoint(random),
      ...outputs(random),
      ...(isPlain ? { actMin: -128, actMax: 127 } : {}),
    },
    inputs: [int8s(random, batch * h.size * w.size * inChannels)],
    constants: [Int32Array.from(table)],
    outputs: [new Int8Array(batch * h.out * w.out * outChannels)],
  };
}

/** Of channels that are shifted to the right, block by block. */
export function shiftedDepthwise(
  random: Random,
  h: Axis,
  w: Axis,
  block: Readonly<Record<'band' | 'span' | 'room', number>>,
): Parts {
  const [batch, channels, window] = [integer(random, 1, 2), channelCount(random), h.kernel * w.kernel];
  const [biases, multipliers, shifts] = requantization(random, channels, window) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const [least8, most8] = [zeroPoint(random), zeroPoint(random)].sort((a, b) => a - b) as [number, number];
  const saturates = random() < 0.5;
  return {
    params: {
      ...imageParams(h, w, batch, channels),
      ...block,
      inputZeroPoint: zeroPoint(random),
      ...(saturates
        ? { outputZeroPoint: -128, actMin: -128, actMax: 127 }
        : { outputZeroPoint: zeroPoint(random), actMin: least8, actMax: most8 }),
    },
    inputs: [int8s(random, batch * h.size * w.size * channels)],
    constants: [
      int8s(random, window * channels),
      biases,
      multipliers.map((q) => Math.max(q, 2 ** 30)),
      shifts.map((shift) => Math.min(-1, shift)),
    ],
    outputs: [new Int8Array(batch * h.out * w.out * channels)],
  };
}

export const PAIRS_CASES = {
  depthwise_conv2d_planes_s8: (random: Random): Parts => depthwiseOnPlanes(random, 3),

  depthwise_conv2d_large_planes_s8: (random: Random): Parts =>
    depthwiseOnPlanes(random, pick(random, [5, 7])),

  depthwise_conv2d_columns_s8(random: Random): Parts {
    const [h, w] = threeByThree(random);
    const least = w.stride === 1 ? 2 : 1;
    const block = { band: integer(random, least, 5), span: integer(random, least, 9) };
    return shiftedDepthwise(random, h, w, { ...block, room: columnsRoom({ strideW: w.stride, ...block }) });
  },

  conv2d_pairs_s8: (random: Random): Parts => convolution(random, biases, pairsSizes, false),

  conv2d_words_s8: (random: Random): Parts =>
    convolution(random, (random) => [bias(random), bias(random)], wordsOf, true),

  fully_connected_pairs_s8(random: Random): Parts {
    const { inFeatures, outFeatures } = denseShape(random);
    const { words, room } = pairsOfRow(inFeatures);
    const perChannel = integer(random, 0, 1);
    const table = Array.from({ length: Math.ceil(outFeatures / PAIRS_LANES) }, () => {
      const pairs = Array.from({ length: PAIRS_LANES / 2 }, () => biases(random));
      return [...pairs.map(([a]) => a!), ...pairs.map(([, b]) => b!), ...anyWords(random, 4 * words)];
    }).flat();
    const scales = scalesOf(random, perChannel === 1 ? outFeatures : 1, inFeatures);
    return {
      params: { inFeatures, outFeatures, perChannel, words, room, ...outputs(random) },
      inputs: [int8s(random, inFeatures)],
      constants: [Int32Array.from(table), scales],
      outputs: [new Int8Array(outFeatures)],
    };
  },

  fully_connected_words_s8(random: Random): Parts {
    const { inFeatures, outFeatures } = denseShape(random);
    const perChannel = integer(random, 0, 1);
    const features = WORDS_LANES * Math.ceil(outFeatures / WORDS_LANES);
    return {
      params: { inFeatures, outFeatures, perChannel, outputZeroPoint: zeroPoint(random) },
      inputs: [int8s(random, inFeatures)],
      constants: [
        int8s(random, features * inFeatures),
        Int32Array.from({ length: features }, () => bias(random)),
        scalesOf(random, perChannel === 1 ? outFeatures : 1, inFeatures),
      ],
      outputs: [new Int8Array(outFeatures)],
    };
  },
};
