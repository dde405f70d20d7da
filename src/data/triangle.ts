import type { Image } from './source.ts';

/**
 * An image at another size by the means of triangles, along the rows first and then down the columns, each rounded to a byte (of
 * equals up): bilinear with antialiasing, Pillow's `resize(size, BILINEAR)` and so torchvision's `Resize` of images.
 *
 * Along an axis from `from` to `to` pixels, old pixel x counts for new pixel i by 2 m - |(2 x + 1) to - (2 i + 1) from|, where
 * that is above 0, with m the larger of both: a triangle around the centre of the new pixel that is as wide as two new pixels,
 * or as two old ones where these are larger. Pillow's weights are these, rounded to 22 bits: a byte differs by 1 at most, and seldom.
 * All sums are of whole numbers below 2^53, exact in float64.
 */
export function scaleByTriangles(image: Image, width: number, height: number): Image {
  const { channels } = image;
  const across = scaledAlong(image.pixels, image.height, image.width, width, channels);
  const pixels = scaledAlong(across, 1, image.height, height, width * channels);
  return { ...image, width, height, pixels };
}

/** Bytes of shape (outer, from, inner) as (outer, to, inner). */
function scaledAlong(bytes: Uint8Array, outer: number, from: number, to: number, inner: number): Uint8Array {
  if (from === to) return bytes;
  const triangles = trianglesOf(from, to);
  const out = new Uint8Array(outer * to * inner);
  const sums = new Float64Array(inner);
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      const { first, weights, total } = triangles[i]!;
      sums.fill(0);
      let read = (o * from + first) * inner;
      for (let k = 0; k < weights.length; k++) {
        const weight = weights[k]!;
        for (let c = 0; c < inner; c++) sums[c]! += weight * bytes[read++]!;
      }
      for (let c = 0; c < inner; c++) out[at++] = Math.floor((2 * sums[c]! + total) / (2 * total));
    }
  }
  return out;
}

/** The old pixels that count for a new one, from the first on. */
type Triangle = { readonly first: number; readonly weights: readonly number[]; readonly total: number };

function trianglesOf(from: number, to: number): readonly Triangle[] {
  const widest = Math.max(from, to);
  return Array.from({ length: to }, (_, i) => {
    const centre = (2 * i + 1) * from;
    const first = Math.max(0, Math.floor((centre - 2 * widest - to) / (2 * to)) + 1);
    const weights: number[] = [];
    for (let x = first; x < from; x++) {
      const weight = 2 * widest - Math.abs((2 * x + 1) * to - centre);
      if (weight <= 0) break;
      weights.push(weight);
    }
    return { first, weights, total: weights.reduce((sum, weight) => sum + weight, 0) };
  });
}
