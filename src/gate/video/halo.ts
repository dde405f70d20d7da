/** Which pixels of the layers behind a gate must be computed where some patches are active: they, and the halo that windows make. */
import type { Window } from '../../ops/window.ts';
import type { Layer, Stage } from '../stages.ts';

/** 1 for each pixel [height, width] that changed or must be computed. */
type PixelMap = { readonly height: number; readonly width: number; readonly pixels: Uint8Array };

/**
 * The share of the pixels of each layer of a stage that must be computed.
 * @param mask [rows, columns] of the patches of the gated value, 1 where they are active
 * @param kept values that are kept outside active patches whatever their windows see (the fast mode)
 */
export function neededShares(
  { value, shape, layers }: Stage,
  rows: number,
  mask: Float32Array,
  kept: ReadonlySet<string>,
): readonly number[] {
  const changed = new Map([[value, patchesAt(mask, rows, shape)]]);
  return layers.map((layer) => {
    const map = kept.has(layer.value)
      ? patchesAt(mask, rows, layer.shape)
      : layer.reads.map((name) => reachedBy(layer, changed.get(name)!)).reduce(union);
    changed.set(layer.value, map);
    return map.pixels.reduce((sum, one) => sum + one, 0) / map.pixels.length;
  });
}

function patchesAt(mask: Float32Array, rows: number, shape: readonly number[]): PixelMap {
  const [, , height = 0, width = 0] = shape;
  const columns = mask.length / rows;
  const pixels = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns;
    for (let x = 0; x < width; x++) pixels[y * width + x] = mask[row + Math.floor((x * columns) / width)]!;
  }
  return { height, width, pixels };
}

/** Pixels of the output whose windows touch one of the input that changed. */
function reachedBy({ window }: Layer, map: PixelMap): PixelMap {
  return window === null ? map : down(across(map, window), window);
}

function across({ height, width, pixels }: PixelMap, window: Window): PixelMap {
  const wide = window.output[1]!;
  const out = new Uint8Array(height * wide);
  for (let x = 0; x < wide; x++) {
    for (const from of tapsOf(window, 1, x)) {
      for (let y = 0; y < height; y++) out[y * wide + x]! |= pixels[y * width + from]!;
    }
  }
  return { height, width: wide, pixels: out };
}

function down({ width, pixels }: PixelMap, window: Window): PixelMap {
  const high = window.output[0]!;
  const out = new Uint8Array(high * width);
  for (let y = 0; y < high; y++) {
    for (const from of tapsOf(window, 0, y)) {
      for (let x = 0; x < width; x++) out[y * width + x]! |= pixels[from * width + x]!;
    }
  }
  return { height: high, width, pixels: out };
}

/** Places of the input that output `at` of an axis is made from. */
function tapsOf(
  { input, kernel, strides, dilations, padBegin }: Window,
  axis: number,
  at: number,
): readonly number[] {
  const start = at * strides[axis]! - padBegin[axis]!;
  return Array.from({ length: kernel[axis]! }, (_, k) => start + k * dilations[axis]!).filter(
    (place) => place >= 0 && place < input[axis]!,
  );
}

function union(a: PixelMap, b: PixelMap): PixelMap {
  return { ...a, pixels: a.pixels.map((one, i) => one | b.pixels[i]!) };
}
