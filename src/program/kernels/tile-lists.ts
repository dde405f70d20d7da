/** Kernels that make tile lists: of a mask of patches, of the pixels that windows reach, of two lists together. */

import { input, type Kernel, output, RANGE } from '../signature.ts';
import type { StepOf } from '../types.ts';
import type { SlidingWindow } from './common.ts';
import {
  type Capacity,
  capacityParams,
  IMAGE_EXTENT,
  paint,
  TILE_LIST,
  type Tile,
  tileList,
  tileSetBytes,
  tilesOf,
  writeTiles,
} from './tile-list.ts';

type ListTilesS32Params = Capacity & {
  readonly rows: number;
  readonly columns: number;
  /** Height and width of a patch in pixels of the image that the list is of. */
  readonly patchH: number;
  readonly patchW: number;
  /** With more active patches the list is the whole image. */
  readonly denseAbove: number;
};

/** The pixels of the patches whose mask is not 0. inputs [mask int8 [rows][columns]], outputs [tiles]. */
export type ListTilesS32 = StepOf<'list_tiles_s32', ListTilesS32Params>;

export const listTilesS32: Kernel<ListTilesS32> = {
  signature: {
    about: `The tile list (tinyml_tiles.h) of the patches, of patch_h x patch_w pixels, whose mask is not 0; the whole image where they are more than dense_above.`,
    params: {
      rows: [1, 2 ** 10],
      columns: [1, 2 ** 10],
      patchH: [1, 2 ** 5],
      patchW: [1, 2 ** 5],
      denseAbove: RANGE.size,
      ...capacityParams,
    },
    operands: [input('mask', 'int8', ['rows', 'columns']), output('tiles', 'int32', TILE_LIST)],
    scratch: tileSetBytes('rows', 'columns'),
  },
  run({ params: p }, { inputs, outputs }) {
    const [mask] = inputs as [Int8Array];
    const [list] = outputs as [Int32Array];
    const [height, width] = [p.rows * p.patchH, p.columns * p.patchW];
    const patches = [...mask.keys()].filter((i) => mask[i] !== 0);
    const tiles = patches.map((i) => {
      const [y0, x0] = [Math.floor(i / p.columns) * p.patchH, (i % p.columns) * p.patchW];
      return { y0, x0, y1: y0 + p.patchH, x1: x0 + p.patchW };
    });
    const whole = { y0: 0, x0: 0, y1: height, x1: width };
    const painted = paint(patches.length > p.denseAbove ? [whole] : tiles, height, width);
    writeTiles(list, painted, height, width);
  },
};

type DilateTilesS32Params = Capacity &
  SlidingWindow & {
    readonly inH: number;
    readonly inW: number;
    readonly outH: number;
    readonly outW: number;
  };

/**
 * The output pixels of a step with windows that may change where the pixels of a list change in its input: per tile the
 * rectangle of those whose window touches it (a dilated window may step over it). A tile at an edge of the input reaches
 * that edge of the output, so that the whole image gives the whole one, windows in nothing but padding included.
 * inputs [tiles of the input], outputs [tiles of the output].
 */
export type DilateTilesS32 = StepOf<'dilate_tiles_s32', DilateTilesS32Params>;

export const dilateTilesS32: Kernel<DilateTilesS32> = {
  signature: {
    about: `The tile list of the output pixels whose windows touch the tiles of a list of the input, per tile a rectangle; a tile at an edge of the input reaches that edge of the output.`,
    params: {
      inH: IMAGE_EXTENT,
      inW: IMAGE_EXTENT,
      outH: IMAGE_EXTENT,
      outW: IMAGE_EXTENT,
      kernelH: RANGE.extent,
      kernelW: RANGE.extent,
      strideH: RANGE.extent,
      strideW: RANGE.extent,
      dilationH: RANGE.extent,
      dilationW: RANGE.extent,
      padTop: RANGE.pad,
      padLeft: RANGE.pad,
      ...capacityParams,
    },
    operands: [tileList('tiles'), output('dilated', 'int32', TILE_LIST)],
    rule: 'windows',
    scratch: tileSetBytes('outH', 'outW'),
  },
  run({ params: p }, { inputs, outputs }) {
    const [from] = inputs as [Int32Array];
    const [to] = outputs as [Int32Array];
    const reached = ({ y0, x0, y1, x1 }: Tile): Tile => {
      const h = { in: p.inH, out: p.outH, pad: p.padTop, stride: p.strideH };
      const w = { in: p.inW, out: p.outW, pad: p.padLeft, stride: p.strideW };
      const [top, bottom] = reach(y0, y1, { ...h, reach: (p.kernelH - 1) * p.dilationH });
      const [left, right] = reach(x0, x1, { ...w, reach: (p.kernelW - 1) * p.dilationW });
      return { y0: top, x0: left, y1: bottom, x1: right };
    };
    writeTiles(to, paint(tilesOf(from, p.inH, p.inW).map(reached), p.outH, p.outW), p.outH, p.outW);
  },
};

/** `reach`: from the first to the last tap of a window. */
type Axis = { in: number; out: number; pad: number; stride: number; reach: number };

/** From the first to behind the last output position whose window touches input positions first .. end - 1. */
function reach(first: number, end: number, axis: Axis): readonly [number, number] {
  const from = first === 0 ? 0 : Math.max(0, Math.ceil((first + axis.pad - axis.reach) / axis.stride));
  const to = end === axis.in ? axis.out : Math.floor((end - 1 + axis.pad) / axis.stride) + 1;
  return [Math.min(from, axis.out), Math.min(to, axis.out)];
}

type UniteTilesS32Params = Capacity & { readonly height: number; readonly width: number };

/** The pixels of either of two lists of one image. inputs [tiles, tiles], outputs [tiles]. */
export type UniteTilesS32 = StepOf<'unite_tiles_s32', UniteTilesS32Params>;

export const uniteTilesS32: Kernel<UniteTilesS32> = {
  signature: {
    about: `The tile list of the pixels of either of two lists.`,
    params: { height: IMAGE_EXTENT, width: IMAGE_EXTENT, ...capacityParams },
    operands: [tileList('tiles1'), tileList('tiles2'), output('united', 'int32', TILE_LIST)],
    scratch: tileSetBytes('height', 'width'),
  },
  run({ params: { height, width } }, { inputs, outputs }) {
    const lists = inputs as [Int32Array, Int32Array];
    const [to] = outputs as [Int32Array];
    const tiles = lists.flatMap((list) => tilesOf(list, height, width));
    writeTiles(to, paint(tiles, height, width), height, width);
  },
};
