import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TinymlError } from '../../diagnostics/errors.ts';
import { onFile, openRegularFile } from '../../diagnostics/read-file.ts';
import { scaleByArea } from '../area.ts';
import { isFolder, readWholeFile } from '../byte-source.ts';

import { boundedPixels } from '../image.ts';
import { IMAGES, imageDecoder } from '../images.ts';
import { extension, namesIn } from '../listing.ts';
import type { Image } from '../source.ts';
import { byteStream, filePieces } from './byte-stream.ts';
import { decodeVideo } from './ffmpeg.ts';
import { looksLikeY4m, readY4m } from './y4m.ts';
import { toRgb } from './yuv.ts';

export type Size = { readonly width: number; readonly height: number };

/** Pictures in their order. */
export type Clip = {
  readonly path: string;
  readonly files: readonly string[];
  /**
   * The frames, one after the other, brought to a size (null: as they are). Memory does not grow with their number.
   * @param onFault is told what is wrong with a clip of which some frames can be used nevertheless
   * @throws TinymlError E_FILE, E_DATA, E_TOOLCHAIN
   */
  readonly frames: (size: Size | null, onFault: (message: string) => void) => AsyncGenerator<Image>;
};

/** Files that are clips whatever is in them; Y4M is known by its first bytes, too. */
const VIDEOS =
  '.mp4 .m4v .mov .avi .mkv .webm .mpg .mpeg .wmv .flv .ogv .3gp .h264 .hevc .mjpeg .y4m .rgb'.split(' ');

/** Whether a path is data of the kind of clips: a video file, or a folder that holds some. */
export function holdsClips(path: string): boolean {
  return isFolder(path) ? videosIn(path).length > 0 : isVideo(path);
}

/**
 * The clips of a path: a file, all video files of a folder in the order of their names, or a folder of images, which is one clip.
 * @throws TinymlError E_FILE; E_DATA for a folder without any
 */
export function clipsOf(path: string): readonly Clip[] {
  if (!isFolder(path)) return [fileClip(path)];
  const videos = videosIn(path);
  if (videos.length > 0) return videos.map(fileClip);
  const images = namesIn(path).filter((name) => IMAGES.includes(extension(name)));
  if (images.length > 0)
    return [
      imageClip(
        path,
        images.map((name) => join(path, name)),
      ),
    ];
  throw new TinymlError('E_DATA', 'no clips and no images are in the folder', {
    at: path,
    hint: 'A folder holds video files, or the frames of one clip as PNG, JPEG, PGM or PPM files in the order of their names.',
  });
}

function fileClip(path: string): Clip {
  return {
    path,
    files: [path],
    frames: (size, onFault) =>
      extension(path) === '.rgb' ? rawFrames(path, size, onFault) : videoFrames(path, size, onFault),
  };
}

async function* videoFrames(
  path: string,
  size: Size | null,
  onFault: (message: string) => void,
): AsyncGenerator<Image> {
  const pieces = startsAsY4m(path) ? filePieces(path) : decodeVideo(path, onFault);
  try {
    for await (const frame of readY4m(pieces, path, onFault)) {
      const { width, height } = size ?? frame.luma;
      yield toRgb(frame, width, height);
    }
  } finally {
    await pieces.return(undefined);
  }
}

function imageClip(folder: string, files: readonly string[]): Clip {
  return {
    path: folder,
    files,
    async *frames(size) {
      const decode = await imageDecoder(files);
      let first: Image | null = null;
      for (const path of files) {
        const image = decode(readWholeFile(path), path);
        first ??= image;
        if (image.width !== first.width || image.height !== first.height) {
          throw new TinymlError(
            'E_DATA',
            `a frame of ${sizeText(image)} pixels is among frames of ${sizeText(first)}`,
            {
              at: path,
              hint: 'All frames of a clip have one size: make it so, or move other images away.',
            },
          );
        }
        const { width, height } = size ?? image;
        yield scaleByArea(image, width, height);
      }
    },
  };
}

/** Bytes red, green, blue without a header. Their size is in the name (`street-320x256.rgb`), else it is the one wanted. */
async function* rawFrames(
  path: string,
  size: Size | null,
  onFault: (message: string) => void,
): AsyncGenerator<Image> {
  const named = /(\d{1,5})x(\d{1,5})\.rgb$/i.exec(basename(path));
  const own = named === null ? size : { width: Number(named[1]), height: Number(named[2]) };
  if (own === null) {
    throw new TinymlError('E_DATA', 'the size of the raw frames is not known', {
      at: path,
      hint: 'Put it into the name of the file: clip-320x256.rgb.',
    });
  }
  const { width, height } = own;
  boundedPixels(width, height, path);
  const bytes = 3 * width * height;
  const file = openRegularFile(path);
  file.close();
  if (named === null && file.size % bytes !== 0) {
    throw new TinymlError(
      'E_DATA',
      `a file of ${file.size} bytes does not hold whole frames of ${sizeText(own)} pixels`,
      { at: path, hint: 'Where the frames have another size, put it into the name: clip-320x256.rgb.' },
    );
  }
  const stream = byteStream(filePieces(path), path);
  for (let index = 0; ; index++) {
    const pixels = await stream.take(bytes);
    if (pixels.length < bytes) {
      if (pixels.length > 0) onFault(`the video ends within frame ${index}`);
      return;
    }
    yield scaleByArea({ width, height, channels: 3, pixels }, size?.width ?? width, size?.height ?? height);
  }
}

function isVideo(path: string): boolean {
  return VIDEOS.includes(extension(path)) || startsAsY4m(path);
}

function startsAsY4m(path: string): boolean {
  const file = openRegularFile(path);
  try {
    const start = new Uint8Array(16);
    file.readInto(start, 0);
    return looksLikeY4m(start);
  } finally {
    file.close();
  }
}

function videosIn(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => VIDEOS.includes(extension(name)))
    .map((name) => join(folder, name))
    .filter((path) => onFile(path, () => statSync(path)).isFile());
}

function sizeText({ width, height }: Size): string {
  return `${width}x${height}`;
}
