import { requantize } from '../../numbers/fixed-point.ts';
import { constant, input, type Kernel, output, over } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp } from './common.ts';
import { IMAGE_EXTENT } from './tile-list.ts';

type PatchStatisticsS8Params = {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Height and width of a patch, in pixels: divides both of the image. */
  readonly patch: number;
  /** Minus the zero point of x. */
  readonly inputOffset: number;
  /** Differences of more codes are counted. */
  readonly threshold: number;
};

/**
 * How the patches of an image differ from those of a reference of the same quantiser: per patch the sum of |d|, the greatest
 * |d|, the sum of |x| and the number of |d| above a threshold, with d = x - reference in codes; each requantised by its own
 * multiplier and shift, which hold the number of elements of a patch and the scales. The zero point of the output is -128.
 * inputs [x, reference NHWC], constants [multiplier [4], shift [4]], outputs [statistics [height / patch][width / patch][4]].
 */
export type PatchStatisticsS8 = StepOf<'patch_statistics_s8', PatchStatisticsS8Params>;

export const patchStatisticsS8: Kernel<PatchStatisticsS8> = {
  signature: {
    about: `Per patch of patch x patch pixels, with d = input - reference: the sum of |d|, the greatest |d|, the sum of |input + input_offset| and the number of |d| > threshold, requantised by multiplier[4] and shift[4]; zero point -128. statistics [height / patch][width / patch][4].`,
    params: {
      height: IMAGE_EXTENT,
      width: IMAGE_EXTENT,
      // Sums of a patch stay within int32.
      channels: [1, 2 ** 12],
      patch: [1, 2 ** 5],
      // The zero point is an int8.
      inputOffset: [-127, 128],
      threshold: [0, 255],
    },
    operands: [
      input('input', 'int8', ['height', 'width', 'channels']),
      input('reference', 'int8', ['height', 'width', 'channels']),
      constant('multiplier', 'int32', [4], 'multipliers'),
      constant('shift', 'int32', [4], 'shifts'),
      output('statistics', 'int8', [over('height', 'patch'), over('width', 'patch'), 4]),
    ],
    rule: 'patches',
    vector: 'simd',
  },

  run({ params: p }, { inputs, constants, outputs }) {
    const [x, reference] = inputs as [Int8Array, Int8Array];
    const [multiplier, shift] = constants as [Int32Array, Int32Array];
    const [statistics] = outputs as [Int8Array];
    let out = 0;
    for (let top = 0; top < p.height; top += p.patch) {
      for (let left = 0; left < p.width; left += p.patch) {
        const sums = [0, 0, 0, 0] as [number, number, number, number];
        for (let y = top; y < top + p.patch; y++) {
          const first = (y * p.width + left) * p.channels;
          for (let i = first; i < first + p.patch * p.channels; i++) {
            const difference = Math.abs(x[i]! - reference[i]!);
            sums[0] += difference;
            sums[1] = Math.max(sums[1], difference);
            sums[2] += Math.abs(x[i]! + p.inputOffset);
            sums[3] += difference > p.threshold ? 1 : 0;
          }
        }
        for (const [k, sum] of sums.entries()) {
          statistics[out++] = clamp(requantize(sum, multiplier[k]!, shift[k]!) - 128, -128, 127);
        }
      }
    }
  },
};
