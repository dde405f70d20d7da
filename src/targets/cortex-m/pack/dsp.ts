/** Steps as cores with DSP instructions take them. */
import { transposedPairsSizes } from '../../../program/kernels/conv-transpose2d-pairs-s8.ts';
import { pairsSizes, pairWords } from '../../../program/kernels/conv2d-pairs-s8.ts';
import { pairsOfRow } from '../../../program/kernels/fully-connected-pairs-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import { blocksOfEight, blocksOfTwo, pairable, scalesOf } from './channel-pairs.ts';
import type { Dense } from './dense.ts';
import { packedGroups } from './groups.ts';
import { type Geometry, isGrouped, layerOf, packedLayer, packedParams } from './layers.ts';
import type { ConstantsOf, Packed } from './packed.ts';
import { packedPlanes } from './planes.ts';
import { packedSum } from './sums.ts';
import { packedTransposed } from './transposed.ts';

/** Sizes of windows that are computed on planes. */
const KERNELS = [3, 5, 7];

/** The fewest words of a window: sums begin with two. */
const WORDS = 2;

/** @returns null for a step that stays as it is */
export function packedForDsp(step: Step, constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    case 'conv2d_s8':
    case 'fully_connected_s8': {
      if (isGrouped(step)) return packedGroups(step, constantsOf(step), GROUPS);
      const layer = layerOf(step, constantsOf(step));
      if (layer === null) return null;
      const oneRow = (dense: Dense): Packed | null => rowOfPairs(step, dense);
      return packedLayer(layer, oneRow, (dense, geometry) => convolution(step, dense, geometry));
    }
    case 'add_s8':
      return packedSum(step);
    case 'depthwise_conv2d_s8':
      return step.params.depthMultiplier > 1
        ? packedGroups(step, constantsOf(step), GROUPS)
        : packedPlanes(step, constantsOf(step), KERNELS, true);
    case 'conv_transpose2d_s8':
      return packedTransposed(step, constantsOf(step), PHASES);
    default:
      return null;
  }
}

function tableOf(layer: Dense): (() => { readonly table: Int32Array }) | null {
  return pairable(layer) === null ? null : () => ({ table: blocksOfTwo(layer) });
}

const GROUPS = {
  kernel: 'conv2d_groups_pairs_s8',
  rule: 'conv2d_groups_pairs',
  sizesOf: pairsSizes,
  constantsOf: tableOf,
} as const;

const PHASES = {
  kernel: 'conv_transpose2d_pairs_s8',
  rule: 'conv_transpose2d_pairs',
  sizesOf: transposedPairsSizes,
  constantsOf: tableOf,
} as const;

function convolution(step: Step, layer: Dense, geometry: Geometry): Packed | null {
  const constants = pairWords(geometry) < WORDS ? null : tableOf(layer);
  if (constants === null) return null;
  return {
    step: {
      ...step,
      kernel: 'conv2d_pairs_s8',
      params: packedParams(layer, geometry, pairsSizes(geometry)),
    },
    constants,
  };
}

function rowOfPairs(step: Step, layer: Dense): Packed | null {
  const channels = pairable(layer);
  if (channels === null) return null;
  const scales = scalesOf(channels.slice(0, layer.channels));
  return {
    step: {
      ...step,
      kernel: 'fully_connected_pairs_s8',
      params: {
        inFeatures: layer.run,
        outFeatures: layer.channels,
        perChannel: scales.length > 2 ? 1 : 0,
        ...pairsOfRow(layer.run),
        outputZeroPoint: layer.outputOffset,
        actMin: layer.actMin,
        actMax: layer.actMax,
      },
    },
    constants: () => ({ table: blocksOfEight(layer, channels), scales }),
  };
}
