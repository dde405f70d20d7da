import { createRequire } from 'node:module';
import { damagedJpeg, readJpegHeader } from './jpeg-header.ts';
import type { Image } from './source.ts';

/** @throws TinymlError E_DATA for damage, codings that are not read, four channels, more than 64 Mi pixels */
export type JpegDecoder = (bytes: Uint8Array, path: string) => Image;

/** Of the codec, what is used here. What goes wrong it throws as a number. */
type Codec = { readonly JPEGDecoder: new () => Decoder };
type Decoder = {
  readonly getEncodedBuffer: (bytes: number) => Uint8Array;
  readonly decode: () => void;
  readonly getFrameInfo: () => {
    readonly width: number;
    readonly height: number;
    readonly componentCount: number;
  };
  readonly getDecodedBuffer: () => Uint8Array;
  readonly delete: () => void;
};

/**
 * libjpeg-turbo as WebAssembly: integer inverse DCT and smooth upsampling of colours, the bytes that Pillow gives, and the same on
 * every machine. Pixels are as they are stored: an orientation in the EXIF data is not applied, colour profiles are ignored.
 */
export async function loadJpegDecoder(): Promise<JpegDecoder> {
  const load = createRequire(import.meta.url)('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs') as (
    settings: object,
  ) => Promise<Codec>;
  const silent = { print: () => {}, printErr: () => {} };
  const { JPEGDecoder } = await load(silent);
  return (bytes, path) => {
    const header = readJpegHeader(bytes, path);
    const decoder = new JPEGDecoder();
    try {
      const { width, height, channels, pixels } = decoded(decoder, bytes, path);
      if (width === header.width && height === header.height && channels === header.channels) {
        return { ...header, pixels };
      }
      throw damagedJpeg(path, 'the JPEG image contradicts itself');
    } finally {
      decoder.delete();
    }
  };
}

function decoded(decoder: Decoder, bytes: Uint8Array, path: string) {
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
  } catch (cause) {
    throw damagedJpeg(path, 'the pixels of the JPEG image are damaged', cause);
  }
  const { width, height, componentCount } = decoder.getFrameInfo();
  const pixels = new Uint8Array(decoder.getDecodedBuffer()); // a copy: the memory is used again
  return { width, height, channels: componentCount, pixels };
}
