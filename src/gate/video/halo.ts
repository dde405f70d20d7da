/** Which pixels of the layers behind a gate must be computed where some patches are active: they, and the halo that windows make. */
import type { Window } from '../../ops/window.ts';
import type { Layer, Stage } from '../stages.ts';

/** 1 for each pixel [height, width] that changed or must be computed. */
type PixelMap = { readonly height: number; readonly width: number; readonly pixels: Uint8Array };

/** What the fast mode leaves out of the halo. */
export type Keeping = {
  /** Values that are kept outside active patches, whatever their windows see. */
  readonly kept: ReadonlySet<string>;
  /** Values of layers that are read outside of the stage, too. */
  readonly elsewhere: ReadonlySet<string>;
};

/** Nothing is kept but what cannot change. */
const EXACT: Keeping = { kept: new Set(), elsewhere: new Set() };

/**
 * The share of the pixels of each layer of a stage that must be computed: those that change, and where only layers read them that
 * take pixel for pixel, those of them that these need.
 * @param mask [rows, columns] of the patches of the gated value, 1 where they are active
 * @param keeping by default that of the exact mode
 */
export function neededShares(
  { value, shape, layers }: Stage,
  rows: number,
  mask: Float32Array,
  keeping: Keeping = EXACT,
): readonly number[] {
  const { kept, elsewhere } = keeping;
  const changed = new Map([[value, patchesAt(mask, rows, shape)]]);
  for (const layer of layers) {
    const map = kept.has(layer.value)
      ? patchesAt(mask, rows, layer.shape)
      : layer.reads.map((name) => reachedBy(layer, changed.get(name)!)).reduce(union);
    changed.set(layer.value, map);
  }
  const needed = new Map<string, PixelMap>();
  for (const layer of layers.toReversed()) {
    const readers = layers.filter(({ reads }) => reads.includes(layer.value));
    const own = changed.get(layer.value)!;
    const passedOn = readers.length > 0 && readers.every(isPixelwise) && !elsewhere.has(layer.value);
    const wanted = passedOn ? readers.map((reader) => needed.get(reader.value)!).reduce(union) : own;
    needed.set(layer.value, common(own, wanted));
  }
  return layers.map((layer) => {
    const { pixels } = needed.get(layer.value)!;
    return pixels.reduce((sum, one) => sum + one, 0) / pixels.length;
  });
}

function isPixelwise({ window }: Layer): boolean {
  return window?.kernel.every((size, axis) => size === 1 && window.strides[axis] === 1) ?? true;
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

function common(a: PixelMap, b: PixelMap): PixelMap {
  return { ...a, pixels: a.pixels.map((one, i) => one & b.pixels[i]!) };
}
