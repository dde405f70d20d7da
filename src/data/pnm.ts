import { TinymlError } from '../diagnostics/errors.ts';
import { boundedPixels } from './image.ts';
import type { Image, ImageSize } from './source.ts';

/** Netpbm greymaps and pixmaps (pgm(5), ppm(5)): P2 and P3 as text, P5 and P6 as bytes. */
export function looksLikePnm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1]! >= 0x31 && bytes[1]! <= 0x36 && isSpace(bytes[2]!);
}

type Header = ImageSize & {
  /** Values are numbers in text, not bytes. */
  readonly isText: boolean;
  /** Value of white. */
  readonly largest: number;
  /** The byte behind the header. */
  readonly end: number;
};

/** @param bytes from the start of the file @throws TinymlError E_DATA for bitmaps (P1, P4), damage, and more than 64 Mi pixels */
export function readPnmHeader(bytes: Uint8Array, path: string): Header {
  const kind = bytes[1]! - 0x30;
  if (!looksLikePnm(bytes)) throw damaged(path, 'this is not a PGM or PPM image');
  if (kind === 1 || kind === 4) {
    throw damaged(path, 'PBM bitmaps are not read', 'Convert the image to PGM or PNG.');
  }
  const [width, afterWidth] = numberAt(bytes, 2, path);
  const [height, afterHeight] = numberAt(bytes, afterWidth, path);
  const [largest, end] = numberAt(bytes, afterHeight, path);
  boundedPixels(width, height, path);
  if (largest < 1 || largest > 65535) {
    throw damaged(path, `largest value ${largest} is outside 1 .. 65535`);
  }
  return { width, height, channels: kind === 2 || kind === 5 ? 1 : 3, isText: kind <= 3, largest, end };
}

/**
 * Values are scaled from 0 .. maxval to 0 .. 255 with rounding.
 * @throws TinymlError E_DATA as `readPnmHeader`
 */
export function decodePnm(bytes: Uint8Array, path: string): Image {
  const { width, height, channels, isText, largest, end } = readPnmHeader(bytes, path);
  const count = width * height * channels;
  const valueBytes = isText ? 2 : largest < 256 ? 1 : 2;
  const start = isText ? end : end + 1;
  if (start + count * valueBytes - (isText ? 1 : 0) > bytes.length) {
    throw damaged(path, `the image is truncated: ${count} values are needed`);
  }
  const pixels = new Uint8Array(count);
  for (let i = 0, at = start; i < count; i++) {
    let value: number;
    if (isText) [value, at] = numberAt(bytes, at, path);
    else if (valueBytes === 1) value = bytes[start + i]!;
    else value = bytes[start + 2 * i]! * 256 + bytes[start + 2 * i + 1]!;
    if (value > largest) throw damaged(path, `value ${value} is above the largest value ${largest}`);
    pixels[i] = largest === 255 ? value : Math.round((value * 255) / largest);
  }
  return { width, height, channels, pixels };
}

/** The next number in text, behind spaces and comments, and where it ends. */
function numberAt(bytes: Uint8Array, from: number, path: string): readonly [value: number, end: number] {
  let at = from;
  while (isSpace(bytes[at]!) || bytes[at] === 0x23) {
    if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
    at++;
  }
  const start = at;
  let value = 0;
  for (; isDigit(bytes[at]) && at - start < 10; at++) value = 10 * value + bytes[at]! - 0x30;
  if (at === start) {
    throw damaged(path, at >= bytes.length ? 'the image is truncated' : `no number at byte ${at}`);
  }
  return [value, at];
}

function damaged(path: string, message: string, hint = 'Fetch or write the image again.'): TinymlError {
  return new TinymlError('E_DATA', message, { at: path, hint });
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
