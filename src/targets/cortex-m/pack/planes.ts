/** Constants of a depthwise convolution whose channels are laid out as planes (src/program/kernels/depthwise-conv2d-planes-s8.ts). */
import { scaleOf } from '../../../program/kernels/channel-pairs.ts';
import { planesRoom } from '../../../program/kernels/depthwise-conv2d-planes-s8.ts';
import type { ProgramArray } from '../../../program/types.ts';
import { type Depthwise, shiftedRight } from './depthwise.ts';
import { isWholeRange, type Packed, type StepWith } from './packed.ts';

type Constants = { readonly weights: Int8Array; readonly bias: Int32Array; readonly scales: Int32Array };

/** @returns null where a channel cannot be requantised by two factors, and is not always the same code */
function planesConstants(layer: Depthwise): Constants | null {
  const packed = shiftedRight(layer, 2);
  if (packed === null) return null;
  const { weights, bias, multiplier, shift } = packed;
  const scales = Array.from(multiplier, (factor, channel) => scaleOf(factor, shift[channel]!));
  return { weights, bias, scales: Int32Array.from(scales.flat()) };
}

/** The fewest channels: those that are laid out together. */
const CHANNELS = 4;

/** Bytes of the planes of a band, where a row of outputs does not need more. */
const PLANES_ROOM = 3072;

/** @param kernels sizes of windows that the core computes so @returns null for a step that stays as it is */
export function packedPlanes(
  step: StepWith<'depthwise_conv2d_s8'>,
  constants: readonly ProgramArray[],
  kernels: readonly number[],
): Packed | null {
  const { depthMultiplier, dilationH, dilationW, actMin, actMax, outputOffset, ...p } = step.params;
  const isHeld = kernels.includes(p.kernelH) && p.kernelW === p.kernelH && p.strideW <= 2;
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
