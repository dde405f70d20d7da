/** Steps as cores with DSP instructions take them. */
import { pairsRoom, pairWords } from '../../../program/kernels/conv2d-pairs-s8.ts';
import { planesRoom } from '../../../program/kernels/depthwise-conv2d-planes-s8.ts';
import { pairsOfRow } from '../../../program/kernels/fully-connected-pairs-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import type { ProgramArray } from '../../../program/types.ts';
import { blocksOfEight, blocksOfTwo, pairable, scalesOf } from './channel-pairs.ts';
import type { Dense } from './dense.ts';
import { type Geometry, type Layer, layerOf } from './layers.ts';
import { type ConstantsOf, isWholeRange, type Packed, type StepWith } from './packed.ts';
import { planesConstants } from './planes.ts';

/** The fewest output positions that products take at once, and channels that are laid out together. */
const POSITIONS = 3;
const CHANNELS = 4;

/** @returns null for a step that stays as it is */
export function packedForDsp(step: Step, constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    case 'conv2d_s8':
    case 'fully_connected_s8': {
      const layer = layerOf(step, constantsOf(step));
      return layer === null ? null : packedLayer(step, layer);
    }
    case 'depthwise_conv2d_s8':
      return packedDepthwise(step, constantsOf(step));
    default:
      return null;
  }
}

function packedLayer(step: Step, { dense, geometry }: Layer): Packed | null {
  if (geometry === null) return oneRow(step, dense);
  const isMany = geometry.batch * geometry.outH * geometry.outW >= POSITIONS;
  return isMany ? convolution(step, dense, geometry) : null;
}

function convolution(step: Step, layer: Dense, geometry: Geometry): Packed | null {
  const channels = pairable(layer);
  if (channels === null) return null;
  return {
    step: {
      ...step,
      kernel: 'conv2d_pairs_s8',
      params: {
        ...geometry,
        words: pairWords(geometry),
        room: pairsRoom(geometry),
        inputZeroPoint: -layer.inputOffset,
        outputZeroPoint: layer.outputOffset,
      },
    },
    constants: { table: blocksOfTwo(layer, channels) },
  };
}

function oneRow(step: Step, layer: Dense): Packed | null {
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
      },
    },
    constants: { table: blocksOfEight(layer, channels), scales },
  };
}

/** Bytes of the planes of a band, where a row of outputs does not need more. */
const PLANES_ROOM = 3072;

function packedDepthwise(
  step: StepWith<'depthwise_conv2d_s8'>,
  constants: readonly ProgramArray[],
): Packed | null {
  const { depthMultiplier, dilationH, dilationW, actMin, actMax, outputOffset, ...p } = step.params;
  const isHeld = [3, 5, 7].includes(p.kernelH) && p.kernelW === p.kernelH && p.strideW <= 2;
  const isPlain = depthMultiplier === 1 && dilationH === 1 && dilationW === 1;
  if (
    !isHeld ||
    p.padLeft >= p.kernelW ||
    !isPlain ||
    p.inChannels < CHANNELS ||
    !isWholeRange({ actMin, actMax })
  )
    return null;
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const packed = planesConstants({
    channels: p.inChannels,
    weights,
    bias,
    multiplier,
    shift,
    outputOffset,
  });
  if (packed === null) return null;
  const roomOf = (band: number): number => planesRoom({ ...p, band });
  const more = Math.floor((PLANES_ROOM - roomOf(1)) / (roomOf(2) - roomOf(1)));
  const band = Math.min(p.outH, 1 + Math.max(0, more));
  return {
    step: {
      ...step,
      kernel: p.kernelH === 3 ? 'depthwise_conv2d_planes_s8' : 'depthwise_conv2d_large_planes_s8',
      params: { ...p, band, room: roomOf(band), outputZeroPoint: outputOffset },
    },
    constants: packed,
  };
}
