/** Depthwise convolutions for cores with vectors: a channel for each channel, biases with the zero point of the input in them, shifts to the right. */
import { requantize } from '../../numbers/fixed-point.ts';
import { constant, output, RANGE } from '../signature.ts';
import type { Operands } from '../types.ts';
import { clamp, type PlainDepthwiseConv2dParams, plainDepthwiseConv2dParams, type Ranges } from './common.ts';

export type ShiftedDepthwiseParams = PlainDepthwiseConv2dParams & {
  /** Rows and columns of the output that are computed together. */
  readonly band: number;
  readonly span: number;
  /** Bytes of scratch. */
  readonly room: number;
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
  readonly actMin: number;
  readonly actMax: number;
};

export const shiftedDepthwiseParams: Ranges<ShiftedDepthwiseParams> = {
  ...plainDepthwiseConv2dParams,
  strideH: [1, 2],
  strideW: [1, 2],
  band: RANGE.extent,
  span: RANGE.extent,
  room: RANGE.count,
  inputZeroPoint: RANGE.code,
  outputZeroPoint: RANGE.code,
  actMin: RANGE.code,
  actMax: RANGE.code,
};

const channels = ['inChannels'] as const;

/** What follows the weights. */
export const SHIFTED_DEPTHWISE = [
  constant('bias', 'int32', channels),
  constant('multiplier', 'int32', channels, 'multipliers'),
  constant('shift', 'int32', channels, 'right_shifts'),
  output('output', 'int8', ['batch', 'outH', 'outW', 'inChannels']),
] as const;

/** @param placeOf where the weight of a tap is among those of its channel */
export function runShiftedDepthwise(
  p: ShiftedDepthwiseParams,
  { inputs, constants, outputs }: Operands,
  placeOf: (ky: number, kx: number) => number,
): void {
  const [x] = inputs as [Int8Array];
  const [weights, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const [y] = outputs as [Int8Array];
  const codeAt = (n: number, iy: number, ix: number, c: number): number => {
    const isWithin = iy >= 0 && iy < p.inH && ix >= 0 && ix < p.inW;
    return isWithin ? x[((n * p.inH + iy) * p.inW + ix) * p.inChannels + c]! : p.inputZeroPoint;
  };
  let out = 0;
  for (let n = 0; n < p.batch; n++) {
    for (let oy = 0; oy < p.outH; oy++) {
      for (let ox = 0; ox < p.outW; ox++) {
        for (let c = 0; c < p.inChannels; c++) {
          const first = c * p.kernelH * p.kernelW;
          let sum = bias[c]!;
          for (let ky = 0; ky < p.kernelH; ky++) {
            for (let kx = 0; kx < p.kernelW; kx++) {
              const code = codeAt(n, oy * p.strideH + ky - p.padTop, ox * p.strideW + kx - p.padLeft, c);
              sum = (sum + code * weights[first + placeOf(ky, kx)]!) | 0;
            }
          }
          const value = requantize(sum, multiplier[c]!, shift[c]!) + p.outputZeroPoint;
          y[out++] = clamp(value, p.actMin, p.actMax);
        }
      }
    }
  }
}
