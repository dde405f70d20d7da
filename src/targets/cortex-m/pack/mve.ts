/** Steps as cores with vector instructions (MVE) take them. */
import { EIGHT } from '../../../program/kernels/channel-vectors.ts';
import { transposedVectorsSizes } from '../../../program/kernels/conv-transpose2d-vectors-s8.ts';
import { vectorsOf } from '../../../program/kernels/conv2d-vectors-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { channelsOf, eightsOfVectors, pairsOfVectors } from './channel-vectors.ts';
import { packedDepthwise } from './columns.ts';
import type { Dense } from './dense.ts';
import { packedGroups } from './groups.ts';
import { type Geometry, isGrouped, type Layer, layerOf } from './layers.ts';
import type { ConstantsOf, Packed, StepWith } from './packed.ts';
import { packedSum } from './sums.ts';
import { packedTransposed } from './transposed.ts';

/** @returns null for a step that stays as it is */
export function packedForMve(step: Step, constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    case 'add_s8':
      return packedSum(step);
    case 'depthwise_conv2d_s8':
      return step.params.depthMultiplier > 1
        ? packedGroups(step, constantsOf(step), GROUPS)
        : packedDepthwise(step, constantsOf(step));
    case 'conv2d_s8':
    case 'fully_connected_s8': {
      if (isGrouped(step)) return packedGroups(step, constantsOf(step), GROUPS);
      const layer = layerOf(step, constantsOf(step));
      return layer === null ? null : packedLayer(step, layer);
    }
    case 'conv_transpose2d_s8':
      return packedTransposed(step, constantsOf(step), PHASES);
    default:
      return null;
  }
}

function vectorsOfLayer(layer: Dense): (() => ReturnType<typeof pairsOfVectors>) | null {
  const channels = channelsOf(layer);
  return channels === null ? null : () => pairsOfVectors(channels);
}

const GROUPS = {
  kernel: 'conv2d_groups_vectors_s8',
  rule: 'conv2d_groups_vectors',
  sizesOf: vectorsOf,
  constantsOf: vectorsOfLayer,
} as const;

const PHASES = {
  kernel: 'conv_transpose2d_vectors_s8',
  rule: 'conv_transpose2d_vectors',
  sizesOf: transposedVectorsSizes,
  constantsOf: vectorsOfLayer,
} as const;

function packedLayer(
  step: StepWith<'conv2d_s8'> | StepWith<'fully_connected_s8'>,
  { dense, geometry }: Layer,
): Packed | null {
  const { actMin, actMax } = step.params;
  if (geometry !== null && !isPackable(geometry)) return null;
  const channels = channelsOf(dense);
  if (channels === null) return null;
  if (geometry !== null) {
    return {
      step: {
        ...step,
        kernel: 'conv2d_vectors_s8',
        params: {
          ...geometry,
          ...vectorsOf(geometry),
          inputZeroPoint: -dense.inputOffset,
          outputZeroPoint: dense.outputOffset,
          actMin,
          actMax,
        },
      },
      constants: () => pairsOfVectors(channels),
    };
  }
  const constants = eightsOfVectors(channels);
  return {
    step: {
      ...step,
      kernel: 'fully_connected_vectors_s8',
      params: {
        inFeatures: dense.run,
        outFeatures: dense.channels,
        scaled: constants.scales.length / (2 * EIGHT),
        outputZeroPoint: dense.outputOffset,
        actMin,
        actMax,
      },
    },
    constants: () => constants,
  };
}

/** Windows of one pixel lie inside the image, as there is nothing to put together. */
function isPackable(p: Geometry): boolean {
  const isInside = (out: number, stride: number, size: number): boolean => (out - 1) * stride < size;
  const isPixel = p.kernelH === 1 && p.kernelW === 1;
  const isWithin = isInside(p.outH, p.strideH, p.inH) && isInside(p.outW, p.strideW, p.inW);
  return !isPixel || (p.padTop === 0 && p.padLeft === 0 && isWithin);
}
