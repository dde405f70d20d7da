/** Constants of a convolution or dense layer in blocks of two output channels (src/program/kernels/channel-pairs.ts). */
import { inputsOfWord, runWords } from '../../../program/kernels/channel-pairs.ts';
import { PAIRS_LANES } from '../../../program/kernels/fully-connected-pairs-s8.ts';
import { always, onlyCode, type Requantized, requantizationOf, type Scale, scaleFor } from './scales.ts';

/** A layer of output channels that each are a sum of products over the same inputs: weights [channels][runs][run]. */
export type Dense = Requantized & {
  readonly channels: number;
  readonly runs: number;
  readonly run: number;
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  /** Minus the zero point of the input. */
  readonly inputOffset: number;
};

/** What a channel adds up, and how its sum becomes a code. */
type Channel = {
  readonly bias: number;
  readonly weights: Int8Array;
  readonly scale: Scale;
};

/** Sums that stay below it can be told from 256 times others: (S0 + 256 * S1 - S0) / 256 in 32 bits. */
const LARGEST_SUM = 2 ** 23;

/** Whether c0 + 256 * c1 is an int16 for all weights of the two channels. */
function fits(first: Int8Array, second: Int8Array): boolean {
  return second.every((weight, i) => weight > -128 || first[i]! >= 0);
}

/** An even number of channels that blocks can hold; null where one of them cannot be. */
export function pairable(layer: Dense): readonly Channel[] | null {
  const channels = Array.from({ length: layer.channels }, (_, index) => channelOf(layer, index));
  if (!channels.every((channel) => channel !== null)) return null;
  const even = channels.length % 2 === 0 ? channels : [...channels, NOTHING(layer)];
  return even.every(({ weights }, i) => i % 2 === 0 || fits(even[i - 1]!.weights, weights)) ? even : null;
}

/** A channel that nobody reads. */
const NOTHING = ({ runs, run }: Dense): Channel => ({ weights: new Int8Array(runs * run), ...always(0) });

/** @returns null where its sums are too large, or cannot be requantised as blocks do, unless it is always the same code */
function channelOf(layer: Dense, index: number): Channel | null {
  const size = layer.runs * layer.run;
  const weights = layer.weights.subarray(index * size, (index + 1) * size);
  const requantization = requantizationOf(layer, index);
  const bias = layer.bias[index]! + layer.inputOffset * weights.reduce((sum, weight) => sum + weight, 0);
  const reach = 128 * weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
  const scale = Math.abs(bias) + reach < LARGEST_SUM ? scaleFor(requantization) : null;
  if (scale !== null) return { bias, weights, scale };
  const code = onlyCode(bias, reach, requantization);
  return code === null ? null : { ...NOTHING(layer), ...always(code - layer.outputOffset) };
}

/** int16 weights of two inputs of two channels as one word. */
function word(first: Int8Array, second: Int8Array, low: number, high: number | null): number {
  const both = (i: number): number => (first[i]! + 256 * second[i]!) & 0xffff;
  return both(low) | (high === null ? 0 : both(high) << 16);
}

/** The words of weights of two channels, run after run. */
function weightWords(
  { runs, run }: Pick<Dense, 'runs' | 'run'>,
  [first, second]: readonly [Channel, Channel],
): readonly number[] {
  return Array.from({ length: runs }, (_, r) =>
    Array.from({ length: runWords(run) }, (_, i) => {
      const [low, high] = inputsOfWord(run, i);
      return word(first.weights, second.weights, r * run + low, high === null ? null : r * run + high);
    }),
  ).flat();
}

function pairsOf(channels: readonly Channel[]): readonly (readonly [Channel, Channel])[] {
  return Array.from({ length: channels.length / 2 }, (_, i) => [channels[2 * i]!, channels[2 * i + 1]!]);
}

const bothBiases = ([first, second]: readonly [Channel, Channel]): number =>
  (first.bias + 256 * second.bias) | 0;

/** The table of conv2d_pairs_s8. @param channels an even number */
export function blocksOfTwo(layer: Dense, channels: readonly Channel[]): Int32Array {
  return Int32Array.from(
    pairsOf(channels).flatMap((pair) => [
      pair[0].bias,
      bothBiases(pair),
      ...weightWords(layer, pair),
      ...pair[0].scale,
      ...pair[1].scale,
    ]),
  );
}

/** The table of fully_connected_pairs_s8. @param layer of one run @param channels an even number */
export function blocksOfEight(layer: Dense, channels: readonly Channel[]): Int32Array {
  // Of inputs that are no whole number of fours, those that are missing have weights of 0.
  const run = 4 * Math.ceil(layer.run / 4);
  const padded = (channel: Channel): Channel => {
    const weights = new Int8Array(run);
    weights.set(channel.weights);
    return { ...channel, weights };
  };
  const missing = (PAIRS_LANES - (channels.length % PAIRS_LANES)) % PAIRS_LANES;
  const pairs = pairsOf([...channels, ...new Array<Channel>(missing).fill(NOTHING(layer))]);
  return Int32Array.from(
    Array.from({ length: pairs.length / 4 }, (_, block) => {
      const four = pairs.slice(4 * block, 4 * block + 4);
      const words = four.map(([first, second]) =>
        weightWords({ runs: 1, run }, [padded(first), padded(second)]),
      );
      return [
        ...four.map(([first]) => first.bias),
        ...four.map(bothBiases),
        ...words[0]!.flatMap((_, i) => words.map((of) => of[i]!)),
      ];
    }).flat(),
  );
}

/** What requantises each channel, or all of them where it is the same. */
export function scalesOf(channels: readonly Channel[]): Int32Array {
  const [first] = channels as readonly [Channel];
  const same = channels.every(({ scale }) => scale.every((word, i) => word === first.scale[i]));
  return Int32Array.from((same ? [first] : channels).flatMap(({ scale }) => scale));
}
