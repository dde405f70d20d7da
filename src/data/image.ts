import { TinymlError } from '../diagnostics/errors.ts';
import type { Image } from './source.ts';

/** The most pixels that an image may have: files are untrusted, sizes are bounded before allocation. */
export const MAX_PIXELS = 2 ** 26;

/** @throws TinymlError E_DATA for an empty image or one of more than 64 Mi pixels. */
export function boundedPixels(width: number, height: number, path: string): void {
  if (width * height > 0 && width * height <= MAX_PIXELS) return;
  throw new TinymlError('E_DATA', `an image of ${width}x${height} pixels is not read`, {
    at: path,
    hint: `Images have from 1 to ${MAX_PIXELS} pixels.`,
  });
}

export type ChannelOrder = 'rgb' | 'bgr' | 'gray';

/** Grey from colour: ITU-R BT.601 luma, rounded to whole numbers. Colour from grey: three equal channels. */
export function withChannels({ width, height, channels, pixels }: Image, order: ChannelOrder): Image {
  const count = width * height;
  if (order === 'gray') {
    if (channels === 1) return { width, height, channels, pixels };
    const grey = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      grey[i] = (299 * pixels[3 * i]! + 587 * pixels[3 * i + 1]! + 114 * pixels[3 * i + 2]! + 500) / 1000;
    }
    return { width, height, channels: 1, pixels: grey };
  }
  if (channels === 3 && order === 'rgb') return { width, height, channels, pixels };
  const colour = new Uint8Array(3 * count);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) colour[3 * i + c] = channels === 1 ? pixels[i]! : pixels[3 * i + 2 - c]!;
  }
  return { width, height, channels: 3, pixels: colour };
}
