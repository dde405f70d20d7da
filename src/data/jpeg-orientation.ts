/** How a camera was held, as JPEG files say it: EXIF 2.3, tag 0x0112, in a TIFF directory in the segment APP1. */
import { formatCount } from '../diagnostics/units.ts';
import { type Warning, warning } from '../diagnostics/warnings.ts';
import { type ByteReader, byteSource, withReader } from './byte-source.ts';
import { looksLikeJpeg } from './jpeg-header.ts';

const APP1 = 0xe1;
const SOS = 0xda;
const EXIF = 'Exif\0\0';
const ORIENTATION = 0x0112;

/** Segments that are looked at, and entries of a directory: EXIF is among the first. */
const MAX_SEGMENTS = 32;
const MAX_ENTRIES = 512;

/** Files of a data set that are opened for it, spread evenly. */
const MAX_FILES = 10_000;

/**
 * One warning where JPEG images of a data set are stored turned or mirrored: pixels are taken as they are stored, as Pillow and
 * PyTorch's ImageFolder take them.
 */
export function orientationWarnings(paths: readonly string[], at: string): readonly Warning[] {
  const step = Math.max(1, Math.ceil(paths.length / MAX_FILES));
  const seen = paths.filter((_, i) => i % step === 0);
  const turned = seen.filter((path) => orientationOf(path) > 1);
  if (turned.length === 0) return [];
  const of = step === 1 ? 'JPEG images' : 'JPEG images that were looked at';
  const message = `${formatCount(turned.length)} of ${formatCount(seen.length)} ${of} say in their EXIF data that they are to be turned or mirrored: pixels are taken as they are stored`;
  return [
    warning('W_ORIENTATION', message, {
      at: [at, `for example ${turned[0]!}`],
      hint: "That is what Pillow and PyTorch's ImageFolder do. Where training turned them, as OpenCV's imread does, turn the pixels once: mogrify -auto-orient *.jpg",
    }),
  ];
}

/** 1 (upright) .. 8; 1 where the file does not say. @throws TinymlError E_FILE, E_DATA for a file that ends inside a segment */
function orientationOf(path: string): number {
  const source = byteSource(path);
  return withReader(source, (reader) => {
    if (source.size < 4 || !looksLikeJpeg(reader.read(0, 3))) return 1;
    let at = 2;
    for (let n = 0; n < MAX_SEGMENTS && at + 4 <= source.size; n++) {
      const [mark, marker, high, low] = reader.read(at, 4) as unknown as [number, number, number, number];
      const length = high * 256 + low;
      if (mark !== 0xff || marker === SOS || length < 2 || at + 2 + length > source.size) return 1;
      if (marker === APP1) {
        const found = exifOrientation(reader, at + 4, length - 2);
        if (found !== null) return found;
      }
      at += 2 + length;
    }
    return 1;
  });
}

/** Null where the segment holds something else. */
function exifOrientation(reader: ByteReader, start: number, length: number): number | null {
  const bytes = reader.read(start, length);
  if (String.fromCharCode(...bytes.subarray(0, EXIF.length)) !== EXIF) return null;
  const tiff = new DataView(bytes.buffer, bytes.byteOffset + EXIF.length, length - EXIF.length);
  if (tiff.byteLength < 8) return null;
  const order = tiff.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return null;
  const little = order === 0x4949;
  const directory = tiff.getUint32(4, little);
  if (directory + 2 > tiff.byteLength) return null;
  const entries = Math.min(tiff.getUint16(directory, little), MAX_ENTRIES);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.byteLength) return null;
    if (tiff.getUint16(entry, little) !== ORIENTATION) continue;
    const value = tiff.getUint16(entry + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return null;
}
