/** Random calls of kernels with weights in vectors of sixteen. */
import { EIGHT } from '../../src/program/kernels/channel-vectors.ts';
import { vectorsOf } from '../../src/program/kernels/conv2d-vectors-s8.ts';
import { rowsRoom } from '../../src/program/kernels/depthwise-conv2d-rows-s8.ts';
import type { Parts } from './cases.ts';
import { bias, scale, shiftedDepthwise, taps } from './pairs-cases.ts';
import {
  type Axis,
  activation,
  axes,
  channelCount,
  denseShape,
  int8s,
  integer,
  pick,
  type Random,
  windowParams,
  zeroPoint,
} from './random.ts';

/** Biases where they are asked for, multipliers and powers of two of so many eights. */
export function scales(random: Random, eights: number, terms: number, biased: boolean): Int32Array {
  const rows = Array.from({ length: eights }, () => {
    const factors = Array.from({ length: EIGHT }, () => scale(random, terms));
    return [
      ...(biased ? factors.map(() => bias(random)) : []),
      ...factors.map(([doubled]) => doubled! >>> 1),
      ...factors.map(([, power]) => power!),
    ];
  });
  return Int32Array.from(rows.flat());
}

export const VECTOR_CASES = {
  depthwise_conv2d_rows_s8(random: Random): Parts {
    const [h, w] = [1, 2].map(() => taps(random, pick(random, [1, 2, 3, 5, 7, 8]), 2)) as [Axis, Axis];
    const block = { band: integer(random, 1, 5), span: integer(random, 1, 9) };
    const sizes = { kernelH: h.kernel, kernelW: w.kernel, strideH: h.stride, strideW: w.stride };
    return shiftedDepthwise(random, h, w, { ...block, room: rowsRoom({ ...sizes, ...block }) });
  },

  conv2d_vectors_s8(random: Random): Parts {
    const { h, w, filter, outChannels } = convolutionShape(random);
    const batch = integer(random, 1, 2);
    const { words, room } = vectorsOf(filter);
    return {
      params: {
        ...{ batch, inChannels: filter.inChannels, ...windowParams(h, w, true), outChannels },
        ...activation(random),
        words,
        room,
        inputZeroPoint: zeroPoint(random),
        outputZeroPoint: zeroPoint(random),
      },
      inputs: [int8s(random, batch * h.size * w.size * filter.inChannels)],
      constants: [
        // What is behind the last input of a window is multiplied by nothing but zeros.
        weightsOf(random, Math.ceil(outChannels / 2), words, h.kernel * w.kernel * filter.inChannels),
        scales(random, Math.ceil(outChannels / EIGHT), h.kernel * w.kernel * filter.inChannels, true),
      ],
      outputs: [new Int8Array(batch * h.out * w.out * outChannels)],
    };
  },

  fully_connected_vectors_s8(random: Random): Parts {
    const { inFeatures, outFeatures } = denseShape(random);
    const eights = Math.ceil(outFeatures / EIGHT);
    const vectors = Math.ceil(inFeatures / 16);
    const scaled = pick(random, [1, eights]);
    const first = inFeatures - 16 * (vectors - 1);
    const weights = int8s(random, eights * EIGHT * 16 * vectors);
    weights.forEach((_, i) => {
      if (Math.floor(i / (EIGHT * 16)) % vectors === 0 && i % 16 >= first) weights[i] = 0;
    });
    return {
      params: { inFeatures, outFeatures, scaled, outputZeroPoint: zeroPoint(random), ...activation(random) },
      inputs: [int8s(random, inFeatures)],
      constants: [
        weights,
        Int32Array.from({ length: eights * EIGHT }, () => bias(random)),
        scales(random, scaled, inFeatures, false),
      ],
      outputs: [new Int8Array(outFeatures)],
    };
  },
};

type ConvolutionShape = {
  readonly h: Axis;
  readonly w: Axis;
  readonly filter: Parameters<typeof vectorsOf>[0];
  readonly outChannels: number;
};

/** Weights that have room on a board. */
const MOST_WEIGHTS = 2 ** 15;

function convolutionShape(random: Random): ConvolutionShape {
  const [h, w] = axes(random, 3);
  const sizes = { kernelH: h.kernel, kernelW: w.kernel, dilationW: w.dilation };
  const filter = { inChannels: channelCount(random), ...sizes };
  const outChannels = channelCount(random);
  const weights = h.kernel * w.kernel * filter.inChannels * outChannels;
  return weights > MOST_WEIGHTS ? convolutionShape(random) : { h, w, filter, outChannels };
}

/** Of pairs of channels: zeros behind the last input. */
export function weightsOf(random: Random, pairs: number, words: number, inputs: number): Int8Array {
  const weights = int8s(random, pairs * 4 * words);
  weights.forEach((_, i) => {
    if (Math.floor((i % (4 * words)) / 32) * 16 + (i % 16) >= inputs) weights[i] = 0;
  });
  return weights;
}
