/** Constants of convolutions and dense layers whose channels lie beside each other as bytes (src/program/kernels/conv2d-words-s8.ts). */
import { PAIR_EXTRAS } from '../../../program/kernels/channel-pairs.ts';
import { WORDS_LANES } from '../../../program/kernels/fully-connected-words-s8.ts';
import { type Channel, channelsFor, type Dense, NOTHING } from './dense.ts';

/** Sums are int32. */
const LARGEST_SUM = 2 ** 31;

/** A multiple of so many channels; null where one of them cannot be requantised by two factors. */
export function byteChannels(layer: Dense, multiple: number): readonly Channel[] | null {
  const channels = channelsFor(layer, LARGEST_SUM);
  if (!channels.every((channel) => channel !== null)) return null;
  const missing = multiple * Math.ceil(channels.length / multiple) - channels.length;
  return [...channels, ...new Array<Channel>(missing).fill(NOTHING(layer))];
}

/** The table of conv2d_words_s8. @param channels an even number */
export function blocksOfBytes(channels: readonly Channel[], words: number): Int32Array {
  const size = words + PAIR_EXTRAS;
  const table = new Int32Array((channels.length / 2) * size);
  const bytes = new Int8Array(table.buffer);
  for (const [index, { bias, weights, scale }] of channels.entries()) {
    const [block, place] = [(index >> 1) * size, index % 2];
    table[block + place] = bias;
    table.set(scale, block + 2 + words + 2 * place);
    weights.forEach((weight, i) => {
      bytes[4 * (block + 2) + 2 * i + place] = weight;
    });
  }
  return table;
}

/** The weights and the biases of fully_connected_words_s8. @param channels a multiple of eight */
export function eightsOfBytes(
  channels: readonly Channel[],
  run: number,
): { readonly weights: Int8Array; readonly bias: Int32Array } {
  const table = new Int8Array(channels.length * run);
  for (const [index, { weights }] of channels.entries()) {
    const lane = index % WORDS_LANES;
    weights.forEach((weight, i) => {
      table[(index - lane) * run + WORDS_LANES * i + lane] = weight;
    });
  }
  return { weights: table, bias: Int32Array.from(channels, ({ bias }) => bias) };
}
