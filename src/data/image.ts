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

/** Floating-point image, channels interleaved. */
type FloatImage = {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly values: Float64Array;
};

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

export function toFloatImage({ width, height, channels, pixels }: Image): FloatImage {
  return { width, height, channels, values: new Float64Array(pixels) };
}

export type ResizeMethod = 'bilinear' | 'nearest';

/** `stretch` to the target; `crop` the middle of an image that covers it; `pad` with zeros around one inside it. */
export type ResizeFit = 'stretch' | 'crop' | 'pad';

/** Resizes to `width` x `height`. Same image, same values on every machine. */
export function resizeImage(
  image: FloatImage,
  width: number,
  height: number,
  method: ResizeMethod,
  fit: ResizeFit,
): FloatImage {
  if (fit === 'stretch') return stretch(image, width, height, method);
  const across = width / image.width;
  const down = height / image.height;
  const scale = fit === 'crop' ? Math.max(across, down) : Math.min(across, down);
  const sized = (length: number, target: number): number => {
    const exact = Math.max(1, Math.round(length * scale));
    return fit === 'crop' ? Math.max(target, exact) : Math.min(target, exact);
  };
  const scaled = stretch(image, sized(image.width, width), sized(image.height, height), method);
  return place(scaled, width, height);
}

/**
 * Without antialiasing, pixel centres at half coordinates, edges repeated: OpenCV's INTER_LINEAR and ONNX Resize
 * with half_pixel. Nearest takes the pixel that holds the centre.
 */
function stretch(image: FloatImage, width: number, height: number, method: ResizeMethod): FloatImage {
  if (width === image.width && height === image.height) return image;
  return interpolate(image, taps(image.width, width, method), taps(image.height, height, method));
}

/** Each new pixel from the four that its column and its row lie between. */
export function interpolate(image: FloatImage, columns: readonly Tap[], rows: readonly Tap[]): FloatImage {
  const { channels, values } = image;
  const [width, height] = [columns.length, rows.length];
  const out = new Float64Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const { low: top, high: bottom, weight: down } = rows[y]!;
    for (let x = 0; x < width; x++) {
      const { low: left, high: right, weight: across } = columns[x]!;
      for (let c = 0; c < channels; c++) {
        const at = (row: number, column: number): number =>
          values[(row * image.width + column) * channels + c]!;
        const upper = at(top, left) * (1 - across) + at(top, right) * across;
        const lower = at(bottom, left) * (1 - across) + at(bottom, right) * across;
        out[(y * width + x) * channels + c] = upper * (1 - down) + lower * down;
      }
    }
  }
  return { width, height, channels, values: out };
}

/** Which two source pixels an output pixel lies between, and how near it is to the second. */
export type Tap = { readonly low: number; readonly high: number; readonly weight: number };

function taps(from: number, to: number, method: ResizeMethod): readonly Tap[] {
  return Array.from({ length: to }, (_, i) => {
    const centre = ((i + 0.5) * from) / to;
    if (method === 'nearest') {
      const nearest = Math.min(Math.floor(centre), from - 1);
      return { low: nearest, high: nearest, weight: 0 };
    }
    const position = Math.min(Math.max(centre - 0.5, 0), from - 1);
    const low = Math.floor(position);
    return { low, high: Math.min(low + 1, from - 1), weight: position - low };
  });
}

/** The middle of the image, or the image in the middle of zeros. */
function place(
  { width: from, height: fromHeight, channels, values }: FloatImage,
  width: number,
  height: number,
): FloatImage {
  const out = new Float64Array(width * height * channels);
  const left = Math.floor((from - width) / 2);
  const top = Math.floor((fromHeight - height) / 2);
  for (let y = Math.max(0, -top); y < Math.min(height, fromHeight - top); y++) {
    const first = Math.max(0, -left);
    const last = Math.min(width, from - left);
    const start = ((y + top) * from + first + left) * channels;
    out.set(values.subarray(start, start + (last - first) * channels), (y * width + first) * channels);
  }
  return { width, height, channels, values: out };
}
