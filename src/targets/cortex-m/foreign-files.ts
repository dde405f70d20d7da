/** Tells files of a bundle from files that somebody else put beside them. */
import { readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Manifest } from './manifest.ts';
import { readBundleFile } from './read-bundle.ts';

/** Where the build files of a bundle put what they make. */
const BUILD_FOLDER = 'build';

/**
 * What a folder holds that neither `tinyml deploy` wrote nor a build made: the files that its manifest does not list.
 * In a folder without a manifest of tinyml, of whatever version, that is every entry.
 */
export function foreignFiles(folder: string): readonly string[] {
  const listed = listedFiles(folder);
  if (listed === null) return readdirSync(folder).sort();
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !listed.has(path) && !path.startsWith(`${BUILD_FOLDER}/`))
    .sort();
}

function listedFiles(folder: string): ReadonlySet<string> | null {
  try {
    const manifest = JSON.parse(readBundleFile(folder, 'manifest.json').toString('utf8')) as Manifest;
    if (manifest.tool.name !== 'tinyml') return null;
    return new Set(['manifest.json', ...manifest.files.map((file) => file.path)]);
  } catch {
    return null; // no manifest, or that of something else
  }
}
