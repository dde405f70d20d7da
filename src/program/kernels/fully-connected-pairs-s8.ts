import { constant, input, type Kernel, output, over, RANGE, when } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { inputsOfWord, narrow } from './channel-pairs.ts';
import { clamp, type Ranges } from './common.ts';

type FullyConnectedPairsS8Params = {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** 1: what requantises for every output feature; 0: the same for all. */
  readonly perChannel: number;
  /** Words of inputs, two each: an even number, so that inputs are taken four at a time. */
  readonly words: number;
  /** Bytes of scratch: the inputs with zeros behind them, where they are no whole number of fours. */
  readonly room: number;
  readonly outputZeroPoint: number;
  readonly actMin: number;
  readonly actMax: number;
};

/** Output features of a block. */
export const PAIRS_LANES = 8;

/**
 * inputs [x [in]], constants [table: for every eight output features a block, scales: doubled multipliers and powers of two
 * (channel-pairs.ts)], outputs [y [out]]. A block holds four biases, then those plus 256 times the biases of the second channels; then for
 * each word of inputs the weights of four pairs.
 */
export type FullyConnectedPairsS8 = StepOf<'fully_connected_pairs_s8', FullyConnectedPairsS8Params>;

const params: Ranges<FullyConnectedPairsS8Params> = {
  inFeatures: RANGE.count,
  outFeatures: RANGE.count,
  perChannel: RANGE.flag,
  words: RANGE.count,
  room: RANGE.size,
  outputZeroPoint: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

/** Words of inputs and bytes of scratch for a number of inputs. */
export function pairsOfRow(inFeatures: number): { readonly words: number; readonly room: number } {
  const fours = Math.ceil(inFeatures / 4);
  return { words: 2 * fours, room: inFeatures % 4 === 0 ? 0 : 4 * fours };
}

export const fullyConnectedPairsS8: Kernel<FullyConnectedPairsS8> = {
  signature: {
    about: `One row times [out_features][in_features], the weights of two output features in one int16 and eight features at a time, for cores with DSP instructions: the bytes of fully_connected_s8. table: a block for each eight features, [4 biases, 4 of those + 256 * bias of the second, for each two inputs 4 words].`,
    params,
    operands: [
      input('input', 'int8', ['inFeatures']),
      constant('table', 'int32', [over('outFeatures', PAIRS_LANES), 4, { sum: [2, 'words'] }]),
      constant('scales', 'int32', [2, when('perChannel', 1, 'outFeatures', 1)]),
      output('output', 'int8', ['outFeatures']),
    ],
    rule: 'fully_connected_pairs',
    scratch: ['room'],
    macs: ['inFeatures', 'outFeatures'],
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [table, scales] = constants as [Int32Array, Int32Array];
    const [y] = outputs as [Int8Array];
    const { words } = p;
    for (let feature = 0; feature < p.outFeatures; feature += 2) {
      const block = Math.floor(feature / PAIRS_LANES) * 4 * (2 + words);
      const pair = (feature % PAIRS_LANES) / 2;
      let [low, both] = [table[block + pair]!, table[block + 4 + pair]!];
      const add = (code: number, weight: number): void => {
        low = (low + code * ((weight << 24) >> 24)) | 0;
        both = (both + code * ((weight << 16) >> 16)) | 0;
      };
      for (let word = 0; word < words; word++) {
        const weights = table[block + 8 + 4 * word + pair]!;
        const [first, second] = inputsOfWord(2 * words, word);
        add(x[first] ?? 0, weights);
        add(x[second!] ?? 0, weights >> 16);
      }
      const sums = [low, ((both - low) | 0) >> 8];
      sums.slice(0, p.outFeatures - feature).forEach((sum, i) => {
        const at = 2 * p.perChannel * (feature + i);
        const code = narrow(sum, scales[at]!, scales[at + 1]!, p.outputZeroPoint);
        y[feature + i] = clamp(code, p.actMin, p.actMax);
      });
    }
  },
};
