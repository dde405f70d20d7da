import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { decodePng } from '../../src/data/png.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { failure, pngFile, pngOf } from './files.ts';

type Kind = { readonly colourType: number; readonly stored: number; readonly depth: number };

const KINDS: readonly Kind[] = [
  ...[1, 2, 4, 8, 16].map((depth) => ({ colourType: 0, stored: 1, depth })),
  ...[8, 16].map((depth) => ({ colourType: 2, stored: 3, depth })),
  ...[1, 2, 4, 8].map((depth) => ({ colourType: 3, stored: 1, depth })),
  ...[8, 16].map((depth) => ({ colourType: 4, stored: 2, depth })),
  ...[8, 16].map((depth) => ({ colourType: 6, stored: 4, depth })),
];

/** First column, first row, steps of the seven passes, as the specification draws them. */
const ADAM7 = ['0 0 8 8', '4 0 8 8', '0 4 4 8', '2 0 4 4', '0 2 2 4', '1 0 2 2', '0 1 1 2'].map((text) =>
  text.split(' ').map(Number),
);

test('every colour type, depth, filter and interlacing decodes to the pixels that were encoded', () => {
  for (const kind of KINDS) {
    for (const interlaced of [false, true]) {
      for (const [width, height] of [
        [1, 1],
        [3, 5],
        [13, 9],
      ] as const) {
        const what = `${JSON.stringify(kind)} ${width}x${height} interlaced ${interlaced}`;
        const random = seededRandom(width * 100 + kind.depth + kind.colourType);
        const samples = Array.from({ length: width * height * kind.stored }, () =>
          Math.floor(random() * 2 ** kind.depth),
        );
        const palette = Uint8Array.from({ length: 3 * 256 }, () => Math.floor(random() * 256));
        const image = decodePng(encode(kind, width, height, samples, palette, interlaced), 'test.png');
        assert.deepEqual([image.width, image.height], [width, height], what);
        assert.deepEqual([...image.pixels], expected(kind, samples, palette), what);
      }
    }
  }
});

test('images written by Pillow (libpng filters, packed palettes) have their pixels', () => {
  const decode = (text: string) => decodePng(Buffer.from(text, 'base64'), 'test.png');
  const palette = decode(
    'iVBORw0KGgoAAAANSUhEUgAAAAUAAAADAgMAAAAmWC1rAAAADFBMVEX/AAAA/wAAAP8JCAei0mLAAAAAEUlEQVR4nGOQZmCxes345A4ACG4DBkwQTrYAAAAASUVORK5CYII=',
  );
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [9, 8, 7],
  ];
  assert.deepEqual(
    [...palette.pixels],
    [0, 1, 2, 3, 0, 1, 1, 1, 1, 1, 3, 2, 1, 0, 3].flatMap((i) => colours[i]!),
  );
  const colour = decode(
    'iVBORw0KGgoAAAANSUhEUgAAAAcAAAAGCAIAAACAbBMhAAAAKUlEQVR42mNkYDihysqoys+oKsmoqsyoqsuoas7Iws34iJuREQ3RShQAoE8Ioi0GsSwAAAAASUVORK5CYII=',
  );
  const pixels = Array.from({ length: 42 }, (_, i) => {
    const x = i % 7;
    const y = (i - x) / 7;
    return [(x * 37 + y * 11) % 256, (x * x * 5 + y) % 256, 200 - y * 30 + x];
  });
  assert.deepEqual([...colour.pixels], pixels.flat());
  const greyAlpha = decode(
    'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAQAAAA3fa6RAAAAFklEQVR4nGNkYNBg1GBkrGDWYNRgBAAHKAEi1N1TbAAAAABJRU5ErkJggg==',
  );
  assert.deepEqual([...greyAlpha.pixels], [0, 40, 80, 120, 160, 200]);
  const bits = decode(
    'iVBORw0KGgoAAAANSUhEUgAAAAkAAAACAQAAAACiLct+AAAADklEQVR4nGOYxMDEwAAAAuYAlZiwQuoAAAAASUVORK5CYII=',
  );
  assert.deepEqual(
    [...bits.pixels],
    Array.from({ length: 18 }, (_, i) => (i % 3 === 0 ? 255 : 0)),
  );
});

