import { TinymlError } from '../diagnostics/errors.ts';
import { type ByteSource, withReader } from './byte-source.ts';
import { boundedPixels, MAX_PIXELS } from './image.ts';
import type { ImageSize } from './source.ts';

/** Names of codings (ITU-T T.81, table B.1) that are not read: the low four bits of their SOF marker. */
const CODINGS: Readonly<Record<number, string>> = {
  3: 'lossless',
  5: 'hierarchical',
  6: 'hierarchical',
  7: 'hierarchical',
  9: 'arithmetically coded',
  10: 'arithmetically coded',
  11: 'arithmetically coded',
  13: 'arithmetically coded',
  14: 'arithmetically coded',
  15: 'arithmetically coded',
};

const SOF0 = 0xc0;
const DHT = 0xc4;
const JPG = 0xc8;
const DAC = 0xcc;
const RST0 = 0xd0;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const TEM = 0x01;

/** Every scan of a progressive image goes over all of its pixels; usual are 10. More work than this is an attack. */
const MAX_SCANNED_PIXELS = 16 * MAX_PIXELS;
const MAX_SCANS = 1000;

export function looksLikeJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === SOI && bytes[2] === 0xff;
}

/**
 * Goes over the markers of a JPEG image (ITU-T T.81, annex B) to its end, so that its decoder is given nothing that is too
 * large, too long to decode or not whole.
 * @throws TinymlError E_DATA for damage, codings that are not read, four channels, more than 64 Mi pixels
 */
export function readJpegHeader(bytes: Uint8Array, path: string): ImageSize {
  let header: ImageSize | null = null;
  let scans = 0;
  for (let at = 2; ; ) {
    at = nextMarker(bytes, at, path);
    const marker = bytes[at - 1]!;
    if (marker === EOI) break;
    if (marker === TEM || (marker >= RST0 && marker <= SOI)) continue;
    const length = at + 2 <= bytes.length ? bytes[at]! * 256 + bytes[at + 1]! : 0;
    if (length < 2 || at + length > bytes.length) throw truncatedJpeg(path);
    const segment = bytes.subarray(at + 2, at + length);
    at += length;
    if (isFrame(marker)) {
      if (header !== null) throw damagedJpeg(path, 'the JPEG image has two frames');
      header = readFrame(segment, marker - SOF0, path);
    } else if (marker === SOS) {
      if (header === null) throw damagedJpeg(path, 'the JPEG image has no size');
      const { width, height } = header;
      scans++;
      if (scans > MAX_SCANS || scans * width * height > MAX_SCANNED_PIXELS) {
        throw damagedJpeg(
          path,
          `an image of ${width}x${height} pixels in more than ${scans - 1} scans is not read`,
        );
      }
      at = endOfScan(bytes, at);
    }
  }
  if (header === null || scans === 0) throw damagedJpeg(path, 'the JPEG image holds no pixels');
  return header;
}

/** Segments before the frame that are passed over: more are an attack. */
const MAX_SEGMENTS = 4096;

/** By the frame alone: what stands behind it is not read. @throws TinymlError E_DATA as `readJpegHeader` */
export function readJpegSize(source: ByteSource): ImageSize {
  const { path, size } = source;
  return withReader(source, (reader) => {
    for (let at = 2, n = 0; n < MAX_SEGMENTS && at + 4 <= size; n++) {
      const [mark = 0, marker = 0, high = 0, low = 0] = reader.read(at, 4);
      const length = high * 256 + low;
      if (mark !== 0xff) break;
      if (isFrame(marker) && length > 2)
        return readFrame(reader.read(at + 4, length - 2), marker - SOF0, path);
      at += marker === 0xff ? 1 : 2 + length;
    }
    throw damagedJpeg(path, 'the JPEG image has no size');
  });
}

function isFrame(marker: number): boolean {
  return marker >= SOF0 && marker <= SOF0 + 15 && marker !== DHT && marker !== JPG && marker !== DAC;
}

/** The place behind the next marker: any number of 0xff, then its code. */
function nextMarker(bytes: Uint8Array, from: number, path: string): number {
  let at = from;
  if (at < bytes.length && bytes[at] !== 0xff)
    throw damagedJpeg(path, `byte ${at} of the JPEG image is no marker`);
  while (bytes[at] === 0xff) at++;
  if (at >= bytes.length) throw truncatedJpeg(path);
  return at + 1;
}

/** Where the coded data of a scan end: before the first marker that is neither a stuffed 0xff nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1] ?? 0;
    if (code !== 0 && code !== 0xff && (code < RST0 || code >= SOI)) return at;
  }
  return bytes.length;
}

function readFrame(segment: Uint8Array, coding: number, path: string): ImageSize {
  if (segment.length < 6) throw damagedJpeg(path, 'the size of the JPEG image is damaged');
  const view = new DataView(segment.buffer, segment.byteOffset);
  const [depth, height, width] = [view.getUint8(0), view.getUint16(1), view.getUint16(3)];
  const channels = view.getUint8(5);
  const kind = depth === 8 ? CODINGS[coding] : `${depth}-bit`;
  if (kind !== undefined) throw notRead(path, `${kind} JPEG images are not read`);
  if (channels !== 1 && channels !== 3) {
    throw notRead(path, `a JPEG image of ${channels} channels${channels === 4 ? ' (CMYK)' : ''} is not read`);
  }
  boundedPixels(width, height, path);
  return { width, height, channels };
}

function notRead(path: string, message: string): TinymlError {
  return new TinymlError('E_DATA', message, {
    at: path,
    hint: `Convert it to an image of 8-bit grey or RGB, which then stands in its place: mogrify -colorspace sRGB -depth 8 ${JSON.stringify(path)}`,
  });
}

function truncatedJpeg(path: string): TinymlError {
  return damagedJpeg(path, 'the JPEG image is truncated');
}

export function damagedJpeg(path: string, message: string, cause?: unknown): TinymlError {
  return new TinymlError('E_DATA', message, {
    at: path,
    hint: 'Fetch or write the image again. What other programs show of a damaged file differs from one to the next.',
    cause,
  });
}
