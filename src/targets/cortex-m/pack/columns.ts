/** Constants of a depthwise convolution whose pixels are laid out in columns or rows (src/program/kernels/depthwise-conv2d-columns-s8.ts, -rows-s8.ts). */
import { columnsRoom } from '../../../program/kernels/depthwise-conv2d-columns-s8.ts';
import { MOST_TAPS, rowsRoom } from '../../../program/kernels/depthwise-conv2d-rows-s8.ts';
import type { ProgramArray } from '../../../program/types.ts';
import { type Depthwise, shiftedRight } from './depthwise.ts';
import type { Packed, StepWith } from './packed.ts';

type Constants = {
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  readonly multiplier: Int32Array;
  readonly shift: Int32Array;
};

type Window = { readonly kernelH: number; readonly kernelW: number; readonly inputZeroPoint: number };

/** Places of the weight of a tap among those of its channel. */
type Places = (ky: number, kx: number) => number;

/** @returns null where a channel is not shifted to the right, and is not always the same code */
function shiftedConstants(
  layer: Depthwise,
  { kernelH, kernelW, inputZeroPoint }: Window,
  placeOf: Places,
): Constants | null {
  const packed = shiftedRight(layer, 1);
  if (packed === null) return null;
  const { channels, multiplier, shift } = packed;
  const weights = new Int8Array(packed.weights.length);
  const bias = packed.bias.slice();
  for (const [i, weight] of packed.weights.entries()) {
    const [channel, tap] = [i % channels, Math.floor(i / channels)];
    weights[channel * kernelH * kernelW + placeOf(Math.floor(tap / kernelW), tap % kernelW)] = weight;
    bias[channel] = bias[channel]! - inputZeroPoint * weight;
  }
  return { weights, bias, multiplier, shift };
}

type Outputs = { readonly outH: number; readonly outW: number };

/** Bytes of what a block reads, where the fewest outputs do not need more. */
const BLOCK_ROOM = 2560;

const dividedEvenly = (size: number, most: number): number => Math.ceil(size / Math.ceil(size / most));

/**
 * Rows and columns of outputs that are computed together: blocks of one size as nearly as may be, and as large as there is room for.
 * @param rows that come together
 */
function blockOf(
  { outH, outW }: Outputs,
  rows: number,
  roomOf: (band: number, span: number) => number,
): { readonly band: number; readonly span: number; readonly room: number } {
  let most = outW;
  while (most > 4 && roomOf(rows, most) > BLOCK_ROOM) most--;
  const span = dividedEvenly(outW, most);
  let units = 1;
  while (units * rows < outH && roomOf((units + 1) * rows, span) <= BLOCK_ROOM) units++;
  const band = rows * dividedEvenly(Math.ceil(outH / rows), units);
  return { band, span, room: roomOf(band, span) };
}

/** @returns null for more than a channel for each channel, dilated windows, rows of windows that no vector holds, and inputs that no code stands for */
export function packedDepthwise(
  step: StepWith<'depthwise_conv2d_s8'>,
  constants: readonly ProgramArray[],
): Packed | null {
  const { depthMultiplier, dilationH, dilationW, inputOffset, outputOffset, ...p } = step.params;
  const isPlain = depthMultiplier === 1 && dilationH === 1 && dilationW === 1;
  // An input without offset of -128 would be 128, which is no code.
  if (!isPlain || p.strideH > 2 || p.strideW > 2 || p.kernelW > MOST_TAPS || inputOffset < -127) return null;
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const layer = { channels: p.inChannels, weights, bias, multiplier, shift, outputOffset };
  const window = { ...p, inputZeroPoint: -inputOffset };
  const isSmall = p.kernelH === 3 && p.kernelW === 3 && p.strideH === p.strideW;
  const isInColumns = isSmall && (p.strideW === 2 || (p.outH > 1 && p.outW > 1));
  const kernel = isInColumns ? 'depthwise_conv2d_columns_s8' : 'depthwise_conv2d_rows_s8';
  const packed = shiftedConstants(layer, window, (ky, kx) =>
    isInColumns ? kx * p.kernelH + ky : ky * p.kernelW + kx,
  );
  if (packed === null) return null;
  const block = isInColumns
    ? blockOf(p, p.strideW === 1 ? 2 : 1, (band, span) => columnsRoom({ ...p, band, span }))
    : blockOf(p, 1, (band, span) => rowsRoom({ ...p, band, span }));
  const params = { ...window, ...block, outputZeroPoint: outputOffset };
  return { step: { ...step, kernel, params }, constants: () => ({ ...packed }) };
}
