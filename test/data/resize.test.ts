/** Resizing in integers: by hand, against the float definition, and against the values that other libraries give. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ResizeWay, resizeImage } from '../../src/data/resize.ts';
import type { Image } from '../../src/data/source.ts';
import { seededRandom } from '../../src/numbers/random.ts';

const grey = (width: number, height: number, pixels: Iterable<number>): Image => ({
  width,
  height,
  channels: 1,
  pixels: Uint8Array.from(pixels),
});

const stretched = (pixels: readonly number[], width: number, method: ResizeWay['method'] = 'bilinear') => [
  ...resizeImage(grey(pixels.length, 1, pixels), width, 1, { method, fit: 'stretch' }, '').pixels,
];

test('bilinear: half-pixel centres, repeated edges, one rounding', () => {
  assert.deepEqual(stretched([0, 100], 4), [0, 25, 75, 100]);
  assert.deepEqual(stretched([0, 10, 20, 30], 2), [5, 25]);
  assert.deepEqual(stretched([0, 10, 20, 30, 40], 5), [0, 10, 20, 30, 40]);
  assert.deepEqual(stretched([0, 1], 4), [0, 0, 1, 1]);
  assert.deepEqual(stretched([255, 255, 255], 7), [255, 255, 255, 255, 255, 255, 255]);
  assert.deepEqual(stretched([7], 3), [7, 7, 7]);
});

test('nearest: the pixel that holds the centre', () => {
  assert.deepEqual(stretched([0, 10, 20], 6, 'nearest'), [0, 0, 10, 10, 20, 20]);
  assert.deepEqual(stretched([0, 10, 20, 30, 40], 2, 'nearest'), [10, 30]);
});

test('area: the mean of what a pixel covers', () => {
  assert.deepEqual(stretched([0, 90, 30], 2, 'area'), [30, 50]);
  assert.deepEqual(stretched([1, 2, 8, 8], 2, 'area'), [2, 8]);
});

test('what would be stretched to more than 64 Mi pixels before it is cut is refused', () => {
  const strip = grey(100_000, 1, new Array<number>(100_000).fill(7));
  assert.deepEqual([...resizeImage(strip, 2, 2, { method: 'nearest', fit: 'pad' }, '').pixels], [0, 0, 7, 7]);
  assert.throws(() => resizeImage(strip, 28, 28, { method: 'nearest', fit: 'crop' }, 'strip.png'), {
    code: 'E_DATA',
    message: /an image of 100000x1 pixels would be stretched to 2800000x28/,
    at: ['strip.png'],
  });
});

test('crop keeps the middle, pad surrounds with zeros', () => {
  const wide = grey(4, 2, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual([...resizeImage(wide, 2, 2, { method: 'nearest', fit: 'crop' }, '').pixels], [2, 3, 6, 7]);
  assert.deepEqual(
    [...resizeImage(wide, 4, 4, { method: 'nearest', fit: 'pad' }, '').pixels],
    [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0],
  );
  // An odd number of columns: the one more that is cut is on the right, the one more of zeros on the left.
  assert.deepEqual(
    [...resizeImage(grey(3, 1, [1, 2, 3]), 2, 1, { method: 'nearest', fit: 'crop' }, '').pixels],
    [1, 2],
  );
  assert.deepEqual(
    [...resizeImage(grey(1, 2, [1, 2]), 2, 2, { method: 'nearest', fit: 'pad' }, '').pixels],
    [0, 1, 0, 2],
  );
});

test('before cutting and padding proportions are kept: the other side is rounded', () => {
  const white = (width: number, height: number) => grey(width, height, Array(width * height).fill(255));
  const inside = (from: readonly [number, number], to: readonly [number, number]) => {
    const { pixels } = resizeImage(white(...from), ...to, { method: 'bilinear', fit: 'pad' }, '');
    const lit = [...pixels.keys()].filter((i) => pixels[i] === 255);
    assert.ok(pixels.every((value) => value === 0 || value === 255));
    const columns = new Set(lit.map((i) => i % to[0])).size;
    return [columns, lit.length / columns];
  };
  assert.deepEqual(inside([640, 480], [96, 96]), [96, 72]);
  assert.deepEqual(inside([500, 333], [224, 224]), [224, 149]);
  assert.deepEqual(inside([333, 500], [224, 224]), [149, 224]);
  assert.deepEqual(inside([1000, 1], [8, 8]), [8, 1]);
  for (let side = 1; side < 50; side++) {
    const { pixels } = resizeImage(white(side, 17), 9, 5, { method: 'bilinear', fit: 'crop' }, '');
    assert.ok(
      pixels.length === 45 && pixels.every((value) => value === 255),
      `${side}x17 does not cover 9x5`,
    );
  }
  const image = noise(50, 33, 3, 9);
  const larger = resizeImage(image, 33, 22, { method: 'bilinear', fit: 'stretch' }, '');
  const middle = [...resizeImage(image, 22, 22, { method: 'bilinear', fit: 'crop' }, '').pixels];
  const expected = [...larger.pixels.keys()].filter((i) => {
    const column = Math.floor(i / 3) % 33;
    return column >= 5 && column < 27;
  });
  assert.deepEqual(
    middle,
    expected.map((i) => larger.pixels[i]!),
    '50 * 22 / 33 is 33.3, so 33',
  );
});

/** The definition in floats: half-pixel centres, edges repeated. */
function definition({ width, height, channels, pixels }: Image, to: readonly [number, number]): Float64Array {
  const [newWidth, newHeight] = to;
  const taps = (from: number, count: number, i: number) => {
    const position = Math.min(Math.max(((i + 0.5) * from) / count - 0.5, 0), from - 1);
    const low = Math.floor(position);
    return { low, high: Math.min(low + 1, from - 1), weight: position - low };
  };
  const out = new Float64Array(newWidth * newHeight * channels);
  for (let i = 0; i < out.length; i++) {
    const c = i % channels;
    const x = taps(width, newWidth, Math.floor(i / channels) % newWidth);
    const y = taps(height, newHeight, Math.floor(i / channels / newWidth));
    const at = (row: number, column: number) => pixels[(row * width + column) * channels + c]!;
    const top = at(y.low, x.low) * (1 - x.weight) + at(y.low, x.high) * x.weight;
    const bottom = at(y.high, x.low) * (1 - x.weight) + at(y.high, x.high) * x.weight;
    out[i] = top * (1 - y.weight) + bottom * y.weight;
  }
  return out;
}

