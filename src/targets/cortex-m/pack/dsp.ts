/** Steps as cores with DSP instructions take them. */
import { pairsRoom, pairWords } from '../../../program/kernels/conv2d-pairs-s8.ts';
import { planesRoom } from '../../../program/kernels/depthwise-conv2d-planes-s8.ts';
import { pairsOfRow } from '../../../program/kernels/fully-connected-pairs-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import type { ProgramArray } from '../../../program/types.ts';
import { blocksOfEight, blocksOfTwo, type Dense, pairable, scalesOf } from './channel-pairs.ts';
import { type ConstantsOf, isWholeRange, type Packed, type StepWith } from './packed.ts';
import { planesConstants } from './planes.ts';

/** The fewest output positions that products take at once, and channels that are laid out together. */
const POSITIONS = 3;
const CHANNELS = 4;

/** @returns null for a step that stays as it is */
export function packedForDsp(step: Step, constantsOf: ConstantsOf): Packed | null {
  switch (step.kernel) {
    case 'conv2d_s8':
      return packedConvolution(step, constantsOf(step));
    case 'fully_connected_s8':
      return packedDense(step, constantsOf(step));
    case 'depthwise_conv2d_s8':
      return packedDepthwise(step, constantsOf(step));
    default:
      return null;
  }
}

function layerOf(
  step: StepWith<'conv2d_s8'> | StepWith<'fully_connected_s8'>,
  constants: readonly ProgramArray[],
  sizes: Pick<Dense, 'channels' | 'runs' | 'run'>,
): Dense {
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const { inputOffset, outputOffset } = step.params;
  return { ...sizes, weights, bias, multiplier, shift, inputOffset, outputOffset };
}

function packedConvolution(step: StepWith<'conv2d_s8'>, constants: readonly ProgramArray[]): Packed | null {
  const { groups, dilationH, dilationW, ...p } = step.params;
  if (groups !== 1 || !isWholeRange(p)) return null;
  const channels = p.outChannels;
  const whole = p.kernelH === p.inH && p.kernelW === p.inW && p.padTop === 0 && p.padLeft === 0;
  if (p.batch === 1 && p.outH === 1 && p.outW === 1 && whole && dilationH === 1 && dilationW === 1) {
    const run = p.kernelH * p.kernelW * p.inChannels;
    return oneRow(step, layerOf(step, constants, { channels, runs: 1, run }));
  }
  if (p.batch * p.outH * p.outW < POSITIONS) return null;
  if ((dilationH > 1 && p.kernelH > 1) || (dilationW > 1 && p.kernelW > 1)) return null;
  const layer = layerOf(step, constants, { channels, runs: p.kernelH, run: p.kernelW * p.inChannels });
  return convolution(step, layer, p);
}

function packedDense(
  step: StepWith<'fully_connected_s8'>,
  constants: readonly ProgramArray[],
): Packed | null {
  const { rows, inFeatures, outFeatures } = step.params;
  if (!isWholeRange(step.params)) return null;
  const layer = layerOf(step, constants, { channels: outFeatures, runs: 1, run: inFeatures });
  if (rows === 1) return oneRow(step, layer);
  if (rows < POSITIONS) return null;
  return convolution(step, layer, {
    batch: 1,
    inH: 1,
    inW: rows,
    inChannels: inFeatures,
    outH: 1,
    outW: rows,
    outChannels: outFeatures,
    kernelH: 1,
    kernelW: 1,
    strideH: 1,
    strideW: 1,
    padTop: 0,
    padLeft: 0,
  });
}

type Geometry = Omit<
  StepWith<'conv2d_pairs_s8'>['params'],
  'words' | 'room' | 'inputZeroPoint' | 'outputZeroPoint'
>;

function convolution(step: Step, layer: Dense, geometry: Geometry): Packed | null {
  const channels = pairable(layer);
  if (channels === null) return null;
  const { batch, inH, inW, inChannels, outH, outW, outChannels } = geometry;
  const { kernelH, kernelW, strideH, strideW, padTop, padLeft } = geometry;
  return {
    step: {
      ...step,
      kernel: 'conv2d_pairs_s8',
      params: {
        batch,
        inH,
        inW,
        inChannels,
        outH,
        outW,
        outChannels,
        kernelH,
        kernelW,
        strideH,
        strideW,
        padTop,
        padLeft,
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
      kernel: 'depthwise_conv2d_planes_s8',
      params: { ...p, band, room: roomOf(band), outputZeroPoint: outputOffset },
    },
    constants: packed,
  };
}
