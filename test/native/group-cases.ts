/** Random calls of convolutions of several groups that are computed as convolutions of each. */
import { convOfGroup, type GroupsParams, groupsSizes } from '../../src/program/kernels/channel-groups.ts';
import { EIGHT } from '../../src/program/kernels/channel-vectors.ts';
import { pairsSizes } from '../../src/program/kernels/conv2d-pairs-s8.ts';
import { vectorsOf } from '../../src/program/kernels/conv2d-vectors-s8.ts';
import { RULES } from '../../src/program/rules.ts';
import type { Parts } from './cases.ts';
import { blocks, outputs } from './pairs-cases.ts';
import { axes, channelCount, int8s, integer, pick, type Random, windowParams, zeroPoint } from './random.ts';
import { scales, weightsOf } from './vector-cases.ts';

/** Weights that have room on a board. */
const MOST_WEIGHTS = 2 ** 14;

function shape(
  random: Random,
  rule: 'conv2d_groups_pairs' | 'conv2d_groups_vectors',
  sizesOf: Parameters<typeof groupsSizes>[1],
): GroupsParams {
  const [h, w] = axes(random, 3);
  const groups = pick(random, [2, 2, 3, 4, 8]);
  const [groupIn, groupChannels] = [channelCount(random), channelCount(random)];
  const placed = {
    ...{ batch: integer(random, 1, 2), inChannels: groups * groupIn, ...windowParams(h, w, true) },
    ...{ outChannels: groups * groupChannels, groups, groupChannels, band: integer(random, 1, h.out + 1) },
  } as Parameters<typeof groupsSizes>[0];
  const zeroPoints = { inputZeroPoint: zeroPoint(random), ...outputs(random) };
  const params = { ...placed, ...groupsSizes(placed, sizesOf), ...zeroPoints };
  const isSmall = groups * groupIn * groupChannels * h.kernel * w.kernel <= MOST_WEIGHTS;
  return isSmall && RULES[rule](params) ? params : shape(random, rule, sizesOf);
}

function operands(random: Random, p: GroupsParams): Pick<Parts, 'inputs' | 'outputs'> {
  return {
    inputs: [int8s(random, p.batch * p.inH * p.inW * p.inChannels)],
    outputs: [new Int8Array(p.batch * p.outH * p.outW * p.outChannels)],
  };
}

function terms(p: GroupsParams): number {
  return p.kernelH * p.kernelW * convOfGroup(p).inChannels;
}

export const GROUP_CASES = {
  conv2d_groups_pairs_s8(random: Random): Parts {
    const params = shape(random, 'conv2d_groups_pairs', pairsSizes);
    const { groups, groupChannels, words } = params;
    const tables = Array.from({ length: groups }, () => blocks(random, groupChannels, words, terms(params)));
    return { params, ...operands(random, params), constants: [Int32Array.from(tables.flat())] };
  },

  conv2d_groups_vectors_s8(random: Random): Parts {
    const params = shape(random, 'conv2d_groups_vectors', vectorsOf);
    const { groups, groupChannels, words } = params;
    const of = Array.from({ length: groups }, () => ({
      weights: weightsOf(random, Math.ceil(groupChannels / 2), words, terms(params)),
      factors: scales(random, Math.ceil(groupChannels / EIGHT), terms(params), true),
    }));
    return {
      params,
      ...operands(random, params),
      constants: [
        Int8Array.from(of.flatMap(({ weights }) => [...weights])),
        Int32Array.from(of.flatMap(({ factors }) => [...factors])),
      ],
    };
  },
};