const noise = (width: number, height: number, channels: 1 | 3, seed: number): Image => {
  const random = seededRandom(seed);
  const pixels = Uint8Array.from({ length: width * height * channels }, () => 256 * random());
  return { width, height, channels, pixels };
};

test('bilinear in integers is within 1 of 255 of the definition, and nearly always its rounding', () => {
  let [values, rounded, worst] = [0, 0, 0];
  for (const [i, [width, height, to]] of (
    [
      [31, 17, [13, 29]],
      [64, 48, [96, 96]],
      [5, 3, [96, 1]],
      [97, 61, [32, 32]],
      [40, 30, [7, 7]],
    ] as const
  ).entries()) {
    const image = noise(width, height, i % 2 === 0 ? 3 : 1, i + 1);
    const expected = definition(image, to);
    const { pixels } = resizeImage(image, to[0], to[1], { method: 'bilinear', fit: 'stretch' }, '');
    assert.equal(pixels.length, expected.length);
    for (const [k, value] of pixels.entries()) {
      values++;
      worst = Math.max(worst, Math.abs(value - expected[k]!));
      if (value === Math.round(expected[k]!)) rounded++;
    }
  }
  assert.ok(worst < 0.75, `off by ${worst}`);
  assert.ok(rounded / values > 0.95, `${rounded} of ${values} are the nearest integer`);
});

