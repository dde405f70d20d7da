/** How large the largest code of an output channel of weights is. */
import { weightCode } from './affine.ts';
import { outputMagnitudes, type WeightLayout } from './weights.ts';

/** `max` covers every weight; `mse` clips where that makes the squared error of a channel smaller. */
export type WeightRange = 'max' | 'mse';

/** Ranges that are tried: this share of the largest magnitude, then one step less, down to half of it. */
const STEPS = 24;
const SMALLEST = 0.5;

/** The magnitude that the codes of each output channel cover, of which `most` is the largest. */
export function weightMagnitudes(layout: WeightLayout, range: WeightRange, most: number): Float64Array {
  const largest = outputMagnitudes(layout);
  if (range === 'max') return largest;
  return largest.map((magnitude, channel) => leastError(layout, channel, magnitude, most));
}

function leastError(layout: WeightLayout, channel: number, largest: number, most: number): number {
  if (largest === 0) return 0;
  let [least, found] = [Number.POSITIVE_INFINITY, largest];
  for (let step = 0; step <= STEPS; step++) {
    const magnitude = largest * (1 - (step / STEPS) * (1 - SMALLEST));
    const error = squaredError(layout, channel, magnitude / most, most);
    if (error < least) [least, found] = [error, magnitude];
  }
  return found;
}

function squaredError(
  { data, outChannels, outStride }: WeightLayout,
  channel: number,
  scale: number,
  most: number,
): number {
  let sum = 0;
  for (let start = channel * outStride; start < data.length; start += outChannels * outStride) {
    for (let at = start; at < start + outStride; at++) {
      const error = weightCode(data[at]!, scale, most) * scale - data[at]!;
      sum += error * error;
    }
  }
  return sum;
}
