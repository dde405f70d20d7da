/**
 * Images of 8 bits at another size, in integers alone: a microcontroller computes the same bytes (the C is printed by
 * `src/targets/cortex-m/`). Divisions round down, pixels are numbered from 0.
 *
 * - bilinear: without antialiasing, pixel centres at half coordinates, edges repeated (OpenCV's INTER_LINEAR, ONNX Resize with
 *   half_pixel). Along an axis from `from` to `to` pixels, new pixel i lies at p / (2 to), with p = (2 i + 1) from - to, between
 *   the old pixels low = p / (2 to) and low + 1; the weight of the second is ((p mod 2 to) 2^11 + to) / (2 to), of 2^11.
 *   Before the first pixel (p < 0) low and the weight are 0, from the last one on low is the last and the weight 0. The value is
 *   (sum of the four pixels by the products of their weights + 2^21) >> 22: one rounding, and it fits 31 bits.
 * - nearest: the old pixel that holds the new one's centre, (2 i + 1) from / (2 to).
 * - area: the mean of what the new pixel covers, rounded, of equals up (area.ts).
 * - antialias: a mean by triangles, as Pillow and torchvision have it (triangle.ts).
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { scaleByArea } from './area.ts';
import { MAX_PIXELS } from './image.ts';
import type { Image } from './source.ts';
import { scaleByTriangles } from './triangle.ts';

/** How images get another size. */
export type ResizeWay = {
  readonly method: 'bilinear' | 'nearest' | 'area' | 'antialias';
  /** `stretch` to the target; `crop` the middle of an image that covers it; `pad` with zeros around one inside it. */
  readonly fit: 'stretch' | 'crop' | 'pad';
  /** Of `crop`: pixels of the shorter side before the middle is cut out, at least those of the target. Absent: the image just covers it. */
  readonly shorter?: number;
};

/** Bits of a bilinear weight: 0 .. 2^11. */
const WEIGHT_BITS = 11;
const ONE = 1 << WEIGHT_BITS;

/**
 * Resizes to `width` x `height`; stretched along each axis, then cut or surrounded by zeros.
 * @param at where the image is from
 * @throws TinymlError E_DATA where it would be stretched to more than 64 Mi pixels: a very long one, that is cut
 */
export function resizeImage(image: Image, width: number, height: number, way: ResizeWay, at: string): Image {
  const size = stretchedSize(image, width, height, way);
  if (size.width * size.height > MAX_PIXELS) {
    throw new TinymlError(
      'E_DATA',
      `an image of ${image.width}x${image.height} pixels would be stretched to ${size.width}x${size.height}`,
      { at, hint: `At most ${MAX_PIXELS} pixels are made: cut the image, or resize with another "fit".` },
    );
  }
  const middle = way.shorter === undefined ? middleOf : evenMiddleOf;
  return place(stretch(image, size.width, size.height, way.method), width, height, middle);
}

type Size = { readonly width: number; readonly height: number };

/**
 * What an image is stretched to before it is cut or padded: `crop` keeps the axis that needs the larger factor, `pad` the one
 * that needs the smaller (of equal factors, the width); the other is old other * new / old, rounded, of equals up, at
 * least 1, and within what is wanted. With `shorter`, the shorter side has so many pixels and the other is rounded down, as
 * torchvision's Resize(shorter) has it.
 */
function stretchedSize(image: Size, width: number, height: number, { fit, shorter }: ResizeWay): Size {
  if (shorter !== undefined) {
    const least = Math.min(image.width, image.height);
    const side = (length: number): number => Math.floor((shorter * length) / least);
    return { width: side(image.width), height: side(image.height) };
  }
  if (fit === 'stretch') return { width, height };
  const across = width * image.height;
  const down = height * image.width;
  const byWidth = fit === 'crop' ? across >= down : across <= down;
  const other = (length: number, by: number, of: number, wanted: number): number => {
    const exact = Math.max(1, Math.floor((2 * length * by + of) / (2 * of)));
    return fit === 'crop' ? Math.max(wanted, exact) : Math.min(wanted, exact);
  };
  return byWidth
    ? { width, height: other(image.height, width, image.width, height) }
    : { width: other(image.width, height, image.height, width), height };
}

