/** Folders of files that hold a sample each. */

import { join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import type { Warning } from '../diagnostics/warnings.ts';
import { sameShape } from '../graph/tensor.ts';
import { byteSource, isFolder, readWholeFile } from './byte-source.ts';
import { csvSize, parseCsv } from './csv.ts';
import { withoutOnes } from './fit-array.ts';
import { IMAGES, imageDecoder, JPEG, noDecoder, OTHER_IMAGES, readImageSize } from './images.ts';
import { orientationWarnings } from './jpeg-orientation.ts';
import { NO_LABEL } from './labels.ts';
import { extension, type Item, listFolder, namesIn } from './listing.ts';
import { readNpyHeader, readNpyOutline, readNpySample } from './npy.ts';
import type { Preprocess } from './preprocess.ts';
import type { Content, Outline, RecordingHeader, Source } from './source.ts';
import { namingDamaged } from './unusable.ts';
import { decodeWav, wavFormat } from './wav.ts';

type Shape = readonly number[];

const SOUNDS = ['.wav'];
/** Known to be sounds, but of formats without a decoder here. */
const OTHER_SOUNDS = [
  '.mp3',
  '.flac',
  '.ogg',
  '.oga',
  '.opus',
  '.m4a',
  '.aac',
  '.wma',
  '.aif',
  '.aiff',
  '.amr',
];
const ARRAYS = ['.npy'];
const TABLES = ['.csv', '.tsv'];

/** How the files of a folder are read. */
type Reader = {
  readonly content: (path: string) => Content;
  readonly header?: (path: string) => RecordingHeader | null;
  readonly outline: (path: string) => Outline;
  readonly warnings?: (paths: readonly string[]) => readonly Warning[];
};

const WAV: Reader = recordingReader(
  (path) => {
    const { pcm, format } = decodeWav(readWholeFile(path), path);
    return { kind: 'sound', pcm, rate: format.sampleRate };
  },
  (path) => {
    const { sampleRate, channels, length } = wavFormat(byteSource(path));
    return { path, rate: sampleRate, channels, length };
  },
);

function recordingReader(
  content: (path: string) => Content,
  header: (path: string) => RecordingHeader,
): Reader {
  return { content, header, outline: (path) => ({ kind: 'recording', header: header(path) }) };
}

/** @param wanted names of the columns that are the axes; null for all but those of time */
function csvReader(wanted: readonly string[] | null): Reader {
  return recordingReader(
    (path) => ({ kind: 'signal', ...parseCsv(readWholeFile(path), path, wanted) }),
    (path) => {
      const { rows, columns, names, clock } = csvSize(readWholeFile(path), path, wanted);
      return { path, rate: null, channels: columns, length: rows, names, clock };
    },
  );
}

const NPY: Reader = {
  content: (path) => readNpySample(byteSource(path)),
  outline: (path) => readNpyOutline(byteSource(path)),
};

/** Arrays of time, or of time and axes, unless they fit the input as they are. */
function npyRecordings(inputShape: Shape): Reader {
  const isRecording = (shape: Shape): boolean =>
    (shape.length === 1 || shape.length === 2) && !sameShape(withoutOnes(shape), withoutOnes(inputShape));
  const header = (path: string): RecordingHeader | null => {
    const { shape, type } = readNpyHeader(byteSource(path));
    const [length = 0, channels = 1] = shape;
    return type !== 'uint8' && isRecording(shape) ? { path, rate: null, channels, length } : null;
  };
  return {
    content: (path) => {
      const content = readNpySample(byteSource(path));
      const [only] = content.kind === 'arrays' ? content.arrays : [];
      if (only === undefined || !isRecording(only.shape)) return content;
      const [rows = 0, columns = 1] = only.shape;
      return { kind: 'signal', values: only.values, rows, columns };
    },
    header,
    outline: (path) => {
      const said = header(path);
      return said === null ? NPY.outline(path) : { kind: 'recording', header: said };
    },
  };
}

/**
 * A folder of images, WAV files, `.npy` files or CSV files, or of one such folder for each class (listing.ts). Arrays and tables are
 * data only where there are neither images nor sounds, tables only without arrays too: beside other data they are lists.
 * @param preprocess where it has windows, arrays of one or two axes are recordings, to be cut into them
 * @param labels names of the classes of the model; empty where they are not known; null where samples are to have no labels, and folders are no classes
 * @throws TinymlError E_DATA for a folder without readable files, for parts of a data set (train, test) in the place of classes, images and sounds in one, a format of images or sound without decoder.
 */
export async function openFolder(
  folder: string,
  [inputShape = []]: readonly Shape[],
  preprocess: Preprocess,
  labels: readonly string[] | null,
): Promise<Source> {
  const among = (paths: readonly string[]): readonly string[] => dataAmong(paths, folder);
  const { items, classes, classNames, numbered } = listFolder(folder, among, labels !== null);
  if (items.length === 0) throw nothingIn(folder);
  if (labels !== null) refuseParts(folder, classNames, labels);
  const arrays = preprocess.windows === null ? NPY : npyRecordings(inputShape);
  const reader = await readerOf(items, folder, arrays, tablesOf(preprocess));
  return {
    ...itemSource(items, reader),
    classes,
    ...(numbered ? { numbered: 'indices' as const } : {}),
    ...(classNames.length === 0 ? {} : { classNames }),
  };
}

function tablesOf({ table }: Preprocess): Reader {
  return csvReader(table?.columns ?? null);
}

/** One WAV or CSV file: a recording. Null for files of other kinds. @throws TinymlError E_DATA for a sound format without decoder */
export function openRecording(path: string, preprocess: Preprocess): Source | null {
  const kind = extension(path);
  if (OTHER_SOUNDS.includes(kind)) throw unreadSound(path);
  const reader = SOUNDS.includes(kind) ? WAV : TABLES.includes(kind) ? tablesOf(preprocess) : null;
  return reader === null ? null : { ...itemSource([{ path, label: null }], reader), classes: null };
}

/** One image file. Null for files of other kinds. @throws TinymlError E_DATA for an image format without decoder */
export async function openImage(path: string): Promise<Source | null> {
  const kind = extension(path);
  if (OTHER_IMAGES.includes(kind)) throw noDecoder(path);
  if (!IMAGES.includes(kind)) return null;
  const items = [{ path, label: null }];
  return { ...itemSource(items, await imageReader(items, path)), classes: null };
}

/** An `.npy` file of one sample, without an axis of samples. */
export function openSample(path: string): Source {
  return { ...itemSource([{ path, label: null }], NPY), classes: null };
}

/** Paths of the files that are data. @throws TinymlError E_DATA */
function dataAmong(paths: readonly string[], folder: string): readonly string[] {
  const those = (extensions: readonly string[]): readonly string[] =>
    paths.filter((path) => extensions.includes(extension(path)));
  const [foreign] = those(OTHER_IMAGES);
  if (foreign !== undefined) throw noDecoder(foreign);
  const [images, sounds, arrays] = [those(IMAGES), those(SOUNDS), those(ARRAYS)];
  const [unread] = those(OTHER_SOUNDS);
  if (unread !== undefined && images.length === 0) throw unreadSound(unread);
  if (images.length > 0 && sounds.length > 0) {
    throw new TinymlError('E_DATA', 'the folder mixes images and sounds', {
      at: [folder, images[0]!, sounds[0]!],
      hint: 'Put them into folders of their own.',
    });
  }
  return [images, sounds, arrays].find((files) => files.length > 0) ?? those(TABLES);
}

function unreadSound(path: string): TinymlError {
  const kind = extension(path);
  const wav = `${path.slice(0, -kind.length)}.wav`;
  return new TinymlError('E_DATA', `${kind.slice(1).toUpperCase()} sound is not read`, {
    at: path,
    hint: `Convert it to WAV, for example with: ffmpeg -i ${JSON.stringify(path)} ${JSON.stringify(wav)}; then delete or move the original, which is found here again otherwise.`,
  });
}

async function readerOf(
  items: readonly Item[],
  folder: string,
  arrays: Reader,
  tables: Reader,
): Promise<Reader> {
  const kind = extension(items[0]!.path);
  if (SOUNDS.includes(kind)) return WAV;
  if (ARRAYS.includes(kind)) return arrays;
  if (TABLES.includes(kind)) return tables;
  return imageReader(items, folder);
}

async function imageReader(items: readonly Item[], place: string): Promise<Reader> {
  const decode = await imageDecoder(items.map(({ path }) => path));
  return {
    content: (path) => ({ kind: 'image', image: decode(readWholeFile(path), path) }),
    outline: (path) => ({ kind: 'image', size: readImageSize(path) }),
    warnings: (paths) =>
      orientationWarnings(
        paths.filter((path) => JPEG.includes(extension(path))),
        place,
      ),
  };
}

function itemSource(items: readonly Item[], reader: Reader): Omit<Source, 'classes'> {
  const files = items.map(({ path }) => path);
  const { outline, warnings } = reader;
  const content = namingDamaged(reader.content, files, reader.content);
  const header =
    reader.header === undefined ? undefined : namingDamaged(reader.header, files, reader.content);
  return {
    length: items.length,
    files,
    *records(indices) {
      for (const i of indices) {
        const { path, label } = items[i]!;
        yield { content: content(path), label, at: path };
      }
    },
    placeOf: (index) => items[index]!.path,
    outline,
    labels: () => Int32Array.from(items, ({ label }) => label ?? NO_LABEL),
    ...(header === undefined ? {} : { header: (index) => header(items[index]!.path) }),
    ...(warnings === undefined
      ? {}
      : { warnings: (count) => warnings(items.slice(0, count).map(({ path }) => path)) }),
  };
}

/** What parts of a data set are called; hardly any classes are. */
const PARTS =
  /^(train|training|test|testing|val|valid|validation|eval|evaluation|dev|holdout)([_-]?(set|data|images))?$/i;

/** @throws TinymlError E_DATA where all folders are called as parts of a data set, and not as classes of the model */
function refuseParts(folder: string, names: readonly string[], labels: readonly string[]): void {
  if (names.length === 0 || names.some((name) => !PARTS.test(name))) return;
  if (names.every((name) => labels.includes(name))) return;
  const parts = names.map((name) => join(folder, name));
  const those =
    names.length === 1 ? 'is the name of a part of a data set' : 'are names of parts of a data set';
  throw new TinymlError(
    'E_DATA',
    `${firstOf(names.map((name) => JSON.stringify(name)))} ${those}, not of classes`,
    {
      at: parts.slice(0, 3),
      hint: `Give one of them (${firstOf(parts)}), with a folder for each class inside where samples have labels. If these are classes all the same, name them with --labels; evaluate --unlabelled takes the files of all of them.`,
    },
  );
}

/** Deepest folders, and most folders, that are looked into for data. */
const MAX_DEPTH = 3;
const MAX_FOLDERS = 1000;

/** The uppermost folders below one that would be data themselves, such as train/ and test/. */
function dataBelow(folder: string): readonly string[] {
  let level = foldersIn(folder);
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth++) {
    const data = level.filter((path) => foldersIn(path).some(holdsData));
    if (data.length > 0) return data;
    level = level.flatMap(foldersIn).slice(0, MAX_FOLDERS);
  }
  return [];
}

function foldersIn(folder: string): readonly string[] {
  return namesIn(folder)
    .map((name) => join(folder, name))
    .filter(isFolder)
    .slice(0, MAX_FOLDERS);
}

function holdsData(folder: string): boolean {
  return namesIn(folder).some((name) =>
    [IMAGES, SOUNDS, ARRAYS, TABLES].some((extensions) => extensions.includes(extension(name))),
  );
}

function nothingIn(folder: string): TinymlError {
  const below = dataBelow(folder);
  if (below.length > 0) {
    return new TinymlError('E_DATA', 'the data lie deeper than in one folder for each class', {
      at: folder,
      hint: `These hold folders of classes: ${firstOf(below)}. Give one of them.`,
    });
  }
  return new TinymlError('E_DATA', 'no images, WAV, .npy or CSV files are in the folder', {
    at: folder,
    hint: 'A folder holds files of a sample each (PNG, JPEG, PGM, PPM; WAV; .npy; CSV), best in one folder for each class. Other formats are given by the path of their file.',
  });
}
