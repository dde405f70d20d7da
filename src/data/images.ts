/** Images of any format that is read here. */
import { TinymlError } from '../diagnostics/errors.ts';
import { byteSource, firstBytes } from './byte-source.ts';
import { type JpegDecoder, loadJpegDecoder } from './jpeg.ts';
import { looksLikeJpeg, readJpegSize } from './jpeg-header.ts';
import { extension } from './listing.ts';
import { decodePng, looksLikePng, readPngSize } from './png.ts';
import { decodePnm, looksLikePnm, readPnmHeader } from './pnm.ts';
import type { Image, ImageSize } from './source.ts';

export const JPEG: readonly string[] = ['.jpg', '.jpeg'];
export const IMAGES: readonly string[] = ['.png', '.pgm', '.ppm', '.pnm', ...JPEG];
/** Known to be images, but of formats without a decoder here. */
export const OTHER_IMAGES: readonly string[] = ['.webp', '.gif', '.bmp', '.tif', '.tiff', '.heic', '.avif'];

/** The first bytes decide, not the name. @throws TinymlError E_DATA */
type ImageDecoder = (bytes: Uint8Array, path: string) => Image;

/** @param paths of the images, to know whether the decoder of JPEG is needed: it takes 0.1 s to load */
export async function imageDecoder(paths: readonly string[]): Promise<ImageDecoder> {
  const decodeJpeg = paths.some((path) => JPEG.includes(extension(path)))
    ? await loadJpegDecoder()
    : misnamed;
  const decoders: Readonly<Record<Format, ImageDecoder>> = {
    png: decodePng,
    pnm: decodePnm,
    jpeg: decodeJpeg,
  };
  return (bytes, path) => decoders[formatOf(bytes, path)](bytes, path);
}

/** Bytes from the start of a file in which its header ends: PGM and PPM files may have comments before their numbers. */
const START = 4096;

/** By the header of the file alone. @throws TinymlError E_FILE, E_DATA */
export function readImageSize(path: string): ImageSize {
  const source = byteSource(path);
  const start = firstBytes(source, START);
  switch (formatOf(start, path)) {
    case 'png':
      return readPngSize(start, path);
    case 'pnm': {
      const { width, height, channels } = readPnmHeader(start, path);
      return { width, height, channels };
    }
    case 'jpeg':
      return readJpegSize(source);
  }
}

type Format = 'png' | 'pnm' | 'jpeg';

/** @param start of a file @throws TinymlError E_DATA */
function formatOf(start: Uint8Array, path: string): Format {
  if (start.length === 0) {
    throw new TinymlError('E_DATA', 'the file is empty', {
      at: path,
      hint: 'Fetch or write the image again, or take the file out of the folder.',
    });
  }
  if (looksLikePng(start)) return 'png';
  if (looksLikePnm(start)) return 'pnm';
  if (looksLikeJpeg(start)) return 'jpeg';
  throw new TinymlError('E_DATA', 'this is not a PNG, JPEG, PGM or PPM image', {
    at: path,
    hint: 'The first bytes decide, not the name. Convert the image to PNG.',
  });
}

const misnamed: JpegDecoder = (_, path) => {
  throw new TinymlError('E_DATA', 'a JPEG image is named as if it were another, and no image is named .jpg', {
    at: path,
    hint: 'Give it the ending .jpg.',
  });
};

export function noDecoder(path: string): TinymlError {
  return new TinymlError('E_DATA', `${extension(path).slice(1).toUpperCase()} images are not read`, {
    at: path,
    hint: `Convert it to PNG, for example with: mogrify -format png ${JSON.stringify(path)}; then delete or move the original, which is found here again otherwise.`,
  });
}
