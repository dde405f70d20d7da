/**
 * Tile lists: which pixels of an image a step computes. A list is int32 [1 + 4 * capacity]: the number of tiles, then y0, x0,
 * y1, x1 of each (half-open, in pixels), then zeros. Tiles are disjoint: every run of neighbours in a row is of one tile, with
 * those above and below it that have its columns; they go from top to bottom, then from left to right. So a set of pixels
 * has one list. A set that takes more tiles than the capacity becomes the whole image, which is always right.
 * Whoever reads a list clamps it: the count to the capacity, coordinates to the image. native/kernels/generic/tinyml_tiles.h
 * has the same.
 */
import { input, type Operand, over, type Range, type Size, times } from '../signature.ts';
import { clamp } from './common.ts';

export type Tile = { readonly y0: number; readonly x0: number; readonly y1: number; readonly x1: number };

export type Capacity = {
  /** Most tiles of a list. */
  readonly capacity: number;
};

export const capacityParams = { capacity: [1, 2 ** 16] } as const satisfies Readonly<Record<string, Range>>;

/** Height or width of an image, in pixels: products of two stay within int32. */
export const IMAGE_EXTENT: Range = [1, 2 ** 15];

export const TILE_LIST: Size = [times('capacity', 4, 1)];

/** What making a list takes beside it: a bit per pixel, and two bytes per column (native/kernels/generic/tinyml_tile_set.h). */
export function tileSetBytes(rows: string, columns: string): Size {
  return [8, times(rows, 1, 16), over(columns, 64)];
}

export function tileList(name: string): Operand {
  return input(name, 'int32', TILE_LIST);
}

/** The tiles of a list that have pixels in an image. */
export function tilesOf(list: Int32Array, height: number, width: number): readonly Tile[] {
  const capacity = (list.length - 1) / 4;
  const tiles = Array.from({ length: clamp(list[0]!, 0, capacity) }, (_, i) => {
    const [y0, x0, y1, x1] = list.subarray(1 + 4 * i, 5 + 4 * i) as unknown as readonly number[];
    return {
      y0: clamp(y0!, 0, height),
      x0: clamp(x0!, 0, width),
      y1: clamp(y1!, 0, height),
      x1: clamp(x1!, 0, width),
    };
  });
  return tiles.filter(({ y0, x0, y1, x1 }) => y0 < y1 && x0 < x1);
}

/** A set of pixels: 1 for those of the tiles, row by row. */
export function paint(tiles: readonly Tile[], height: number, width: number): Uint8Array {
  const pixels = new Uint8Array(height * width);
  for (const { y0, x0, y1, x1 } of tiles) {
    for (let y = y0; y < y1; y++) pixels.fill(1, y * width + x0, y * width + x1);
  }
  return pixels;
}

/** Writes the list of a set of pixels. */
export function writeTiles(list: Int32Array, pixels: Uint8Array, height: number, width: number): void {
  const capacity = (list.length - 1) / 4;
  const tiles = tilesFrom(pixels, height, width);
  const written = tiles.length <= capacity ? tiles : [{ y0: 0, x0: 0, y1: height, x1: width }];
  list.fill(0);
  list[0] = written.length;
  written.forEach(({ y0, x0, y1, x1 }, i) => {
    list.set([y0, x0, y1, x1], 1 + 4 * i);
  });
}

/** The tiles of a set of pixels: runs of neighbours, those of the same columns in rows one below the other together. */
function tilesFrom(pixels: Uint8Array, height: number, width: number): readonly Tile[] {
  const tiles: Tile[] = [];
  for (let y = 0; y < height; y++) {
    for (const run of runsOf(pixels.subarray(y * width, (y + 1) * width), y)) {
      const above = tiles.findIndex(({ y1, x0, x1 }) => y1 === y && x0 === run.x0 && x1 === run.x1);
      if (above < 0) tiles.push(run);
      else tiles[above] = { ...tiles[above]!, y1: y + 1 };
    }
  }
  return tiles;
}

/** Runs of neighbours in row y. */
function runsOf(row: Uint8Array, y: number): readonly Tile[] {
  const runs: Tile[] = [];
  for (let x0 = row.indexOf(1); x0 >= 0; x0 = row.indexOf(1, runs.at(-1)!.x1)) {
    const end = row.indexOf(0, x0);
    runs.push({ y0: y, x0, y1: y + 1, x1: end < 0 ? row.length : end });
  }
  return runs;
}
