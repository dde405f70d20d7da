/** Steps as cores without DSP instructions take them. */
import { wordsOf } from '../../../program/kernels/conv2d-words-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { blocksOfBytes, byteChannels } from './channel-bytes.ts';
import { type Layer, layerOf } from './layers.ts';
import type { ConstantsOf, Packed } from './packed.ts';
import { packedPlanes } from './planes.ts';

/** The fewest output positions that products take at once. */
const POSITIONS = 3;

/** @returns null for a step that stays as it is */
export function packedForScalar(step: Step, constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    case 'conv2d_s8':
    case 'fully_connected_s8': {
      const layer = layerOf(step, constantsOf(step));
      return layer === null ? null : convolution(step, layer);
    }
    case 'depthwise_conv2d_s8':
      return packedPlanes(step, constantsOf(step), [3]);
    default:
      return null;
  }
}

function convolution(step: Step, { dense, geometry }: Layer): Packed | null {
  if (geometry === null || geometry.batch * geometry.outH * geometry.outW < POSITIONS) return null;
  const channels = byteChannels(dense);
  if (channels === null) return null;
  const sizes = wordsOf(geometry);
  return {
    step: {
      ...step,
      kernel: 'conv2d_words_s8',
      params: {
        ...geometry,
        ...sizes,
        inputZeroPoint: -dense.inputOffset,
        outputZeroPoint: dense.outputOffset,
      },
    },
    constants: { table: blocksOfBytes(channels, sizes.words) },
  };
}
