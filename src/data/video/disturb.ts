import { mixSeed, seededRandom } from '../../numbers/random.ts';
import type { Image } from '../source.ts';

/** What makes a clip harder than it is, for studies of robustness; in units of pixels 0 .. 255. Zeros change nothing. */
export type Disturbance = {
  /** Standard deviation of noise that is independent from value to value. */
  readonly noise: number;
  /** Brightness changes slowly by up to this share: a factor between 1 - gain and 1 + gain. */
  readonly gain: number;
  /** The camera moves by up to so many pixels from frame to frame, across and down. */
  readonly shake: number;
};

export const UNDISTURBED: Disturbance = { noise: 0, gain: 0, shake: 0 };

/** Frames in which brightness goes from its mean to its most, its least, and back. */
const GAIN_PERIOD = 100;

/** Disturbs frame `index` of a clip. Same seed, clip and frame, same bytes on every machine. */
export function disturb(
  image: Image,
  { noise, gain, shake }: Disturbance,
  seed: number,
  clip: number,
  index: number,
): Image {
  if (noise === 0 && gain === 0 && shake === 0) return image;
  const random = seededRandom(mixSeed(seed, clip, index));
  const [dx, dy] = [shake * (2 * random() - 1), shake * (2 * random() - 1)];
  const factor = 1 + gain * triangle(index / GAIN_PERIOD);
  const moved = shake === 0 ? image.pixels : shifted(image, dx, dy);
  const pixels = new Uint8ClampedArray(image.pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.round(moved[i]! * factor + (noise === 0 ? 0 : noise * normal(random)));
  }
  return { ...image, pixels: new Uint8Array(pixels.buffer) };
}

/** Like a sine of period 1, of straight lines: 0 at 0, 1 at 1/4, -1 at 3/4. */
function triangle(time: number): number {
  const phase = time - Math.floor(time);
  return phase < 0.25 ? 4 * phase : phase < 0.75 ? 2 - 4 * phase : 4 * phase - 4;
}

/** Nearly a standard normal number, from sums alone: of twelve uniform ones, whose variance is 1 (Irwin and Hall). */
function normal(random: () => number): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

/** The image as seen from (dx, dy) pixels further, between pixels by bilinear interpolation; edges are repeated. */
function shifted({ width, height, channels, pixels }: Image, dx: number, dy: number): Float64Array {
  const columns = taps(width, dx);
  const rows = taps(height, dy);
  const out = new Float64Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const { low: top, high: bottom, weight: down } = rows[y]!;
    for (let x = 0; x < width; x++) {
      const { low: left, high: right, weight: across } = columns[x]!;
      for (let c = 0; c < channels; c++) {
        const at = (row: number, column: number): number => pixels[(row * width + column) * channels + c]!;
        const upper = at(top, left) * (1 - across) + at(top, right) * across;
        const lower = at(bottom, left) * (1 - across) + at(bottom, right) * across;
        out[(y * width + x) * channels + c] = upper * (1 - down) + lower * down;
      }
    }
  }
  return out;
}

/** Which two old pixels a new one lies between, and how near it is to the second. */
type Tap = { readonly low: number; readonly high: number; readonly weight: number };

function taps(length: number, by: number): readonly Tap[] {
  const within = (position: number): number => Math.min(Math.max(position, 0), length - 1);
  return Array.from({ length }, (_, i) => {
    const low = Math.floor(i + by);
    return { low: within(low), high: within(low + 1), weight: i + by - low };
  });
}
