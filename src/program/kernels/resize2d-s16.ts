import type { Kernel } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';
import {
  pixelAt,
  type Resize2dParams,
  resize2dOperands,
  resize2dParams,
  WEIGHT_BITS,
} from './resize2d-s8.ts';

/** Interpolation of int16 codes along two axes; operands as of resize2d_s8. */
export type Resize2dS16 = StepOf<'resize2d_s16', Resize2dParams>;

export const resize2dS16: Kernel<Resize2dS16> = {
  signature: {
    about: `As resize2d_s8, of int16 codes, in 64-bit sums.`,
    params: resize2dParams,
    operands: resize2dOperands('int16'),
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x] = inputs as [Int16Array];
    const [rows, rowWeights, columns, columnWeights] = constants as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    const [y] = outputs as [Int16Array];
    const one = 2 ** (2 * WEIGHT_BITS);
    let out = 0;
    for (let n = 0; n < p.batch; n++) {
      for (let oy = 0; oy < p.outH; oy++) {
        for (let ox = 0; ox < p.outW; ox++) {
          for (let c = 0; c < p.channels; c++) {
            if (p.taps === 1) {
              y[out++] = x[pixelAt(p, n, rows[oy]!, columns[ox]!) + c]!;
              continue;
            }
            let sum = one / 2;
            for (let i = oy * p.taps; i < (oy + 1) * p.taps; i++) {
              for (let j = ox * p.taps; j < (ox + 1) * p.taps; j++) {
                const weight = Math.imul(rowWeights[i]!, columnWeights[j]!);
                sum += weight * x[pixelAt(p, n, rows[i]!, columns[j]!) + c]!;
              }
            }
            y[out++] = clamp(Math.floor(sum / one), -32768, 32767);
          }
        }
      }
    }
  },
};
