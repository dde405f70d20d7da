import { constant, input, type Kernel, type Operand, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Ranges } from './common.ts';

export type Resize2dParams = {
  readonly batch: number;
  readonly inH: number;
  readonly inW: number;
  readonly channels: number;
  readonly outH: number;
  readonly outW: number;
  /** Places of the input along each axis that an output place is made of: 1 nearest, 2 linear, 4 cubic. */
  readonly taps: number;
};

/** Weights of an axis are whole numbers of 1 / 2^WEIGHT_BITS. */
export const WEIGHT_BITS = 11;

export const resize2dParams: Ranges<Resize2dParams> = {
  batch: RANGE.count,
  inH: RANGE.extent,
  inW: RANGE.extent,
  channels: RANGE.count,
  outH: RANGE.extent,
  outW: RANGE.extent,
  taps: [1, 4],
};

export function resize2dOperands(dtype: 'int8' | 'int16'): readonly Operand[] {
  return [
    input('input', dtype, ['batch', 'inH', 'inW', 'channels']),
    constant('rows', 'int32', ['outH', 'taps']),
    constant('row_weights', 'int32', ['outH', 'taps']),
    constant('columns', 'int32', ['outW', 'taps']),
    constant('column_weights', 'int32', ['outW', 'taps']),
    output('output', dtype, ['batch', 'outH', 'outW', 'channels']),
  ];
}

/**
 * Interpolation along two axes, at the scale of the input. inputs [x NHWC], constants [rows [outH][taps], row weights,
 * columns [outW][taps], column weights], outputs [y NHWC].
 */
export type Resize2dS8 = StepOf<'resize2d_s8', Resize2dParams>;

/** The first channel of a pixel: a place outside is taken for the nearest that is inside. */
export function pixelAt(p: Resize2dParams, n: number, row: number, column: number): number {
  return ((n * p.inH + clamp(row, 0, p.inH - 1)) * p.inW + clamp(column, 0, p.inW - 1)) * p.channels;
}

export const resize2dS8: Kernel<Resize2dS8> = {
  signature: {
    about: `Interpolation along two axes: output[y][x] = sum over taps of row_weights[y][i] * column_weights[x][j] * input[rows[y][i]][columns[x][j]] / 2^22, ties up. The weights of an output place sum to 2^11; a place outside is taken for the nearest that is inside. With one tap bytes are copied, whatever the weights.`,
    params: resize2dParams,
    operands: resize2dOperands('int8'),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int8Array];
    const [rows, rowWeights, columns, columnWeights] = constants as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    const [y] = outputs as [Int8Array];
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let c = 0; c < p.channels; c++) {
            if (p.taps === 1) {
              y[out++] = x[pixelAt(p, n, rows[oy]!, columns[ox]!) + c]!;
              continue;
            }
            let sum = 1 << (2 * WEIGHT_BITS - 1);
            for (let i = oy * p.taps; i < (oy + 1) * p.taps; i++) {
              for (let j = ox * p.taps; j < (ox + 1) * p.taps; j++) {
                const weight = Math.imul(rowWeights[i]!, columnWeights[j]!);
                sum = (sum + Math.imul(weight, x[pixelAt(p, n, rows[i]!, columns[j]!) + c]!)) | 0;
              }
            }
            y[out++] = clamp(sum >> (2 * WEIGHT_BITS), -128, 127);
          }
        }
      }
    }
  },
};
