import type { Image } from './source.ts';

/**
 * An image at another size: each new pixel is the mean of the area that it covers, rounded (of equals up). It has no aliasing,
 * which would change from frame to frame. All sums are of whole numbers, exact in float64.
 */
export function scaleByArea<I extends Image>(image: I, width: number, height: number): I {
  if (image.width === width && image.height === height) return image;
  const { channels, pixels } = image;
  const row = image.width * channels;
  const columns = overlaps(image.width, width);
  const rows = overlaps(image.height, height);
  const total = image.width * image.height;
  const out = new Uint8Array(width * height * channels);
  const sums = new Float64Array(row);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (const { at, weight } of rows[y]!) {
      const start = at * row;
      for (let i = 0; i < row; i++) sums[i]! += weight * pixels[start + i]!;
    }
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const { at, weight } of columns[x]!) sum += weight * sums[at * channels + c]!;
        out[(y * width + x) * channels + c] = Math.floor((2 * sum + total) / (2 * total));
      }
    }
  }
  return { ...image, width, height, pixels: out };
}

type Overlap = { readonly at: number; readonly weight: number };

/**
 * Which old pixels each new one covers, and by how much, in units in which an old pixel has the length `to` and a new one `from`.
 * A new pixel's weights sum to `from`.
 */
function overlaps(from: number, to: number): readonly (readonly Overlap[])[] {
  return Array.from({ length: to }, (_, i) => {
    const [start, end] = [i * from, (i + 1) * from];
    const first = Math.floor(start / to);
    const last = Math.ceil(end / to);
    return Array.from({ length: last - first }, (_, k) => {
      const at = first + k;
      return { at, weight: Math.min(end, (at + 1) * to) - Math.max(start, at * to) };
    });
  });
}
