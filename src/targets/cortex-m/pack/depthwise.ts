/** Constants of depthwise convolutions that packed kernels can requantise. */
import { perLayer } from './packed.ts';
import { always, EIGHTH, onlyCode, type Requantized, requantizationOf } from './scales.ts';

/** weights [taps][channels]. */
export type Depthwise = Requantized & {
  readonly channels: number;
  readonly weights: Int8Array;
  readonly bias: Int32Array;
};

/** Furthest that a code is from a zero point. */
const LARGEST_INPUT = 255;

/**
 * The layer with a multiplier of 2^30 and more and a shift of `leastRight` and more to the right for each channel: those that are always
 * the same code compute it without weights.
 * @returns null where another channel has none
 */
export const shiftedRight = perLayer((layer: Depthwise, leastRight): Depthwise | null => {
  const { channels } = layer;
  const [weights, bias] = [layer.weights.slice(), layer.bias.slice()];
  const [multiplier, shift] = [new Int32Array(channels), new Int32Array(channels)];
  for (let channel = 0; channel < channels; channel++) {
    const own = requantizationOf(layer, channel);
    [multiplier[channel], shift[channel]] = [own.multiplier, own.shift];
    if (own.multiplier >= 2 ** 30 && own.shift <= -leastRight) continue;
    const taps = weights.filter((_, i) => i % channels === channel);
    const reach = LARGEST_INPUT * taps.reduce((sum, weight) => sum + Math.abs(weight), 0);
    const code = onlyCode(bias[channel]!, reach, own);
    if (code === null) return null;
    for (let i = channel; i < weights.length; i += channels) weights[i] = 0;
    bias[channel] = always(code - layer.outputOffset).bias;
    [multiplier[channel], shift[channel]] = EIGHTH;
  }
  return { ...layer, weights, bias, multiplier, shift };
});
