import { TinymlError } from '../diagnostics/errors.ts';
import { boundedPixels } from './image.ts';
import type { Image } from './source.ts';

/** Netpbm greymaps and pixmaps (pgm(5), ppm(5)): P2 and P3 as text, P5 and P6 as bytes. */
export function looksLikePnm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1]! >= 0x31 && bytes[1]! <= 0x36 && isSpace(bytes[2]!);
}

/**
 * Values are scaled from 0 .. maxval to 0 .. 255 with rounding.
 * @throws TinymlError E_DATA for bitmaps (P1, P4), damage, and more than 64 Mi pixels.
 */
export function decodePnm(bytes: Uint8Array, path: string): Image {
  const fault = (message: string, hint = 'Fetch or write the image again.'): TinymlError =>
    new TinymlError('E_DATA', message, { at: path, hint });
  const kind = bytes[1]! - 0x30;
  if (!looksLikePnm(bytes)) throw fault('this is not a PGM or PPM image');
  if (kind === 1 || kind === 4) throw fault('PBM bitmaps are not read', 'Convert the image to PGM or PNG.');

  let at = 2;
  const nextNumber = (): number => {
    while (isSpace(bytes[at]!) || bytes[at] === 0x23) {
      if (bytes[at] === 0x23) while (at < bytes.length && bytes[at] !== 0x0a) at++;
      at++;
    }
    const start = at;
    let value = 0;
    for (; isDigit(bytes[at]) && at - start < 10; at++) value = 10 * value + bytes[at]! - 0x30;
    if (at === start) throw fault(at >= bytes.length ? 'the image is truncated' : `no number at byte ${at}`);
    return value;
  };
  const width = nextNumber();
  const height = nextNumber();
  const largest = nextNumber();
  boundedPixels(width, height, path);
  if (largest < 1 || largest > 65535) throw fault(`largest value ${largest} is outside 1 .. 65535`);

  const channels = kind === 2 || kind === 5 ? 1 : 3;
  const count = width * height * channels;
  const isText = kind <= 3;
  const valueBytes = isText ? 2 : largest < 256 ? 1 : 2;
  if (!isText) at++;
  if (at + count * valueBytes - (isText ? 1 : 0) > bytes.length) {
    throw fault(`the image is truncated: ${count} values are needed`);
  }
  const pixels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let value: number;
    if (isText) value = nextNumber();
    else if (valueBytes === 1) value = bytes[at + i]!;
    else value = bytes[at + 2 * i]! * 256 + bytes[at + 2 * i + 1]!;
    if (value > largest) throw fault(`value ${value} is above the largest value ${largest}`);
    pixels[i] = largest === 255 ? value : Math.round((value * 255) / largest);
  }
  return { width, height, channels, pixels };
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