/** 10 x 7 pixels, and what OpenCV 5.0 and Pillow 13.0 make of them; `most` is how far any of ours is off. */
const SOURCE = grey(
  10,
  7,
  Array.from({ length: 70 }, (_, i) => (i * i * 31 + i * 7 + Math.floor(i / 9) * 13) % 256),
);
const RECORDED: readonly (readonly [
  string,
  ResizeWay['method'],
  readonly [number, number],
  number,
  readonly number[],
])[] = [
  [
    'OpenCV INTER_LINEAR',
    'bilinear',
    [6, 4],
    1,
    [
      36, 165, 53, 106, 69, 111, 43, 71, 146, 131, 69, 192, 97, 216, 158, 171, 40, 104, 166, 88, 133, 141,
      153, 126,
    ],
  ],
  [
    'Pillow BILINEAR',
    'bilinear',
    [13, 9],
    1,
    [
      0, 25, 80, 120, 48, 21, 27, 67, 130, 52, 157, 172, 27, 74, 34, 86, 181, 164, 68, 84, 133, 127, 104, 171,
      169, 66, 71, 31, 69, 164, 211, 117, 118, 152, 144, 102, 163, 188, 137, 72, 49, 48, 91, 204, 133, 112,
      125, 139, 100, 140, 178, 182, 245, 147, 58, 51, 228, 76, 66, 93, 41, 211, 122, 57, 116, 64, 151, 195,
      177, 112, 155, 169, 162, 152, 81, 95, 110, 93, 56, 142, 161, 131, 153, 204, 160, 115, 163, 70, 77, 101,
      102, 136, 147, 114, 89, 200, 173, 123, 103, 153, 124, 82, 85, 142, 226, 172, 136, 135, 177, 68, 110,
      185, 166, 192, 107, 94, 197,
    ],
  ],
  [
    'OpenCV INTER_NEAREST_EXACT',
    'nearest',
    [6, 4],
    0,
    [
      0, 138, 12, 42, 32, 27, 22, 80, 130, 120, 43, 201, 12, 246, 216, 179, 9, 87, 226, 124, 27, 193, 199,
      197,
    ],
  ],
  [
    'Pillow NEAREST',
    'nearest',
    [6, 4],
    0,
    [
      0, 138, 12, 42, 32, 27, 22, 80, 130, 120, 43, 201, 12, 246, 216, 179, 9, 87, 226, 124, 27, 193, 199,
      197,
    ],
  ],
  ['Pillow BILINEAR', 'antialias', [4, 3], 0, [67, 116, 114, 145, 112, 135, 121, 121, 140, 148, 135, 105]],
  [
    'Pillow BILINEAR',
    'antialias',
    [13, 9],
    0,
    [
      0, 25, 80, 120, 48, 21, 27, 67, 130, 52, 157, 172, 27, 74, 34, 86, 181, 164, 68, 84, 133, 127, 104, 171,
      169, 66, 71, 31, 69, 164, 211, 117, 118, 152, 144, 102, 163, 188, 137, 72, 49, 48, 91, 204, 133, 112,
      125, 139, 100, 140, 178, 182, 245, 147, 58, 51, 228, 76, 66, 93, 41, 211, 122, 57, 116, 64, 151, 195,
      177, 112, 155, 169, 162, 152, 81, 95, 110, 93, 56, 142, 161, 131, 153, 204, 160, 115, 163, 70, 77, 101,
      102, 136, 147, 114, 89, 200, 173, 123, 103, 153, 124, 82, 85, 142, 226, 172, 136, 135, 177, 68, 110,
      185, 166, 192, 107, 94, 197,
    ],
  ],
  [
    'Pillow BILINEAR',
    'antialias',
    [5, 14],
    0,
    [
      36, 75, 43, 99, 122, 47, 98, 64, 111, 128, 68, 145, 107, 134, 140, 66, 157, 131, 140, 156, 41, 136, 138,
      129, 176, 59, 120, 127, 124, 164, 118, 111, 98, 125, 119, 145, 123, 108, 123, 98, 140, 158, 157, 118,
      100, 130, 167, 172, 111, 98, 117, 150, 153, 102, 91, 127, 140, 139, 114, 98, 160, 137, 130, 149, 119,
      176, 135, 126, 166, 130,
    ],
  ],
  ['OpenCV INTER_AREA', 'area', [4, 3], 0, [60, 106, 115, 137, 110, 134, 126, 124, 140, 149, 137, 108]],
  [
    'OpenCV INTER_AREA',
    'area',
    [5, 7],
    0,
    [
      19, 91, 27, 83, 138, 56, 216, 112, 128, 149, 21, 141, 125, 108, 210, 170, 122, 66, 143, 71, 119, 159,
      198, 100, 116, 124, 124, 129, 113, 89, 185, 152, 110, 182, 118,
    ],
  ],
  [
    'Pillow BOX',
    'area',
    [5, 7],
    0,
    [
      19, 91, 27, 83, 138, 56, 216, 112, 128, 149, 21, 141, 125, 108, 210, 170, 122, 66, 143, 71, 119, 159,
      198, 100, 116, 124, 124, 129, 113, 89, 185, 152, 110, 182, 118,
    ],
  ],
];

