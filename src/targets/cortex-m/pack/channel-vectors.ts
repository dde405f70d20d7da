/** Constants of a convolution or dense layer in vectors of sixteen (src/program/kernels/channel-vectors.ts). */
import { EIGHT, placeInEight, VECTOR } from '../../../program/kernels/channel-vectors.ts';
import { vectorOfInput } from '../../../program/kernels/fully-connected-vectors-s8.ts';
import { type Channel, channelsFor, type Dense } from './dense.ts';

/** Sums of 32 bits. */
const LARGEST_SUM = 2 ** 31;

/** Null where vectors cannot requantise one of them. */
export function channelsOf(layer: Dense): readonly Channel[] | null {
  const channels = channelsFor(layer, LARGEST_SUM);
  return channels.every((channel) => channel !== null) ? channels : null;
}

/** A multiplier and a power of two, of what DSP instructions take: twice the multiplier. */
function factorsOf({ scale: [doubled, power] }: Channel): readonly [multiplier: number, power: number] {
  return [doubled >>> 1, power];
}

/** Numbers of each channel as rows of eight, one for each kind of number, even channels first. */
function inEights(
  channels: readonly Channel[],
  numbersOf: (channel: Channel) => readonly number[],
): Int32Array {
  const kinds = numbersOf(channels[0]!).length;
  const table = new Int32Array(Math.ceil(channels.length / EIGHT) * kinds * EIGHT);
  for (const [index, channel] of channels.entries()) {
    const at = Math.floor(index / EIGHT) * kinds * EIGHT + placeInEight(index);
    for (const [kind, number] of numbersOf(channel).entries()) table[at + kind * EIGHT] = number;
  }
  return table;
}

/** Weights of as many channels as stand beside each other, vector after vector. @param placeOf vector and lane of an input */
function besideEachOther(
  channels: readonly Channel[],
  together: number,
  vectors: number,
  placeOf: (input: number) => readonly [vector: number, lane: number],
): Int8Array {
  const size = vectors * together * VECTOR;
  const table = new Int8Array(Math.ceil(channels.length / together) * size);
  for (const [index, { weights }] of channels.entries()) {
    const at = Math.floor(index / together) * size + (index % together) * VECTOR;
    for (const [i, weight] of weights.entries()) {
      const [vector, lane] = placeOf(i);
      table[at + vector * together * VECTOR + lane] = weight;
    }
  }
  return table;
}

/** The constants of conv2d_vectors_s8. */
export function pairsOfVectors(
  channels: readonly Channel[],
): Readonly<Record<string, Int8Array | Int32Array>> {
  const vectors = Math.ceil(channels[0]!.weights.length / VECTOR);
  return {
    weights: besideEachOther(channels, 2, vectors, (i) => [Math.floor(i / VECTOR), i % VECTOR]),
    scales: inEights(channels, (channel) => [channel.bias, ...factorsOf(channel)]),
  };
}

/** The constants of fully_connected_vectors_s8. */
export function eightsOfVectors(
  channels: readonly Channel[],
): Readonly<Record<'weights' | 'bias' | 'scales', Int8Array | Int32Array>> {
  const inputs = channels[0]!.weights.length;
  const scales = inEights(channels, factorsOf);
  const [one] = channels as readonly [Channel];
  const isSame = channels.every(({ scale }) => scale.every((factor, i) => factor === one.scale[i]));
  return {
    weights: besideEachOther(channels, EIGHT, Math.ceil(inputs / VECTOR), (i) => vectorOfInput(inputs, i)),
    bias: inEights(channels, ({ bias }) => [bias]),
    scales: isSame ? inEights(new Array<Channel>(EIGHT).fill(one), factorsOf) : scales,
  };
}
