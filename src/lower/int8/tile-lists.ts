/**
 * Which pixels of an image changed since the run before, as values: the list that a mask gives, a list dilated by a window,
 * two lists united. Equal lists are one value, so that a list that several steps need is made once.
 */
import type { SlidingWindow } from '../../program/kernels/common.ts';
import type { Step } from '../../program/kernels/index.ts';
import type { ListTilesS32 } from '../../program/kernels/tile-lists.ts';
import type { TensorId } from '../../program/types.ts';

export type Image = { readonly height: number; readonly width: number };

export type TileList = {
  readonly id: number;
  readonly image: Image;
  readonly made:
    | { readonly by: 'mask'; readonly step: ListTilesS32; readonly denseAbove: number }
    /** The output pixels whose window touches a listed pixel. */
    | { readonly by: 'window'; readonly from: TileList; readonly window: SlidingWindow }
    | { readonly by: 'union'; readonly of: readonly [TileList, TileList] };
};

/** The lists of one Program. */
export type TileLists = {
  /** @param denseAbove with more patches than these the list is the whole image */
  readonly ofMask: (step: ListTilesS32, denseAbove: number) => TileList;
  readonly dilated: (from: TileList, window: SlidingWindow, image: Image) => TileList;
  /** One of the two where it contains the other. */
  readonly united: (a: TileList, b: TileList) => TileList;
};

export function tileLists(): TileLists {
  const known = new Map<string, TileList>();
  const intern = (key: string, list: Omit<TileList, 'id'>): TileList => {
    const made = known.get(key) ?? { ...list, id: known.size };
    known.set(key, made);
    return made;
  };
  return {
    ofMask(step, denseAbove) {
      const { rows, columns, patchH, patchW } = step.params;
      const image = { height: rows * patchH, width: columns * patchW };
      const key = `mask ${step.inputs} ${JSON.stringify([image, denseAbove])}`;
      return intern(key, { image, made: { by: 'mask', step, denseAbove } });
    },
    dilated(from, window, image) {
      const key = `window ${from.id} ${JSON.stringify([window, image])}`;
      return intern(key, { image, made: { by: 'window', from, window } });
    },
    united(a, b) {
      if (contains(a, b)) return a;
      if (contains(b, a)) return b;
      const of = a.id < b.id ? ([a, b] as const) : ([b, a] as const);
      return intern(`union ${of[0].id} ${of[1].id}`, { image: a.image, made: { by: 'union', of } });
    },
  };
}

/** Whether a list holds every pixel of another in every run, by what it is made of. */
export function contains(list: TileList, other: TileList): boolean {
  const seen = new Set<TileList>();
  const visit = (at: TileList): void => {
    if (seen.has(at)) return;
    seen.add(at);
    if (at.made.by === 'union') at.made.of.forEach(visit);
    if (at.made.by === 'window' && keepsPixels(at, at.made.from, at.made.window)) visit(at.made.from);
  };
  visit(list);
  const all = [...seen];
  const has = (part: TileList): boolean => seen.has(part) || all.some((one) => isCoarser(one, part));
  return has(other) || (other.made.by === 'union' && other.made.of.every(has));
}

/** Whether two lists are of one mask, and the first is the whole image no later. */
function isCoarser({ made: a, image }: TileList, { made: b, image: other }: TileList): boolean {
  return (
    a.by === 'mask' &&
    b.by === 'mask' &&
    a.step.inputs[0] === b.step.inputs[0] &&
    sameImage(image, other) &&
    a.denseAbove <= b.denseAbove
  );
}

/** Whether the window of every pixel reads that pixel. */
function keepsPixels(to: TileList, from: TileList, w: SlidingWindow): boolean {
  const reads = (pad: number, dilation: number, kernel: number): boolean => pad <= (kernel - 1) * dilation;
  return (
    sameImage(to.image, from.image) &&
    w.strideH === 1 &&
    w.strideW === 1 &&
    reads(w.padTop, w.dilationH, w.kernelH) &&
    reads(w.padLeft, w.dilationW, w.kernelW)
  );
}

export function sameImage(a: Image, b: Image): boolean {
  return a.height === b.height && a.width === b.width;
}

/** The lists that a list is made of. */
export function listsBehind({ made }: TileList): readonly TileList[] {
  switch (made.by) {
    case 'mask':
      return [];
    case 'window':
      return [made.from];
    case 'union':
      return made.of;
  }
}

/** The step that makes a list from those behind it, in tensors of one capacity. */
export function listStep(list: TileList, { name, inputs, output, capacity }: ListPlaces): Step {
  const { image, made } = list;
  const operands = { name, inputs, constants: [], outputs: [output] };
  switch (made.by) {
    case 'mask':
      return {
        ...made.step,
        name,
        outputs: [output],
        params: { ...made.step.params, denseAbove: made.denseAbove, capacity },
      };
    case 'window': {
      const { height: inH, width: inW } = made.from.image;
      const sizes = { inH, inW, outH: image.height, outW: image.width };
      return { kernel: 'dilate_tiles_s32', ...operands, params: { ...sizes, ...made.window, capacity } };
    }
    case 'union':
      return { kernel: 'unite_tiles_s32', ...operands, params: { ...image, capacity } };
  }
}

type ListPlaces = {
  readonly name: string;
  readonly inputs: readonly TensorId[];
  readonly output: TensorId;
  readonly capacity: number;
};
