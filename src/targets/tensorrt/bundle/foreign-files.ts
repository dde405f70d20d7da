/** Tells files of a bundle from files that somebody else put beside them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBeside, MANIFEST_FILE } from '../../bundle-folder.ts';
import type { Manifest } from './manifest.ts';
import { parseManifest } from './manifest-schema.ts';

/** What the scripts, the C++ program and the steps of the README make. */
const MADE = /^(build\/|pass\/build\/|infer\/build\/|infer\/infer$|triton\/[A-Za-z0-9_]+\/1\/)/;

/**
 * What a folder holds that neither `tinyml deploy` wrote nor the bundle itself made, sorted. In a folder without a manifest of a bundle
 * for a Jetson, that is every entry.
 */
export function foreignFiles(folder: string): readonly string[] {
  return filesBeside(folder, manifestIn(folder), (path) => MADE.test(path));
}

function manifestIn(folder: string): Manifest | null {
  try {
    return parseManifest(readFileSync(join(folder, MANIFEST_FILE), 'utf8'));
  } catch {
    return null; // no manifest, or that of something else
  }
}
