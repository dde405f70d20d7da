/** Constants of a convolution or dense layer in blocks of two output channels (src/program/kernels/channel-pairs.ts). */
import { inputsOfWord, PAIR_EXTRAS, runWords } from '../../../program/kernels/channel-pairs.ts';
import { PAIRS_LANES } from '../../../program/kernels/fully-connected-pairs-s8.ts';
import { type Channel, channelsFor, type Dense, NOTHING } from './dense.ts';
import { perLayer } from './packed.ts';

/** Sums that stay below it can be told from 256 times others: (S0 + 256 * S1 - S0) / 256 in 32 bits. */
const LARGEST_SUM = 2 ** 23;

/** Whether c0 + 256 * c1 is an int16 for all weights of the two channels. */
function fits(first: Int8Array, second: Int8Array): boolean {
  for (let i = 0; i < second.length; i++) if (second[i]! === -128 && first[i]! < 0) return false;
  return true;
}

/** An even number of channels that blocks can hold; null where one of them cannot be. */
export const pairable = perLayer((layer: Dense): readonly Channel[] | null => {
  const channels = channelsFor(layer, LARGEST_SUM);
  if (!channels.every((channel) => channel !== null)) return null;
  const even = channels.length % 2 === 0 ? channels : [...channels, NOTHING(layer)];
  return even.every(({ weights }, i) => i % 2 === 0 || fits(even[i - 1]!.weights, weights)) ? even : null;
});

type Pair = readonly [Channel, Channel];

function pairsOf(channels: readonly Channel[]): readonly Pair[] {
  return Array.from({ length: channels.length / 2 }, (_, i) => [channels[2 * i]!, channels[2 * i + 1]!]);
}

const bothBiases = ([first, second]: Pair): number => (first.bias + 256 * second.bias) | 0;

/** Which inputs of a run meet in each of its words. */
function wordsOf(run: number): readonly (readonly [number, number | null])[] {
  return Array.from({ length: runWords(run) }, (_, word) => inputsOfWord(run, word));
}

/** The words of weights of two channels, run after run, from `at` on in every `step`th place of a table; of inputs that are missing 0. */
function writeWeights(
  table: Int32Array,
  [at, step]: readonly [number, number],
  words: ReturnType<typeof wordsOf>,
  { runs, run }: Pick<Dense, 'runs' | 'run'>,
  [first, second]: Pair,
): void {
  const both = (i: number): number => ((first.weights[i] ?? 0) + 256 * (second.weights[i] ?? 0)) & 0xffff;
  let to = at;
  for (let start = 0; start < runs * run; start += run) {
    for (const [low, high] of words) {
      table[to] = both(start + low) | (high === null ? 0 : both(start + high) << 16);
      to += step;
    }
  }
}

/** The table of conv2d_pairs_s8, of a layer that is pairable. */
export const blocksOfTwo = perLayer((layer: Dense): Int32Array => {
  const channels = pairable(layer)!;
  const words = wordsOf(layer.run);
  const size = layer.runs * words.length + PAIR_EXTRAS;
  const pairs = pairsOf(channels);
  const table = new Int32Array(pairs.length * size);
  for (const [index, pair] of pairs.entries()) {
    const block = table.subarray(index * size, (index + 1) * size);
    block.set([pair[0].bias, bothBiases(pair)]);
    writeWeights(block, [2, 1], words, layer, pair);
    block.set([...pair[0].scale, ...pair[1].scale], size - 4);
  }
  return table;
});

/** The table of fully_connected_pairs_s8. @param layer of one run @param channels an even number */
export function blocksOfEight(layer: Dense, channels: readonly Channel[]): Int32Array {
  const words = wordsOf(4 * Math.ceil(layer.run / 4));
  const blocks = Math.ceil(channels.length / PAIRS_LANES);
  const missing = blocks * PAIRS_LANES - channels.length;
  const pairs = pairsOf([...channels, ...new Array<Channel>(missing).fill(NOTHING(layer))]);
  const four = PAIRS_LANES / 2;
  const size = PAIRS_LANES + four * words.length;
  const table = new Int32Array(blocks * size);
  for (const [index, pair] of pairs.entries()) {
    const at = Math.floor(index / four) * size + (index % four);
    table[at] = pair[0].bias;
    table[at + four] = bothBiases(pair);
    writeWeights(table, [at + PAIRS_LANES, four], words, layer, pair);
  }
  return table;
}

/** What requantises each channel, or all of them where it is the same. */
export function scalesOf(channels: readonly Channel[]): Int32Array {
  const [first] = channels as readonly [Channel];
  const same = channels.every(({ scale }) => scale.every((word, i) => word === first.scale[i]));
  return Int32Array.from((same ? [first] : channels).flatMap(({ scale }) => scale));
}
