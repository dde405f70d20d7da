import type { Image } from '../data/source.ts';

/** What is put over patches that were not computed, and how much of the picture is left there. */
const SHADE = [24, 44, 96] as const;
const LEFT = 0.4;

/**
 * A frame in colour, the patches that were skipped shaded, each pixel `zoom` pixels wide and high.
 * @param mask [rows, columns], 1 where a patch was computed
 */
export function shadeSkipped(frame: Image, mask: Float32Array, rows: number, zoom = 1): Image {
  const columns = mask.length / rows;
  const [width, height] = [frame.width * zoom, frame.height * zoom];
  const pixels = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const fromY = Math.floor(y / zoom);
    const row = Math.floor((fromY * rows) / frame.height) * columns;
    for (let x = 0; x < width; x++) {
      const fromX = Math.floor(x / zoom);
      const skipped = mask[row + Math.floor((fromX * columns) / frame.width)] === 0;
      const from = (fromY * frame.width + fromX) * frame.channels;
      for (let c = 0; c < 3; c++) {
        const value = frame.pixels[from + (frame.channels === 3 ? c : 0)]!;
        pixels[3 * (y * width + x) + c] = skipped ? LEFT * value + (1 - LEFT) * SHADE[c]! : value;
      }
    }
  }
  return { width, height, channels: 3, pixels };
}
