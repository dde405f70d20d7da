/** What lies in a folder of data. */
import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { onFile } from '../diagnostics/read-file.ts';
import { isFolder } from './byte-source.ts';

export type Item = { readonly path: string; readonly label: number | null };

type Listing = {
  readonly items: readonly Item[];
  readonly classes: number | null;
  /** Names of the class folders; empty without such. */
  readonly classNames: readonly string[];
  /** Whether labels are the numbers that names of files begin with. */
  readonly numbered: boolean;
};

/**
 * The files of a folder, or of one folder for each class. Class folders are numbered from 0 in the order of their names (by UTF-16
 * code units), files are listed in that order too. Without class folders, names such as `7_anna_12.wav` say the class of a
 * sound, other files have none.
 * @param wanted the files among some paths that are data; the others are left alone
 * @param labelled false: files in folders and beside them, whatever both are called, are samples without labels
 * @throws TinymlError E_FILE; E_DATA where files lie beside class folders with files
 */
export function listFolder(
  folder: string,
  wanted: (paths: readonly string[]) => readonly string[],
  labelled: boolean,
): Listing {
  const names = namesIn(folder);
  const inside = (name: string): string => join(folder, name);
  const classFolders = names.filter((name) => isFolder(inside(name)));
  const filesIn = (path: string): readonly string[] => namesIn(path).map((name) => join(path, name));
  const perClass = classFolders.map((name) => filesIn(inside(name)));
  const loose = names.filter((name) => !classFolders.includes(name)).map(inside);
  const kept = new Set(wanted([...loose, ...perClass.flat()]));
  if (!labelled) {
    const items = [...kept].sort().map((path) => ({ path, label: null }));
    return { items, classes: null, classNames: [], numbered: false };
  }
  const looseItems = labelledByName(loose.filter((path) => kept.has(path)));
  const classed = perClass.flatMap((paths, label) =>
    paths.filter((path) => kept.has(path)).map((path) => ({ path, label })),
  );
  if (classed.length > 0 && looseItems.length > 0) {
    throw new TinymlError('E_DATA', 'the folder holds both files and folders of files', {
      at: [looseItems[0]!.path, classed[0]!.path],
      hint: 'Move every file into the folder of its class; evaluate --unlabelled takes all of them.',
    });
  }
  if (classed.length > 0)
    refuseDeeper(
      folder,
      perClass.flat().filter((path) => !kept.has(path)),
      wanted,
    );
  const classes = classesOf(looseItems);
  return classed.length > 0
    ? { items: classed, classes: classFolders.length, classNames: classFolders, numbered: false }
    : { items: looseItems, classes, classNames: [], numbered: classes !== null };
}

/**
 * Samples that lie a folder deeper than others would be left out without a word.
 * @param others what lies in the folders of classes and is no data
 */
function refuseDeeper(
  folder: string,
  others: readonly string[],
  wanted: (paths: readonly string[]) => readonly string[],
): void {
  const deeper = others
    .filter((path) => isFolder(path))
    .filter((path) => wanted(namesIn(path).map((name) => join(path, name))).length > 0);
  if (deeper.length === 0) return;
  throw new TinymlError('E_DATA', 'folders of classes hold files, and folders of files', {
    at: deeper.slice(0, MAX_NAMED),
    hint: `Move the files of these folders up, or away from ${basename(folder)}; evaluate --unlabelled takes all files without labels.`,
  });
}

/** Folders that an error names. */
const MAX_NAMED = 5;

/** Names in a folder, sorted, without hidden ones. */
export function namesIn(folder: string): readonly string[] {
  return onFile(folder, () => readdirSync(folder))
    .filter((name) => !name.startsWith('.'))
    .sort();
}

/** In lower case, with the dot. */
export function extension(path: string): string {
  return extname(path).toLowerCase();
}

/** Sounds named `{digit}_...` (as in the Free Spoken Digit Dataset) have that class, if all are named so. */
function labelledByName(paths: readonly string[]): readonly Item[] {
  const labels = paths.map((path) => /^(\d{1,4})[_-].*\.wav$/i.exec(basename(path))?.[1]);
  const known = labels.every((label) => label !== undefined);
  return paths.map((path, i) => ({ path, label: known ? Number(labels[i]) : null }));
}

function classesOf(items: readonly Item[]): number | null {
  const largest = items.reduce((most, { label }) => Math.max(most, label ?? -1), -1);
  return largest < 0 ? null : largest + 1;
}
