import { constant, input, type Kernel, output, over, RANGE, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { narrow } from './channel-pairs.ts';
import type { Ranges } from './common.ts';

type FullyConnectedWordsS8Params = {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** 1: what requantises for every output feature; 0: the same for all. */
  readonly perChannel: number;
  readonly outputZeroPoint: number;
};

/** Output features of a block. */
export const WORDS_LANES = 8;

/**
 * inputs [x [in]], constants [weights [out / 8, rounded up][in][8], bias [8 for each block], in which the zero point of the input is part, scales:
 * doubled multipliers and powers of two (channel-pairs.ts)], outputs [y [out]].
 */
export type FullyConnectedWordsS8 = StepOf<'fully_connected_words_s8', FullyConnectedWordsS8Params>;

const params: Ranges<FullyConnectedWordsS8Params> = {
  inFeatures: RANGE.count,
  outFeatures: RANGE.count,
  perChannel: RANGE.flag,
  outputZeroPoint: RANGE.code,
};

export const fullyConnectedWordsS8: Kernel<FullyConnectedWordsS8> = {
  signature: {
    about: `One row times [out_features][in_features], eight features at a time, for cores without DSP instructions: the bytes of fully_connected_s8 where its outputs are clamped to nothing but int8. weights: for each eight features [in_features][8].`,
    params,
    operands: [
      input('input', 'int8', ['inFeatures']),
      constant('weights', 'int8', [over('outFeatures', WORDS_LANES), 'inFeatures', WORDS_LANES]),
      constant('bias', 'int32', [over('outFeatures', WORDS_LANES), WORDS_LANES]),
      constant('scales', 'int32', [2, when('perChannel', 1, 'outFeatures', 1)]),
      output('output', 'int8', ['outFeatures']),
    ],
    rule: 'fully_connected_words',
    macs: ['inFeatures', 'outFeatures'],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [weights, bias, scales] = constants as [Int8Array, Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    for (let feature = 0; feature < p.outFeatures; feature++) {
      const [block, lane] = [Math.floor(feature / WORDS_LANES) * p.inFeatures, feature % WORDS_LANES];
      let sum = bias[feature]!;
      x.forEach((code, i) => {
        sum = (sum + code * weights[WORDS_LANES * (block + i) + lane]!) | 0;
      });
      const at = 2 * p.perChannel * feature;
      y[feature] = narrow(sum, scales[at]!, scales[at + 1]!, p.outputZeroPoint);
    }
  },
};
