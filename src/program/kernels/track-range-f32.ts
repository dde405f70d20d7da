import { constant, input, type Kernel, output, RANGE, update } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { between, QUANTIZER, roundNearest, setQuantizer } from './quantizer.ts';

type TrackRangeF32Params = {
  /** Greatest code: 2^(bits - 1) - 1, in [1, 127]. */
  readonly limit: number;
  /** 1: codes -limit - 1 .. limit with a zero point; 0: codes -limit .. limit, symmetric around 0. */
  readonly affine: number;
  /** 1: the range stays as it is. */
  readonly frozen: number;
};

/**
 * Running range of an activation and the quantiser that covers it: range += (1 - decay) * (extent - range), where the
 * extent is first bounded by the activation function. The first extent is taken as it is; one that is empty or not
 * finite is passed over.
 * inputs [extent float32 [2]], constants [bounds float32 [2], decay float32 [1]],
 * outputs [range float32 [4]: low, high, 1 once it is set, 0 (read and written), quantiser float32 [4]].
 */
export type TrackRangeF32 = StepOf<'track_range_f32', TrackRangeF32Params>;

export const trackRangeF32: Kernel<TrackRangeF32> = {
  signature: {
    about: `range += (1 - decay) * (extent - range), and the quantiser that covers it. The first extent is taken as it is, one that is empty or not finite is passed over; frozen: the range stays. Codes are -limit - 1 .. limit with a zero point where affine is 1, else -limit .. limit around 0. range (updated): low, high, 1 once it is set, 0. bounds: of the activation function.`,
    params: { limit: RANGE.limit, affine: RANGE.flag, frozen: RANGE.flag },
    operands: [
      input('extent', 'float32', [2]),
      constant('bounds', 'float32', [2]),
      constant('decay', 'float32', [1]),
      update('range', 'float32', [4]),
      output('quantizer', 'float32', [QUANTIZER.length]),
    ],
  },
  run({ params: p }, { inputs, constants, outputs }) {
    const [extent] = inputs as [Float32Array];
    const [bounds, decay] = constants as [Float32Array, Float32Array];
    const [range, quantizer] = outputs as [Float32Array, Float32Array];
    const low = between(extent[0]!, bounds[0]!, bounds[1]!);
    const high = between(extent[1]!, bounds[0]!, bounds[1]!);
    const usable = low <= high && low >= -MOST && high <= MOST;
    if (usable && range[2] !== 1) {
      range.set([low, high, 1, 0]);
    } else if (usable && p.frozen === 0) {
      const share = Math.fround(1 - decay[0]!);
      range[0] = Math.fround(range[0]! + Math.fround(share * Math.fround(low - range[0]!)));
      range[1] = Math.fround(range[1]! + Math.fround(share * Math.fround(high - range[1]!)));
    }
    if (p.affine === 0) {
      const most = Math.max(Math.abs(range[0]!), Math.abs(range[1]!));
      setQuantizer(quantizer, Math.fround(most / p.limit), 0);
      return;
    }
    const from = Math.min(range[0]!, 0);
    const to = Math.max(range[1]!, 0);
    const least = -p.limit - 1;
    setQuantizer(quantizer, Math.fround(Math.fround(to - from) / (2 * p.limit + 1)), 0);
    const zero = Math.fround(least - Math.fround(from * quantizer[1]!));
    quantizer[2] = roundNearest(between(zero, least, p.limit));
  },
};

/** Magnitudes beyond it are no range. */
const MOST = 2 ** 100;
