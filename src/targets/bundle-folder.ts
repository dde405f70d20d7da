/** Bundles as folders: how one is read back whole, and its files told from those that somebody else put beside them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type * as z from 'zod';
import { TinymlError } from '../diagnostics/errors.ts';
import { readRegularFile } from '../diagnostics/read-file.ts';
import { sha256Of } from '../numbers/sha256.ts';

export const MANIFEST_FILE = 'manifest.json';

/**
 * Names every file of a bundle once more. Make takes the manifest away where it is the target of a rule that failed; the rest
 * of the folder must be known as a bundle all the same, or no later run could replace it.
 */
const LISTING_FILE = 'files.txt';
const LISTING_TITLE =
  '# A bundle of tinyml. "tinyml deploy" replaces this folder while it holds no other files than these:';

/** A manifest is text that is parsed at once; that of a network of 10,000 layers takes a few MiB. */
export const MAX_MANIFEST_BYTES = 64 * 2 ** 20;

/** What every manifest says of the files of its bundle. `path` is relative, `sha256` in hexadecimal. */
type Listing = { readonly files: readonly { readonly path: string; readonly sha256: string }[] };

const AGAIN = 'make the bundle again with "tinyml deploy"';

/** @throws TinymlError E_FILE (no such folder), E_BUNDLE (no manifest in it, or one of more than MAX_MANIFEST_BYTES) */
export function readManifestFile(folder: string): Buffer {
  const hint = 'give the folder that "tinyml deploy -o" wrote';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    const message = existsSync(folder) ? 'this is not a folder' : 'the folder does not exist';
    throw new TinymlError('E_FILE', message, { at: folder, hint });
  }
  if (!existsSync(join(folder, MANIFEST_FILE))) {
    throw new TinymlError('E_BUNDLE', `the folder is not a bundle: there is no ${MANIFEST_FILE} in it`, {
      at: join(folder, MANIFEST_FILE),
      hint,
    });
  }
  return readBundleFile(folder, MANIFEST_FILE, MAX_MANIFEST_BYTES);
}

/** @throws TinymlError E_BUNDLE where it is missing or larger, E_FILE */
function readBundleFile(folder: string, path: string, maxBytes: number): Buffer {
  const file = join(folder, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new TinymlError('E_BUNDLE', `${path} is missing from the bundle`, { at: file, hint: AGAIN });
  }
  return readRegularFile(file, maxBytes, (size) => {
    return new TinymlError('E_BUNDLE', `${path} is too large for a bundle (${size} bytes)`, {
      at: file,
      hint: AGAIN,
    });
  });
}

/**
 * Contents of every listed file, by path. Others are ignored.
 * @throws TinymlError E_BUNDLE, E_FILE as `readBundleFile`
 */
export function readListedFiles(
  folder: string,
  { files }: Listing,
  maxBytes: number,
): ReadonlyMap<string, Buffer> {
  return new Map(files.map(({ path }) => [path, readBundleFile(folder, path, maxBytes)]));
}

/** @throws TinymlError E_BUNDLE naming all files that differ from what the manifest says */
export function requireUnchanged({ files: listed }: Listing, files: ReadonlyMap<string, Buffer>): void {
  const changed = listed.filter(({ path, sha256 }) => sha256Of(files.get(path)!) !== sha256);
  if (changed.length === 0) return;
  throw new TinymlError('E_BUNDLE', `${changed.length} file(s) of the bundle differ from its manifest`, {
    at: changed.map(({ path }) => path),
    hint: `${AGAIN}; keep changes outside of it`,
  });
}

/**
 * Parses a manifest, which may be anybody's.
 * @throws TinymlError E_BUNDLE
 */
export function parseManifestJson<T>(json: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new TinymlError('E_BUNDLE', 'the manifest is not JSON', { at: MANIFEST_FILE, hint: AGAIN, cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new TinymlError('E_BUNDLE', `the manifest is damaged: ${issue!.message}`, {
    at: `${MANIFEST_FILE}: ${issue!.path.join('.') || 'top level'}`,
    hint: AGAIN,
  });
}

/**
 * The file that names every file of a bundle, itself and the manifest too.
 * @param paths all but these two, relative, with `/`
 */
export function listingFile(paths: readonly string[]): { readonly path: string; readonly contents: string } {
  const all = [...paths, LISTING_FILE, MANIFEST_FILE].sort();
  return { path: LISTING_FILE, contents: [LISTING_TITLE, ...all, ''].join('\n') };
}

/** The paths of a listing in a folder; null where there is none. */
function listedIn(folder: string): readonly string[] | null {
  const file = join(folder, LISTING_FILE);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size > MAX_MANIFEST_BYTES) return null;
  const [title, ...paths] = readFileSync(file, 'utf8').split('\n');
  return title === LISTING_TITLE ? paths : null;
}

/**
 * What a folder holds beside a bundle, sorted; where it is no bundle, that is every entry.
 * @param manifest what its manifest lists; null where it has none that can be read
 * @param isMade whether the bundle's own scripts make a file of this path
 */
export function filesBeside(
  folder: string,
  manifest: Listing | null,
  isMade: (path: string) => boolean,
): readonly string[] {
  const listed = manifest?.files.map(({ path }) => path) ?? listedIn(folder);
  if (listed === null) return readdirSync(folder).sort();
  const own = new Set([MANIFEST_FILE, ...listed]);
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !own.has(path) && !isMade(path))
    .sort();
}
