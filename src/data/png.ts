import { crc32, inflateSync } from 'node:zlib';
import { TinymlError } from '../diagnostics/errors.ts';
import { boundedPixels } from './image.ts';
import type { Image, ImageSize } from './source.ts';

/**
 * PNG (ISO/IEC 15948, W3C PNG third edition): every colour type, bit depth, filter and interlacing. 16-bit
 * channels are rounded to 8 bits; transparency is dropped, colour profiles and gamma are not applied.
 */
type Header = {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** Channels as stored: grey 1, grey + alpha 2, RGB 3, RGBA 4, palette index 1. */
  readonly stored: number;
  readonly palette: boolean;
  readonly interlaced: boolean;
};

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const COLOUR_TYPES: Readonly<
  Record<number, { readonly stored: number; readonly depths: readonly number[] }>
> = {
  0: { stored: 1, depths: [1, 2, 4, 8, 16] },
  2: { stored: 3, depths: [8, 16] },
  3: { stored: 1, depths: [1, 2, 4, 8] },
  4: { stored: 2, depths: [8, 16] },
  6: { stored: 4, depths: [8, 16] },
};

/** Adam7: first column, first row, column step, row step of each pass. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function looksLikePng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** By the header chunk, which is the first. @param start of the file @throws TinymlError E_DATA */
export function readPngSize(start: Uint8Array, path: string): ImageSize {
  const header = readHeader(start.subarray(SIGNATURE.length + 8, SIGNATURE.length + 8 + 13), path);
  return { width: header.width, height: header.height, channels: channelsOf(header) };
}

/** @throws TinymlError E_DATA for damage and for images of more than 64 Mi pixels. */
export function decodePng(bytes: Uint8Array, path: string): Image {
  if (!looksLikePng(bytes)) throw damaged(path, 'this is not a PNG image');
  const { header, palette, packed } = readChunks(bytes, path);
  const passes = (header.interlaced ? ADAM7 : [[0, 0, 1, 1] as const])
    .map(([x, y, dx, dy]) => ({
      x,
      y,
      dx,
      dy,
      width: Math.ceil((header.width - x) / dx),
      height: Math.ceil((header.height - y) / dy),
    }))
    .filter(({ width, height }) => width > 0 && height > 0);
  const bits = header.stored * header.depth;
  const size = passes.reduce((sum, one) => sum + one.height * (1 + Math.ceil((one.width * bits) / 8)), 0);
  const raw = inflateExactly(packed, size, path);

  const channels = channelsOf(header);
  const pixels = new Uint8Array(header.width * header.height * channels);
  const rowStep = header.width * channels;
  let start = 0;
  for (const { x, y, dx, dy, width, height } of passes) {
    const rowBytes = Math.ceil((width * bits) / 8);
    unfilter(raw, start, height, rowBytes, Math.max(1, bits >> 3), path);
    for (let row = 0; row < height; row++) {
      const from = start + row * (1 + rowBytes) + 1;
      const to = (y + row * dy) * rowStep + x * channels;
      expandRow(raw, from, width, header, palette, pixels, to, dx * channels, path);
    }
    start += height * (1 + rowBytes);
  }
  return { width: header.width, height: header.height, channels, pixels };
}

/** Of the pixels: a palette is of colours, alpha is dropped. */
function channelsOf({ stored, palette }: Header): 1 | 3 {
  return stored >= 3 || palette ? 3 : 1;
}

function readChunks(
  bytes: Uint8Array,
  path: string,
): { readonly header: Header; readonly palette: Uint8Array | null; readonly packed: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let header: Header | null = null;
  let palette: Uint8Array | null = null;
  for (let at = SIGNATURE.length, type = ''; type !== 'IEND'; ) {
    if (at + 12 > bytes.length) throw damaged(path, 'the PNG image is truncated');
    const length = view.getUint32(at);
    type = Buffer.from(bytes.subarray(at + 4, at + 8)).toString('latin1');
    const next = at + 12 + length;
    if (next > bytes.length) throw damaged(path, `the PNG image is truncated in chunk "${type}"`);
    if (crc32(bytes.subarray(at + 4, next - 4)) !== view.getUint32(next - 4)) {
      throw damaged(path, `chunk "${type}" of the PNG image is damaged (CRC)`);
    }
    const content = bytes.subarray(at + 8, next - 4);
    if (type === 'IHDR') header = readHeader(content, path);
    else if (type === 'PLTE') palette = content;
    else if (type === 'IDAT') parts.push(content);
    at = next;
  }
  if (header === null) throw damaged(path, 'the PNG image has no header');
  if (header.palette && palette === null) throw damaged(path, 'the PNG image has no palette');
  return { header, palette: header.palette ? palette : null, packed: Buffer.concat(parts) };
}