test('cutting a PNG anywhere, or changing a byte, is E_DATA or leaves the pixels as they are', async () => {
  const whole = pngFile(
    5,
    4,
    3,
    Array.from({ length: 60 }, (_, i) => (i * 37) % 256),
  );
  const right = decodePng(whole, 'a.png').pixels;
  for (let length = 0; length < whole.length; length++) {
    const error = await failure('E_DATA', () => decodePng(whole.subarray(0, length), 'a.png'));
    assert.deepEqual(error.at, ['a.png']);
  }
  for (let i = 0; i < whole.length - 12; i++) {
    const changed = Buffer.from(whole);
    changed[i]! ^= 0x5a;
    await failure('E_DATA', () => decodePng(changed, 'a.png'));
  }
  assert.deepEqual(decodePng(whole, 'a.png').pixels, right);
});

test('sizes are bounded before memory is taken', async () => {
  const header = (width: number, height: number): Buffer => {
    const bytes = Buffer.alloc(13);
    bytes.writeUInt32BE(width, 0);
    bytes.writeUInt32BE(height, 4);
    bytes.set([8, 0, 0, 0, 0], 8);
    return bytes;
  };
  const bomb = deflateSync(Buffer.alloc(1 << 20));
  for (const [width, height] of [
    [0xffffffff, 0xffffffff],
    [0, 5],
    [2, 2],
  ] as const) {
    const png = pngOf([
      ['IHDR', header(width, height)],
      ['IDAT', bomb],
      ['IEND', Buffer.alloc(0)],
    ]);
    await failure('E_DATA', () => decodePng(png, 'bomb.png'));
  }
});

function expected(
  { colourType, stored, depth }: Kind,
  samples: readonly number[],
  palette: Uint8Array,
): number[] {
  if (colourType === 3) return samples.flatMap((i) => [...palette.subarray(3 * i, 3 * i + 3)]);
  const alpha = stored === 2 || stored === 4;
  return samples
    .filter((_, i) => !alpha || i % stored !== stored - 1)
    .map((value) => Math.round((value / (2 ** depth - 1)) * 255));
}

function encode(
  { colourType, stored, depth }: Kind,
  width: number,
  height: number,
  samples: readonly number[],
  palette: Uint8Array,
  interlaced: boolean,
): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourType, 0, 0, interlaced ? 1 : 0], 8);
  const passes = interlaced ? ADAM7 : [[0, 0, 1, 1]];
  const rows = passes.flatMap(([x0 = 0, y0 = 0, dx = 1, dy = 1]) => {
    const picked = Array.from({ length: Math.ceil((height - y0) / dy) }, (_, r) =>
      Array.from({ length: Math.ceil((width - x0) / dx) }, (_, c) => {
        const at = ((y0 + r * dy) * width + x0 + c * dx) * stored;
        return samples.slice(at, at + stored);
      }).flat(),
    );
    return filterRows(
      picked.filter((row) => row.length > 0).map((row) => packBits(row, depth)),
      Math.max(1, (stored * depth) >> 3),
    );
  });
  const packed = deflateSync(Buffer.concat(rows));
  const half = packed.length >> 1;
  return pngOf([
    ['IHDR', header],
    ...(colourType === 3 ? [['PLTE', palette.subarray(0, 3 * 2 ** depth)] as const] : []),
    ['IDAT', packed.subarray(0, half)],
    ['IDAT', packed.subarray(half)],
    ['IEND', Buffer.alloc(0)],
  ]);
}

function packBits(row: readonly number[], depth: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((row.length * depth) / 8));
  for (const [i, value] of row.entries()) {
    if (depth === 16) {
      bytes[2 * i] = value >> 8;
      bytes[2 * i + 1] = value & 255;
    } else {
      const bit = i * depth;
      bytes[bit >> 3]! |= value << (8 - depth - (bit & 7));
    }
  }
  return bytes;
}

/** Filters the rows of one pass, with filter 0, 1, 2, 3, 4 in turn. */
function filterRows(rows: readonly Uint8Array[], pixelBytes: number): Buffer[] {
  return rows.map((row, r) => {
    const filter = r % 5;
    const above = r > 0 ? rows[r - 1]! : new Uint8Array(row.length);
    const filtered = row.map((value, i) => {
      const left = i >= pixelBytes ? row[i - pixelBytes]! : 0;
      const up = above[i]!;
      const corner = i >= pixelBytes ? above[i - pixelBytes]! : 0;
      const guess = left + up - corner;
      const nearestOf = [left, up, corner].reduce((best, one) =>
        Math.abs(guess - one) < Math.abs(guess - best) ? one : best,
      );
      return value - [0, left, up, Math.floor((left + up) / 2), nearestOf][filter]!;
    });
    return Buffer.concat([Buffer.from([filter]), filtered]);
  });
}
