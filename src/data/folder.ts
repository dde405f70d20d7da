import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { onFile } from '../diagnostics/read-file.ts';
import { elementCount } from '../graph/tensor.ts';
import { byteSource, isFolder, readWholeFile } from './byte-source.ts';
import { NO_LABEL } from './labels.ts';
import { mixtureWarnings } from './mixtures.ts';
import { decodePng, looksLikePng } from './png.ts';
import { decodePnm, looksLikePnm } from './pnm.ts';
import type { Content, Image, Source } from './source.ts';
import { decodeWav, wavFormat } from './wav.ts';

export const IMAGES = ['.png', '.pgm', '.ppm', '.pnm'];
const SOUNDS = ['.wav'];
/** Known to be images, but of formats without a decoder here. */
const OTHER_IMAGES = ['.jpg', '.jpeg', '.webp', '.gif', '.bmp', '.tif', '.tiff'];

type Item = { readonly path: string; readonly label: number | null };

/**
 * A folder of images or WAV files, or of one such folder for each class. Class folders are numbered from 0 in the
 * order of their names (by UTF-16 code units), files are read in that order too. Without class folders, names such
 * as `7_anna_12.wav` say the class of a sound, other files have none.
 * @throws TinymlError E_DATA for a folder without readable files, mixed kinds or an image format without decoder.
 */
export function openFolder(folder: string): Source {
  const names = namesIn(folder);
  const classFolders = names.filter((name) => isFolder(join(folder, name)));
  const loose = usable(folder, names);
  const perClass = classFolders.map((name) => usable(join(folder, name), namesIn(join(folder, name))));
  const classed = perClass.flatMap((paths, label) => paths.map((path) => ({ path, label })));
  if (classed.length > 0 && loose.length > 0) {
    throw new TinymlError('E_DATA', 'the folder holds both files and folders of files', {
      at: [loose[0]!, classed[0]!.path],
      hint: 'Move every file into the folder of its class.',
    });
  }
  const items = classed.length > 0 ? classed : looseItems(loose);
  const sounds = items.filter(({ path }) => SOUNDS.includes(extension(path)));
  if (items.length === 0 || (sounds.length > 0 && sounds.length < items.length)) {
    throw new TinymlError(
      'E_DATA',
      items.length === 0 ? 'no images or WAV files are in the folder' : 'the folder mixes images and sounds',
      {
        at: folder,
        hint: 'A folder holds PNG, PGM, PPM or WAV files, best in one folder for each class. Other formats are given by the path of their file.',
      },
    );
  }
  return {
    length: items.length,
    classes: classed.length > 0 ? classFolders.length : classesOf(items),
    files: items.map(({ path }) => path),
    *records(indices) {
      for (const i of indices) {
        const { path, label } = items[i]!;
        yield { content: readContent(path), label, at: path };
      }
    },
    labels: () => Int32Array.from(items, ({ label }) => label ?? NO_LABEL),
    warnings: (count, shapes) =>
      mixtureWarnings(
        sounds.slice(0, count).map(({ path }) => ({ path, ...wavFormat(byteSource(path)) })),
        shapes === null ? null : elementCount(shapes[0] ?? []),
        folder,
      ),
  };
}

/** @throws TinymlError E_DATA. */
export function decodeImage(bytes: Uint8Array, path: string): Image {
  if (looksLikePng(bytes)) return decodePng(bytes, path);
  if (looksLikePnm(bytes)) return decodePnm(bytes, path);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) throw noDecoder('JPEG', path);
  throw new TinymlError('E_DATA', 'this is not a PNG, PGM or PPM image', {
    at: path,
    hint: 'The first bytes decide, not the name. Convert the image to PNG.',
  });
}

function readContent(path: string): Content {
  const bytes = readWholeFile(path);
  if (!SOUNDS.includes(extension(path))) return { kind: 'image', image: decodeImage(bytes, path) };
  const { pcm, format } = decodeWav(bytes, path);
  return { kind: 'sound', pcm, rate: format.sampleRate };
}

/** Names in a folder, sorted, without hidden ones. */
export function namesIn(folder: string): readonly string[] {
  return onFile(folder, () => readdirSync(folder))
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** Paths of images and sounds among `names`. Files of other kinds (a README, a list) are left alone. */
function usable(folder: string, names: readonly string[]): readonly string[] {
  const foreign = names.find((name) => OTHER_IMAGES.includes(extension(name)));
  if (foreign !== undefined) {
    throw noDecoder(extension(foreign).slice(1).toUpperCase(), join(folder, foreign));
  }
  return names
    .filter((name) => IMAGES.includes(extension(name)) || SOUNDS.includes(extension(name)))
    .map((name) => join(folder, name));
}

/** Sounds named `{digit}_...` (as in the Free Spoken Digit Dataset) have that class, if all are named so. */
function looseItems(paths: readonly string[]): readonly Item[] {
  const labels = paths.map((path) => /^(\d{1,4})[_-].*\.wav$/i.exec(basename(path))?.[1]);
  const known = labels.every((label) => label !== undefined);
  return paths.map((path, i) => ({ path, label: known ? Number(labels[i]) : null }));
}

function classesOf(items: readonly Item[]): number | null {
  const largest = items.reduce((most, { label }) => Math.max(most, label ?? -1), -1);
  return largest < 0 ? null : largest + 1;
}

function extension(path: string): string {
  return extname(path).toLowerCase();
}

function noDecoder(format: string, path: string): TinymlError {
  return new TinymlError('E_DATA', `${format} images are not read`, {
    at: path,
    hint: 'Decoders of such formats differ from one another. Convert once to PNG, for example with: mogrify -format png *.jpg',
  });
}
