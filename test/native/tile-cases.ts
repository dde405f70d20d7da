/** Random calls of the kernels of patches and tile lists. */
import { writeTiles } from '../../src/program/kernels/tile-list.ts';
import type { Parts } from './cases.ts';
import { channelCount, int8s, integer, multiplier, pick, type Random } from './random.ts';

type Parameters = Readonly<Record<string, number>>;

/** A list for an image, of none of its pixels, of all, or of rectangles; now and then too few tiles for them. */
export function randomTileList(random: Random, height: number, width: number, capacity: number): Int32Array {
  const list = new Int32Array(1 + 4 * capacity);
  writeTiles(list, pixelSet(random, height, width), height, width);
  if (random() < 0.2) overstate(random, list, height, width);
  return list;
}

function pixelSet(random: Random, height: number, width: number): Uint8Array {
  const kind = random();
  const pixels = new Uint8Array(height * width);
  if (kind < 0.1) return pixels;
  if (kind < 0.25) return pixels.fill(1);
  for (let count = integer(random, 1, 4); count > 0; count--) {
    const [y0, x0] = [integer(random, 0, height - 1), integer(random, 0, width - 1)];
    const [y1, x1] = [integer(random, y0 + 1, height), integer(random, x0 + 1, width)];
    for (let y = y0; y < y1; y++) pixels.fill(1, y * width + x0, y * width + x1);
  }
  return pixels;
}

/** The same pixels, said with numbers that lie beyond the capacity and the image. */
function overstate(random: Random, list: Int32Array, height: number, width: number): void {
  const far = pick(random, [1, 100, 2 ** 30]);
  for (let i = 0; i < list[0]!; i++) {
    const [top, left, bottom, right] = [0, 1, 2, 3].map((k) => 1 + 4 * i + k) as [
      number,
      number,
      number,
      number,
    ];
    if (list[top] === 0) list[top] = -far;
    if (list[left] === 0) list[left] = -far;
    if (list[bottom] === height) list[bottom] = height + far;
    if (list[right] === width) list[right] = width + far;
  }
  list[0] = pick(random, [list[0]!, 2 ** 31 - 1]);
  if (random() < 0.1) list[0] = pick(random, [-1, -(2 ** 31)]);
}

const capacityOf = (random: Random): number => pick(random, [1, 3, 16, 64]);

/** A case of a twin: that of its dense kernel for one image, with a list. */
function twin({ params, inputs, ...rest }: Parts, image: Parameters, random: Random): Parts {
  const capacity = capacityOf(random);
  const list = randomTileList(random, image.height!, image.width!, capacity);
  return { ...rest, params: { ...params, capacity }, inputs: [...inputs, list] };
}

/** Tries until the case is of one image. */
function oneImage(dense: (random: Random) => Parts, random: Random): Parts {
  for (;;) {
    const parts = dense(random);
    if (parts.params.batch === 1) return parts;
  }
}

/** The twin of a kernel with windows. */
export function windowTwin(dense: (random: Random) => Parts): (random: Random) => Parts {
  return (random) => {
    const parts = oneImage(dense, random);
    return twin(parts, { height: parts.params.outH!, width: parts.params.outW! }, random);
  };
}

/** Height and width whose product is a number. */
function imageOf(random: Random, positions: number): { readonly height: number; readonly width: number } {
  const divisors = Array.from({ length: positions }, (_, i) => i + 1).filter((i) => positions % i === 0);
  const height = pick(random, divisors);
  return { height, width: positions / height };
}

/** The twin of a kernel of `size` elements, or of `outer` positions. */
export function elementTwin(dense: (random: Random) => Parts): (random: Random) => Parts {
  return (random) => {
    const parts = dense(random);
    const positions =
      parts.params.outer ?? parts.params.size! / pick(random, divisorsBelow(parts.params.size!, 24));
    const image = imageOf(random, positions);
    return twin({ ...parts, params: { ...parts.params, ...image } }, image, random);
  };
}

function divisorsBelow(value: number, most: number): readonly number[] {
  return Array.from({ length: most }, (_, i) => i + 1).filter((i) => value % i === 0);
}

/** One axis of windows over an image: what they see, and how many there are. */
function windowAxis(random: Random) {
  const size = pick(random, [integer(random, 1, 9), integer(random, 1, 70)]);
  const kernel = integer(random, 1, 5);
  const stride = integer(random, 1, 3);
  const dilation = pick(random, [1, 1, integer(random, 1, 3)]);
  const pad = integer(random, 0, 3);
  const out = Math.max(
    1,
    Math.floor((size + pad + integer(random, 0, 3) - (kernel - 1) * dilation - 1) / stride) + 1,
  );
  return { size, out, kernel, stride, dilation, pad };
}

