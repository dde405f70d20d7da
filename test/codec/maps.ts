/** Maps as networks make them: smooth, of channels that go together, most of them 0. */
import type { FeatureMaps } from '../../src/codec/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';

/** Channels 3 k, 3 k + 1 and 3 k + 2 follow one pattern, with noise; the last of all is constant. */
export function similarMaps(
  seed: number,
  count: number,
  [height, width, channels] = [7, 6, 10],
): FeatureMaps {
  const random = seededRandom(seed);
  const codes = Array.from({ length: count }, () => {
    const [y0, x0] = [random() * height, random() * width];
    return Int8Array.from({ length: height * width * channels }, (_, i) => {
      const [position, channel] = [Math.floor(i / channels), i % channels];
      if (channel === channels - 1) return -7;
      const pattern = Math.floor(channel / 3) + 1;
      const [y, x] = [Math.floor(position / width) - y0, (position % width) - x0];
      const value = 90 - 25 * pattern * Math.hypot(y, x) + 10 * random();
      return Math.max(-128, Math.min(127, Math.round(value)));
    });
  });
  return { height, width, channels, codes };
}
