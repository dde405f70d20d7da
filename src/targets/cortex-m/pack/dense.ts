/** Convolutions and dense layers as cores take them: sums of products of codes, the zero point in the biases. */
import { perLayer } from './packed.ts';
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
  readonly actMin: number;
  readonly actMax: number;
};

/** What a channel adds up, and how its sum becomes a code. */
export type Channel = {
  readonly bias: number;
  readonly weights: Int8Array;
  readonly scale: Scale;
};

/** A channel that nobody reads. */
export const NOTHING = ({ runs, run }: Dense): Channel => ({
  weights: new Int8Array(runs * run),
  ...always(0),
});

/** All channels of a layer; null for one that `channelOf` has none for. */
export const channelsFor = perLayer((layer: Dense, largestSum): readonly (Channel | null)[] =>
  Array.from({ length: layer.channels }, (_, index) => channelOf(layer, index, largestSum)),
);

/** @returns null where a sum may reach the largest, or cannot be requantised by two factors, unless it is always the same code */
function channelOf(layer: Dense, index: number, largestSum: number): Channel | null {
  const size = layer.runs * layer.run;
  const weights = layer.weights.subarray(index * size, (index + 1) * size);
  const requantization = requantizationOf(layer, index);
  let [sum, magnitude] = [0, 0];
  for (let i = 0; i < size; i++) {
    sum += weights[i]!;
    magnitude += Math.abs(weights[i]!);
  }
  const bias = layer.bias[index]! + layer.inputOffset * sum;
  const reach = 128 * magnitude;
  const scale = Math.abs(bias) + reach < largestSum ? scaleFor(requantization) : null;
  if (scale !== null) return { bias, weights, scale };
  const code = onlyCode(bias, reach, requantization);
  return code === null ? null : { ...NOTHING(layer), ...always(code - layer.outputOffset) };
}
