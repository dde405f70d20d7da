import { geometryOf } from './fit-image.ts';
import type { Preprocess } from './preprocess.ts';
import type { Image } from './source.ts';

/**
 * What an input of a model shows: preprocessing backwards, to whole pixels 0 .. 255. Null for inputs that are no images of one
 * or three channels.
 * @param values row-major in the shape of the input
 */
export function pictureOf(
  values: Float32Array,
  shape: readonly number[],
  { scale, mean, std, layout, channels: order }: Preprocess,
): Image | null {
  const geometry = geometryOf(shape, layout);
  if (geometry === null || (geometry.channels !== 1 && geometry.channels !== 3)) return null;
  const { width, height, channels } = geometry;
  const count = width * height;
  const pixels = new Uint8ClampedArray(count * channels);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < channels; c++) {
      const value = values[geometry.layout === 'nhwc' ? i * channels + c : c * count + i]!;
      const to = order === 'bgr' ? channels - 1 - c : c;
      pixels[i * channels + to] = (value * (std[c] ?? std[0]!) + (mean[c] ?? mean[0]!)) / scale;
    }
  }
  return { width, height, channels: geometry.channels, pixels: new Uint8Array(pixels.buffer) };
}
