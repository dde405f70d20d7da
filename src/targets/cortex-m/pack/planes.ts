/** Constants of a depthwise convolution whose channels are laid out as planes (src/program/kernels/depthwise-conv2d-planes-s8.ts). */
import { always, onlyCode, type Requantized, requantizationOf, scaleFor } from './scales.ts';

/** weights [taps][channels]. */
type Depthwise = Requantized & {
  readonly channels: number;
  readonly weights: Int8Array;
  readonly bias: Int32Array;
};

type Constants = { readonly weights: Int8Array; readonly bias: Int32Array; readonly scales: Int32Array };

/** Furthest that a code is from a zero point. */
const LARGEST_INPUT = 255;

/** @returns null where a channel cannot be requantised by two factors, and is not always the same code */
export function planesConstants(layer: Depthwise): Constants | null {
  const { channels } = layer;
  const weights = layer.weights.slice();
  const bias = layer.bias.slice();
  const scales = new Int32Array(2 * channels);
  const isPacked = Array.from({ length: channels }, (_, channel) => {
    const requantization = requantizationOf(layer, channel);
    const own = scaleFor(requantization);
    if (own !== null) {
      scales.set(own, 2 * channel);
      return true;
    }
    const taps = weights.filter((_, i) => i % channels === channel);
    const reach = LARGEST_INPUT * taps.reduce((sum, weight) => sum + Math.abs(weight), 0);
    const code = onlyCode(bias[channel]!, reach, requantization);
    if (code === null) return false;
    const constant = always(code - layer.outputOffset);
    for (let i = channel; i < weights.length; i += channels) weights[i] = 0;
    bias[channel] = constant.bias;
    scales.set(constant.scale, 2 * channel);
    return true;
  });
  return isPacked.every((packed) => packed) ? { weights, bias, scales } : null;
}
