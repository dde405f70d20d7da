/** Constants of a depthwise convolution whose channels are laid out as planes (src/program/kernels/depthwise-conv2d-planes-s8.ts). */
import { scaleOf } from '../../../program/kernels/channel-pairs.ts';
import { planesRoom } from '../../../program/kernels/depthwise-conv2d-planes-s8.ts';
import type { Step } from '../../../program/kernels/index.ts';
import type { ProgramArray } from '../../../program/types.ts';
import { type Depthwise, shiftedRight } from './depthwise.ts';
import { type Packed, perLayer, type StepWith } from './packed.ts';

type Constants = { readonly weights: Int8Array; readonly bias: Int32Array; readonly scales: Int32Array };

/** @returns null where a channel cannot be requantised by two factors, and is not always the same code */
const planesConstants = perLayer((layer: Depthwise): Constants | null => {
  const packed = shiftedRight(layer, 2);
  if (packed === null) return null;
  const { weights, bias, multiplier, shift } = packed;
  const scales = Array.from(multiplier, (factor, channel) => scaleOf(factor, shift[channel]!));
  return { weights, bias, scales: Int32Array.from(scales.flat()) };
});

/** The fewest channels: those that are laid out together. */
const CHANNELS = 4;

/** Bytes of the planes of a band, where a row of outputs does not need more. */
const PLANES_ROOM = 3072;

type Windows = Omit<Parameters<typeof planesRoom>[0], 'band' | 'transposed'>;
type Placed = Pick<Parameters<typeof planesRoom>[0], 'band' | 'transposed'>;

/** As many rows as there is room for. */
function rowWise(p: Windows): Placed {
  const roomOf = (band: number): number => planesRoom({ ...p, band, transposed: 0 });
  const more = Math.floor((PLANES_ROOM - roomOf(1)) / (roomOf(2) - roomOf(1)));
  return { band: Math.min(p.outH, 1 + Math.max(0, more)), transposed: 0 };
}

/** Instructions of lines of so many outputs: four at a time, then two or one of windows of 3x3, and what is around them. */
function instructionsOf(lines: number, outputs: number, kernel: number): number {
  if (kernel > 3) return lines * Math.ceil(outputs / 4);
  const rest = [0, 22, 36, 66][outputs % 4]!;
  return lines * (27 + 66 * Math.floor(outputs / 4) + rest);
}

/** Planes of columns; null where they cost as much as those of rows, or have no room. */
function columnsWise(p: Windows & { readonly padTop: number }): Placed | null {
  const placed = { band: p.outW, transposed: 1 };
  const isHeld = p.strideH <= 2 && p.padTop < p.kernelH && planesRoom({ ...p, ...placed }) <= PLANES_ROOM;
  const isLess = instructionsOf(p.outW, p.outH, p.kernelH) < instructionsOf(p.outH, p.outW, p.kernelH);
  return isHeld && isLess ? placed : null;
}

/** @param kernels sizes of windows that the core computes so @param mayTurn whether it lays planes out by columns, too @returns null for a step that stays as it is */
export function packedPlanes(
  step: StepWith<'depthwise_conv2d_s8'>,
  constants: readonly ProgramArray[],
  kernels: readonly number[],
  mayTurn: boolean,
): Packed | null {
  const { depthMultiplier, dilationH, dilationW, outputOffset, ...p } = step.params;
  const isHeld = kernels.includes(p.kernelH) && p.kernelW === p.kernelH && p.strideW <= 2;
  const isPlain = depthMultiplier === 1 && dilationH === 1 && dilationW === 1;
  if (!isHeld || p.padLeft >= p.kernelW || !isPlain || p.inChannels < CHANNELS) return null;
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
  const placed = (mayTurn ? columnsWise(p) : null) ?? rowWise(p);
  return {
    step: {
      ...step,
      kernel: p.kernelH === 3 ? 'depthwise_conv2d_planes_s8' : 'depthwise_conv2d_large_planes_s8',
      params: { ...p, ...placed, room: planesRoom({ ...p, ...placed }), outputZeroPoint: outputOffset },
    },
    constants: () => packed,
  };
}

/** The step with a row less in a band, which takes less scratch; null where a band has one row or planes are columns, and of other kernels. */
export function withNarrowerBand(step: Step): Step | null {
  if (step.kernel !== 'depthwise_conv2d_planes_s8' && step.kernel !== 'depthwise_conv2d_large_planes_s8') {
    return null;
  }
  const { params: p } = step;
  if (p.transposed === 1 || p.band === 1) return null;
  const band = p.band - 1;
  return { ...step, params: { ...p, band, room: planesRoom({ ...p, band }) } };
}
