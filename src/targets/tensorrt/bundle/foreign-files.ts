/** Tells files of a bundle from files that somebody else put beside them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { MANIFEST_FILE } from './manifest.ts';
import { parseManifest } from './manifest-schema.ts';

/** What the scripts, the C++ program and the steps of the README make. */
const MADE = /^(build\/|pass\/build\/|infer\/build\/|infer\/infer$|triton\/[A-Za-z0-9_]+\/1\/)/;

/**
 * What a folder holds that neither `tinyml deploy` wrote nor the bundle itself made, sorted. In a folder without a manifest of a bundle
 * for a Jetson, that is every entry.
 */
export function foreignFiles(folder: string): readonly string[] {
  const listed = listedFiles(folder);
  if (listed === null) return readdirSync(folder).sort();
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !listed.has(path) && !MADE.test(path))
    .sort();
}

function listedFiles(folder: string): ReadonlySet<string> | null {
  try {
    const manifest = parseManifest(readFileSync(join(folder, MANIFEST_FILE), 'utf8'));
    return new Set([MANIFEST_FILE, ...manifest.files.map((file) => file.path)]);
  } catch {
    return null; // no manifest, or that of something else
  }
}
