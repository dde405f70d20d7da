/** Constants of a depthwise convolution whose pixels are laid out in columns (src/program/kernels/depthwise-conv2d-columns-s8.ts). */
import { columnsRoom } from '../../../program/kernels/depthwise-conv2d-columns-s8.ts';
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

/** @returns null where a channel is not shifted to the right, and is not always the same code */
function columnsConstants(layer: Depthwise, { kernelH, kernelW, inputZeroPoint }: Window): Constants | null {
  const packed = shiftedRight(layer, 1);
  if (packed === null) return null;
  const { channels, multiplier, shift } = packed;
  const weights = new Int8Array(packed.weights.length);
  const bias = packed.bias.slice();
  let at = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let kx = 0; kx < kernelW; kx++) {
      for (let ky = 0; ky < kernelH; ky++) {
        const weight = packed.weights[(ky * kernelW + kx) * channels + channel]!;
        weights[at++] = weight;
        bias[channel] = bias[channel]! - inputZeroPoint * weight;
      }
    }
  }
  return { weights, bias, multiplier, shift };
}

type Outputs = { readonly outH: number; readonly outW: number; readonly strideW: number };

/** Bytes of the columns of a block, where those of the fewest outputs do not need more. */
const COLUMNS_ROOM = 2560;

const dividedEvenly = (size: number, most: number): number => Math.ceil(size / Math.ceil(size / most));

/** Rows and columns of outputs that are computed together: blocks of one size as nearly as may be, and as large as there is room for. */
function blockOf({ outH, outW, strideW }: Outputs): {
  readonly band: number;
  readonly span: number;
  readonly room: number;
} {
  const rows = strideW === 1 ? 2 : 1;
  const roomOf = (band: number, span: number): number => columnsRoom({ strideW, band, span });
  let most = outW;
  while (most > 4 && roomOf(rows, most) > COLUMNS_ROOM) most--;
  const span = dividedEvenly(outW, most);
  const units = Math.max(1, Math.floor(COLUMNS_ROOM / roomOf(rows, span)));
  const band = rows * dividedEvenly(Math.ceil(outH / rows), units);
  return { band, span, room: roomOf(band, span) };
}

/** @returns null for windows that no block holds */
export function packedColumns(
  step: StepWith<'depthwise_conv2d_s8'>,
  constants: readonly ProgramArray[],
): Packed | null {
  const { depthMultiplier, dilationH, dilationW, inputOffset, outputOffset, ...p } = step.params;
  const is3x3 = p.kernelH === 3 && p.kernelW === 3 && p.strideH === p.strideW && p.strideW <= 2;
  const isPlain = depthMultiplier === 1 && dilationH === 1 && dilationW === 1;
  const isTooSmall = p.strideW === 1 && (p.outH < 2 || p.outW < 2);
  // An input without offset of -128 would be 128, which is no code.
  if (!is3x3 || !isPlain || isTooSmall || inputOffset < -127) return null;
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const layer = { channels: p.inChannels, weights, bias, multiplier, shift, outputOffset };
  const inputZeroPoint = -inputOffset;
  const packed = columnsConstants(layer, { ...p, inputZeroPoint });
  if (packed === null) return null;
  const params = { ...p, ...blockOf(p), inputZeroPoint, outputZeroPoint: outputOffset };
  return { step: { ...step, kernel: 'depthwise_conv2d_columns_s8', params }, constants: { ...packed } };
}
