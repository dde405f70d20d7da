import { forEachChannelPair, type WeightLayout } from './weights.ts';

/**
 * Mean error that rounding the weights adds to every output channel, for inputs with the given channel means:
 * sum over i, k of (rounded - weight)[o][i][k] * E[x_i] (Nagel et al., Data-Free Quantization Through Weight Equalization
 * and Bias Correction, 2019, eq. 17; the means are measured instead of derived). Taking it off the bias gives every
 * channel its mean back. Padding is counted as if it held the mean, too.
 */
export function meanWeightError(
  layout: WeightLayout,
  codes: Int8Array,
  scales: Float32Array,
  inputMeans: Float64Array,
): Float64Array {
  const errors = new Float64Array(layout.outChannels);
  forEachChannelPair(layout, (o, i, start) => {
    const scale = scales[o]!;
    let error = 0;
    for (let k = start; k < start + layout.taps; k++) {
      error += codes[k]! * scale - layout.data[k]!;
    }
    errors[o] = errors[o]! + (error / layout.dilution) * inputMeans[i]!;
  });
  return errors;
}
