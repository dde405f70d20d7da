/** Random calls of kernels whose weights have 4 bits. */
import { fullyConnectedRoom } from '../../src/program/kernels/fully-connected-s4.ts';
import type { Parts } from './cases.ts';
import {
  conv2dShape,
  denseShape,
  int8s,
  integer,
  offsets,
  pick,
  type Random,
  requantization,
} from './random.ts';

/** Any codes and any factors; groups of rows that end short, too. */
function packed(random: Random, channels: number, row: number) {
  const rowSize = 8 * Math.ceil(row / 8);
  const group = pick(random, [rowSize, 8, 16, 32, 8 * integer(random, 1, 20)]);
  const factors = channels * Math.ceil(rowSize / group);
  return {
    params: { rowSize, group, block: pick(random, [4, 4, integer(random, 1, 12)]) },
    constants: [
      int8s(random, (channels * rowSize) / 2),
      Int8Array.from({ length: factors }, () => pick(random, [1, 15, integer(random, 1, 15)])),
    ],
  };
}

export const FOUR_BIT_CASES = {
  conv2d_s4(random: Random): Parts {
    const { params, inputs, filter, outputs } = conv2dShape(random);
    const { outChannels } = params;
    const weights = packed(random, outChannels, filter);
    return {
      params: { ...params, ...offsets(random), ...weights.params },
      inputs: [int8s(random, inputs)],
      constants: [...weights.constants, ...requantization(random, outChannels, filter)],
      outputs: [new Int8Array(outputs)],
    };
  },

  fully_connected_s4(random: Random): Parts {
    const { rows, inFeatures, outFeatures } = denseShape(random);
    const perChannel = integer(random, 0, 1);
    const [bias, multipliers, shifts] = requantization(random, outFeatures, inFeatures);
    const used = perChannel === 1 ? outFeatures : 1;
    const weights = packed(random, outFeatures, inFeatures);
    const params = { rows, inFeatures, outFeatures, perChannel, ...offsets(random), ...weights.params };
    return {
      params: { ...params, room: fullyConnectedRoom(params) },
      inputs: [int8s(random, rows * inFeatures)],
      constants: [...weights.constants, bias!, multipliers!.slice(0, used), shifts!.slice(0, used)],
      outputs: [new Int8Array(rows * outFeatures)],
    };
  },
};