test('OpenCV and Pillow give the same, or 1 of 255 from it', () => {
  for (const [name, method, [width, height], most, expected] of RECORDED) {
    const { pixels } = resizeImage(SOURCE, width, height, { method, fit: 'stretch' }, '');
    assert.equal(pixels.length, expected.length);
    const worst = Math.max(...pixels.map((value, i) => Math.abs(value - expected[i]!)));
    assert.equal(worst, most, `${name} ${width}x${height}`);
  }
});

/** What torchvision 0.29 makes of the same image, read by Pillow: Resize(shorter), CenterCrop(cut). */
const CUT: readonly (readonly [Image, shorter: number, cut: number, readonly number[]])[] = [
  [SOURCE, 5, 4, [95, 55, 111, 137, 172, 119, 139, 139, 150, 101, 110, 132, 158, 167, 138, 72]],
  [SOURCE, 6, 3, [147, 115, 113, 143, 134, 143, 142, 201, 108]],
  [transposed(SOURCE), 5, 4, [95, 172, 150, 158, 55, 119, 101, 167, 111, 139, 109, 138, 137, 139, 132, 72]],
];

test('with a shorter side the middle is what torchvision cuts out', () => {
  for (const [image, shorter, cut, expected] of CUT) {
    const way = { method: 'antialias', fit: 'crop', shorter } as const;
    assert.deepEqual([...resizeImage(image, cut, cut, way, '').pixels], expected, `${shorter}, ${cut}`);
  }
});

function transposed({ width, height, pixels }: Image): Image {
  return grey(
    height,
    width,
    Array.from({ length: pixels.length }, (_, i) => pixels[(i % height) * width + Math.floor(i / height)]!),
  );
}

test('antialiasing is of colours, and of images that are as large already', () => {
  const image = noise(23, 9, 3, 4);
  const grown = (c: number): Image =>
    grey(
      23,
      9,
      image.pixels.filter((_, i) => i % 3 === c),
    );
  const way = { method: 'antialias', fit: 'stretch' } as const;
  const { pixels } = resizeImage(image, 7, 11, way, '');
  for (const c of [0, 1, 2]) {
    const own = resizeImage(grown(c), 7, 11, way, '').pixels;
    assert.deepEqual(
      pixels.filter((_, i) => i % 3 === c),
      own,
    );
  }
  assert.deepEqual(resizeImage(image, 23, 9, way, ''), image);
});