function stretch(image: Image, width: number, height: number, method: ResizeWay['method']): Image {
  if (width === image.width && height === image.height) return image;
  switch (method) {
    case 'bilinear':
      return bilinear(image, width, height);
    case 'nearest':
      return nearest(image, width, height);
    case 'area':
      return scaleByArea(image, width, height);
    case 'antialias':
      return scaleByTriangles(image, width, height);
  }
}

/** For each new pixel the first of the two old ones that it lies between, and the weight of the second. */
function taps(from: number, to: number): { readonly low: Int32Array; readonly weight: Int32Array } {
  const low = new Int32Array(to);
  const weight = new Int32Array(to);
  for (let i = 0; i < to; i++) {
    const position = (2 * i + 1) * from - to;
    const first = Math.floor(position / (2 * to));
    if (first >= from - 1) low[i] = from - 1;
    else if (first >= 0) {
      low[i] = first;
      weight[i] = Math.floor(((position - first * 2 * to) * ONE + to) / (2 * to));
    }
  }
  return { low, weight };
}

function bilinear(image: Image, width: number, height: number): Image {
  const { channels, pixels } = image;
  const row = image.width * channels;
  const columns = taps(image.width, width);
  const rows = taps(image.height, height);
  const out = new Uint8Array(width * height * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const down = rows.weight[y]!;
    const upper = rows.low[y]! * row;
    const lower = down === 0 ? upper : upper + row;
    for (let x = 0; x < width; x++) {
      const across = columns.weight[x]!;
      const left = columns.low[x]! * channels;
      const right = across === 0 ? left : left + channels;
      for (let c = 0; c < channels; c++) {
        const top = pixels[upper + left + c]! * (ONE - across) + pixels[upper + right + c]! * across;
        const bottom = pixels[lower + left + c]! * (ONE - across) + pixels[lower + right + c]! * across;
        out[to++] = (top * (ONE - down) + bottom * down + (1 << (2 * WEIGHT_BITS - 1))) >> (2 * WEIGHT_BITS);
      }
    }
  }
  return { width, height, channels, pixels: out };
}

function nearest(image: Image, width: number, height: number): Image {
  const { channels, pixels } = image;
  const columns = centres(image.width, width);
  const rows = centres(image.height, height);
  const out = new Uint8Array(width * height * channels);
  let to = 0;
  for (const y of rows) {
    for (const x of columns) {
      const from = (y * image.width + x) * channels;
      for (let c = 0; c < channels; c++) out[to++] = pixels[from + c]!;
    }
  }
  return { width, height, channels, pixels: out };
}

function centres(from: number, to: number): readonly number[] {
  return Array.from({ length: to }, (_, i) => Math.floor(((2 * i + 1) * from) / (2 * to)));
}

/** The first pixel of the middle, rounded down (also below zero: of an odd number of columns of zeros, the one more is on the left). */
function middleOf(from: number, to: number): number {
  return Math.floor((from - to) / 2);
}

/** The same, of halves to the even number: torchvision's CenterCrop. */
function evenMiddleOf(from: number, to: number): number {
  const low = middleOf(from, to);
  return (from - to) % 2 !== 0 && low % 2 !== 0 ? low + 1 : low;
}

/** The middle of the image, or the image in the middle of zeros: new pixel x is old pixel x + middle. */
function place(image: Image, width: number, height: number, middle: typeof middleOf): Image {
  if (width === image.width && height === image.height) return image;
  const { channels, pixels } = image;
  const out = new Uint8Array(width * height * channels);
  const left = middle(image.width, width);
  const top = middle(image.height, height);
  const [first, last] = [Math.max(0, -left), Math.min(width, image.width - left)];
  for (let y = Math.max(0, -top); y < Math.min(height, image.height - top); y++) {
    const start = ((y + top) * image.width + first + left) * channels;
    out.set(pixels.subarray(start, start + (last - first) * channels), (y * width + first) * channels);
  }
  return { width, height, channels, pixels: out };
}
