/** What is wrong with a layer, read off what was measured of it. */
import type { OwnNoise } from './own-noise.ts';

export type Cause =
  /** Values lie beyond the codes, and that is most of the error. */
  | {
      readonly kind: 'clipping';
      readonly saturation: number;
      readonly reached: number;
      readonly covered: number;
    }
  /** Some channels reach far beyond the others, which share the scale. */
  | { readonly kind: 'outlier-channels'; readonly channels: readonly number[]; readonly times: number }
  /** The values use few of the codes. */
  | {
      readonly kind: 'coarse';
      readonly codesUsed: number;
      readonly reached: number;
      readonly covered: number;
    }
  /** Rounded weights are most of the error. */
  | { readonly kind: 'weights'; readonly share: number }
  /** The error of what the layer reads grows in it. */
  | { readonly kind: 'amplifies'; readonly times: number };

/** A channel stands out where it reaches so many times what half of the channels do. */
const OUTLYING = 8;
/** At most this share of the channels stands out; else the others are the exception. */
const FEW = 0.25;
/** Below this share of the codes a range is far too wide. */
const FEW_CODES = 1 / 8;
/** An error below this needs no explanation: 30 dB. */
const NOTHING = 1e-3;

/** @param covered largest magnitude that the codes reach @param fixed whether the operator fixes the scale */
export function causesOf(
  own: OwnNoise,
  covered: number,
  fixed: boolean,
  amplification: number | null,
): readonly Cause[] {
  const { histogram, saturation, codesUsed } = own;
  const reached = histogram.total === 0 ? 0 : Math.max(-histogram.min, histogram.max);
  const causes: Cause[] = [];
  if (!fixed && own.clipping > NOTHING && own.clipping > 0.5 * own.total) {
    causes.push({ kind: 'clipping', saturation, reached, covered });
  }
  const channels = outlierChannels(own.channels);
  if (channels !== null && own.total > 0) causes.push({ kind: 'outlier-channels', ...channels });
  if (!fixed && own.total > NOTHING && codesUsed < FEW_CODES && reached > 0 && reached < covered / 4) {
    causes.push({ kind: 'coarse', codesUsed, reached, covered });
  }
  if (own.total > NOTHING && own.weights > 0.5 * own.total) {
    causes.push({ kind: 'weights', share: Math.min(1, own.weights / own.total) });
  }
  if (amplification !== null) causes.push({ kind: 'amplifies', times: amplification });
  return causes;
}

/** The channels that stand out, the largest first, and how many times the median the first reaches; null where none does. */
export function outlierChannels(
  reached: readonly number[],
): { readonly channels: readonly number[]; readonly times: number } | null {
  const live = reached.filter((one) => one > 0).sort((a, b) => a - b);
  const median = live[Math.floor((live.length - 1) / 2)] ?? 0;
  const channels = reached
    .map((one, channel) => ({ one, channel }))
    .filter(({ one }) => one > OUTLYING * median)
    .sort((a, b) => b.one - a.one);
  const [first] = channels;
  if (first === undefined || median === 0 || channels.length > Math.max(1, FEW * live.length)) return null;
  return { channels: channels.map(({ channel }) => channel), times: first.one / median };
}