function readHeader(content: Uint8Array, path: string): Header {
  if (content.length !== 13) throw damaged(path, 'the header of the PNG image is damaged');
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const depth = content[8]!;
  const colourType = content[9]!;
  const known = COLOUR_TYPES[colourType];
  if (
    known === undefined ||
    !known.depths.includes(depth) ||
    content[10] !== 0 ||
    content[11] !== 0 ||
    content[12]! > 1
  ) {
    throw damaged(path, `PNG colour type ${colourType} with ${depth} bits does not exist`);
  }
  boundedPixels(width, height, path);
  return {
    width,
    height,
    depth,
    stored: known.stored,
    palette: colourType === 3,
    interlaced: content[12] === 1,
  };
}

function inflateExactly(packed: Uint8Array, size: number, path: string): Uint8Array {
  let raw: Buffer;
  try {
    raw = inflateSync(packed, { maxOutputLength: size + 1 });
  } catch (cause) {
    throw damaged(path, 'the pixels of the PNG image are damaged', cause);
  }
  if (raw.length !== size) {
    throw damaged(path, `the PNG image holds ${raw.length} bytes of pixels instead of ${size}`);
  }
  return raw;
}

/** Undoes the row filters in place (section 9.2); rows are one filter byte and `rowBytes` bytes. */
function unfilter(
  raw: Uint8Array,
  start: number,
  rows: number,
  rowBytes: number,
  pixelBytes: number,
  path: string,
): void {
  for (let row = 0; row < rows; row++) {
    const at = start + row * (1 + rowBytes) + 1;
    const above = at - (1 + rowBytes);
    const filter = raw[at - 1]!;
    if (filter > 4) throw damaged(path, `PNG row filter ${filter} does not exist`);
    if (filter === 0) continue;
    for (let i = 0; i < rowBytes; i++) {
      const a = i >= pixelBytes ? raw[at + i - pixelBytes]! : 0;
      const b = row > 0 ? raw[above + i]! : 0;
      const c = row > 0 && i >= pixelBytes ? raw[above + i - pixelBytes]! : 0;
      raw[at + i]! += filter === 1 ? a : filter === 2 ? b : filter === 3 ? (a + b) >> 1 : paeth(a, b, c);
    }
  }
}

function paeth(a: number, b: number, c: number): number {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - 2 * c);
  return toA <= toB && toA <= toC ? a : toB <= toC ? b : c;
}

/** One row of stored samples -> 8-bit pixels, `step` values apart; without alpha. */
function expandRow(
  raw: Uint8Array,
  from: number,
  width: number,
  { depth, stored }: Header,
  palette: Uint8Array | null,
  pixels: Uint8Array,
  to: number,
  step: number,
  path: string,
): void {
  const colours = stored >= 3 ? 3 : 1;
  const largest = 2 ** depth - 1;
  for (let column = 0; column < width; column++) {
    const out = to + column * step;
    for (let c = 0; c < colours; c++) {
      const value = sampleAt(raw, from, column * stored + c, depth);
      if (palette === null) {
        pixels[out + c] = depth === 8 ? value : Math.round((value * 255) / largest);
        continue;
      }
      if (3 * value + 3 > palette.length) throw damaged(path, `colour ${value} is not in the PNG palette`);
      pixels.set(palette.subarray(3 * value, 3 * value + 3), out);
    }
  }
}

function sampleAt(raw: Uint8Array, from: number, index: number, depth: number): number {
  if (depth === 8) return raw[from + index]!;
  if (depth === 16) return raw[from + 2 * index]! * 256 + raw[from + 2 * index + 1]!;
  const bit = index * depth;
  return (raw[from + (bit >> 3)]! >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
}

function damaged(path: string, message: string, cause?: unknown): TinymlError {
  return new TinymlError('E_DATA', message, { at: path, hint: 'Fetch or write the image again.', cause });
}
