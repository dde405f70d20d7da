/** Steps as cores without DSP instructions take them. */
import { wordsOf } from '../../../program/kernels/conv2d-words-s8.ts';
import { WORDS_LANES } from '../../../program/kernels/fully-connected-words-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { blocksOfBytes, byteChannels, eightsOfBytes } from './channel-bytes.ts';
import { scalesOf } from './channel-pairs.ts';
import type { Dense } from './dense.ts';
import { type Geometry, isPlain, layerOf, packedLayer, packedParams } from './layers.ts';
import type { ConstantsOf, Packed, StepWith } from './packed.ts';
import { packedPlanes } from './planes.ts';
import { packedSum } from './sums.ts';

/** @returns null for a step that stays as it is */
export function packedForScalar(step: Step, constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    case 'conv2d_s8':
    case 'fully_connected_s8': {
      const layer = layerOf(step, constantsOf(step));
      if (layer === null || !isPlain(layer)) return null;
      const oneRow = (dense: Dense): Packed | null => rowOfBytes(step, dense);
      return packedLayer(layer, oneRow, (dense, geometry) => convolution(step, dense, geometry));
    }
    case 'add_s8':
      return packedSum(step);
    case 'depthwise_conv2d_s8':
      return packedPlanes(step, constantsOf(step), kernelsOf(step.params), false);
    default:
      return null;
  }
}

/** Sizes of windows that are computed on planes: large ones four at a time, where there are so many, with the taps that lie in padding. */
function kernelsOf({ outW, inW }: StepWith<'depthwise_conv2d_s8'>['params']): readonly number[] {
  return outW < 4 ? [3] : [3, 5, 7].filter((kernel) => kernel === 3 || kernel <= inW);
}

function convolution(step: Step, dense: Dense, geometry: Geometry): Packed | null {
  const channels = byteChannels(dense, 2);
  if (channels === null) return null;
  const sizes = wordsOf(geometry);
  return {
    step: {
      ...step,
      kernel: 'conv2d_words_s8',
      params: packedParams(dense, geometry, sizes),
    },
    constants: () => ({ table: blocksOfBytes(channels, sizes.words) }),
  };
}

function rowOfBytes(step: Step, dense: Dense): Packed | null {
  const channels = byteChannels(dense, WORDS_LANES);
  if (channels === null) return null;
  const scales = scalesOf(channels.slice(0, dense.channels));
  return {
    step: {
      ...step,
      kernel: 'fully_connected_words_s8',
      params: {
        inFeatures: dense.run,
        outFeatures: dense.channels,
        perChannel: scales.length > 2 ? 1 : 0,
        outputZeroPoint: dense.outputOffset,
      },
    },
    constants: () => ({ ...eightsOfBytes(channels, dense.run), scales }),
  };
}