const extentOf = (random: Random): number => pick(random, [integer(random, 1, 9), integer(random, 1, 70)]);

export const TILE_CASES = {
  patch_statistics_s8(random: Random): Parts {
    const [patch, channels] = [pick(random, [1, 2, 4, 8, integer(random, 1, 9)]), channelCount(random)];
    const [rows, columns] = [integer(random, 1, 3), integer(random, 1, 4)];
    const [height, width] = [rows * patch, columns * patch];
    const elements = height * width * channels;
    const x = int8s(random, elements);
    const near = x.map((value) =>
      Math.min(127, Math.max(-128, value + (random() < 0.5 ? 0 : integer(random, -3, 3)))),
    );
    const scales = Array.from({ length: 4 }, () => multiplier(random, 1));
    // The others may be statistics that nobody reads.
    const read = pick(random, [1, 2, 4, 4]);
    return {
      params: {
        height,
        width,
        channels,
        patch,
        inputOffset: pick(random, [128, 127, 0, -127, integer(random, -127, 128)]),
        threshold: pick(random, [0, 1, 254, 255, integer(random, 0, 255)]),
      },
      inputs: [x, pick(random, [x.slice(), near, near, int8s(random, elements)])],
      constants: [
        Int32Array.from(scales, ({ q }, k) => (k < read ? q : 0)),
        Int32Array.from(scales, ({ shift }, k) => {
          if (k >= read) return 0; // as quantizeMultiplier says 0
          return shift < -8 ? shift + integer(random, 0, 4) : shift;
        }),
      ],
      outputs: [new Int8Array(rows * columns * 4)],
    };
  },

  gate_patches_s8(random: Random): Parts {
    const patches = pick(random, [integer(random, 1, 9), integer(random, 1, 300)]);
    return {
      params: {
        patches,
        threshold: integer(random, -128, 127),
        maxAge: pick(random, [0, 1, 255, integer(random, 0, 255)]),
        keyFrame: pick(random, [0, 1, 255, integer(random, 0, 255)]),
        sceneCut: pick(random, [0, patches + 1, patches + 1, integer(random, 0, patches), 2 ** 31 - 1]),
      },
      inputs: [int8s(random, patches)],
      outputs: [
        new Int8Array(patches),
        int8s(random, patches),
        Int8Array.of(pick(random, [-128, 127, 126, integer(random, -128, 127)])),
      ],
      updates: [1, 2],
    };
  },

  list_tiles_s32(random: Random): Parts {
    const [rows, columns] = [extentOf(random), extentOf(random)];
    const capacity = capacityOf(random);
    const values = pick(random, [
      [1, 2, -1, -128],
      [0, 1],
      [0, 1],
      [0, 0, 0, 0, 0, 0, 0, 1],
    ]);
    const mask = Int8Array.from({ length: rows * columns }, () => pick(random, values));
    const blocks = Int8Array.from(pixelSet(random, rows, columns));
    return {
      params: {
        rows,
        columns,
        patchH: integer(random, 1, 9),
        patchW: integer(random, 1, 9),
        denseAbove: pick(random, [0, rows * columns, 2 ** 31 - 1, integer(random, 0, rows * columns)]),
        capacity,
      },
      inputs: [pick(random, [mask, blocks, blocks])],
      outputs: [new Int32Array(1 + 4 * capacity)],
    };
  },

  dilate_tiles_s32(random: Random): Parts {
    const [h, w] = [windowAxis(random), windowAxis(random)];
    const capacity = capacityOf(random);
    return {
      params: {
        ...{ inH: h.size, inW: w.size, outH: h.out, outW: w.out },
        ...{ kernelH: h.kernel, kernelW: w.kernel, strideH: h.stride, strideW: w.stride },
        ...{ dilationH: h.dilation, dilationW: w.dilation, padTop: h.pad, padLeft: w.pad },
        capacity,
      },
      inputs: [randomTileList(random, h.size, w.size, capacity)],
      outputs: [new Int32Array(1 + 4 * capacity)],
    };
  },

  unite_tiles_s32(random: Random): Parts {
    const [height, width] = [extentOf(random), extentOf(random)];
    const capacity = capacityOf(random);
    return {
      params: { height, width, capacity },
      inputs: [
        randomTileList(random, height, width, capacity),
        randomTileList(random, height, width, capacity),
      ],
      outputs: [new Int32Array(1 + 4 * capacity)],
    };
  },

  copy_tiles_s8(random: Random): Parts {
    const [height, width] = [integer(random, 1, 9), integer(random, 1, 20)];
    const channels = channelCount(random);
    const capacity = capacityOf(random);
    return {
      params: { height, width, channels, capacity },
      inputs: [int8s(random, height * width * channels), randomTileList(random, height, width, capacity)],
      outputs: [new Int8Array(height * width * channels)],
    };
  },
};
