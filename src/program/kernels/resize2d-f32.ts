import { fusedMultiplyAdd } from '../../numbers/fused-multiply-add.ts';
import { constant, input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';

type Resize2dF32Params = {
  readonly batch: number;
  readonly inH: number;
  readonly inW: number;
  readonly channels: number;
  readonly outH: number;
  readonly outW: number;
  readonly taps: number;
};

/**
 * Interpolation along two axes, as resize2d_s8. inputs [x NHWC], constants [rows [outH][taps], row weights, columns
 * [outW][taps], column weights], outputs [y NHWC].
 */
export type Resize2dF32 = StepOf<'resize2d_f32', Resize2dF32Params>;

export const resize2dF32: Kernel<Resize2dF32> = {
  signature: {
    about: `Interpolation along two axes, of floats: output[y][x] = the chain over i of row_weights[y][i] * the chain over j of column_weights[x][j] * input[rows[y][i]][columns[x][j]]. A place outside is taken for the nearest that is inside. With one tap numbers are copied, whatever the weights.`,
    params: {
      batch: RANGE.count,
      inH: RANGE.extent,
      inW: RANGE.extent,
      channels: RANGE.count,
      outH: RANGE.extent,
      outW: RANGE.extent,
      taps: [1, 2 ** 10],
    },
    operands: [
      input('input', 'float32', ['batch', 'inH', 'inW', 'channels']),
      constant('rows', 'int32', ['outH', 'taps']),
      constant('row_weights', 'float32', ['outH', 'taps']),
      constant('columns', 'int32', ['outW', 'taps']),
      constant('column_weights', 'float32', ['outW', 'taps']),
      output('output', 'float32', ['batch', 'outH', 'outW', 'channels']),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Float32Array];
    const [rows, rowWeights, columns, columnWeights] = constants as [
      Int32Array,
      Float32Array,
      Int32Array,
      Float32Array,
    ];
    const [y] = outputs as [Float32Array];
    const pixel = (n: number, row: number, column: number): number =>
      ((n * p.inH + clamp(row, 0, p.inH - 1)) * p.inW + clamp(column, 0, p.inW - 1)) * p.channels;
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let c = 0; c < p.channels; c++) {
            const along = (row: number): number => {
              let sum = 0;
              for (let j = ox * p.taps; j < (ox + 1) * p.taps; j++) {
                sum = fusedMultiplyAdd(columnWeights[j]!, x[pixel(n, row, columns[j]!) + c]!, sum);
              }
              return sum;
            };
            let sum = 0;
            for (let i = oy * p.taps; i < (oy + 1) * p.taps; i++) {
              sum = fusedMultiplyAdd(rowWeights[i]!, along(rows[i]!), sum);
            }
            y[out++] = p.taps === 1 ? x[pixel(n, rows[oy]!, columns[ox]!) + c]! : sum;
          }
        }
      }
    }
  },
};
