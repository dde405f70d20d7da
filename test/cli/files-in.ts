import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The bytes of all files in a folder, by their paths in it. */
export function filesIn(folder: string): ReadonlyMap<string, Uint8Array> {
  return new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), readFileSync(path)]),
  );
}
