/** The C sources of the package that bundles carry: kernels, and start-up code for the emulated boards. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { packageRoot } from '../../package-root.ts';

/** Text of every file under `native/`, by its path relative to it (`kernels/generic/add_s8.c`). */
export type NativeSources = ReadonlyMap<string, string>;

export function readNativeSources(): NativeSources {
  const root = join(packageRoot(), 'native');
  const names = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(c|h|ld|S)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    names.sort().map((path) => [posixRelative(root, path), readFileSync(path, 'utf8')] as const),
  );
}

function posixRelative(root: string, path: string): string {
  return path.slice(root.length + 1).replaceAll('\\', '/');
}

/** The source with every `tinyml_` and `TINYML_` replaced by the prefix of a bundle, so that two bundles link. */
export function prefixed(source: string, name: string): string {
  return source.replaceAll('tinyml_', `${name}_`).replaceAll('TINYML_', `${name.toUpperCase()}_`);
}

/** Files named in `#include "..."`, resolved against the folder of the file and the given search folders. */
export function includedFiles(
  native: NativeSources,
  path: string,
  searchFolders: readonly string[],
): readonly string[] {
  const source = native.get(path)!;
  const names = [...source.matchAll(/^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/gm)].map((match) => match[1]!);
  return names.flatMap((name) => {
    const candidates = [posix.dirname(path), ...searchFolders].map((folder) => posix.join(folder, name));
    return candidates.filter((candidate) => native.has(candidate)).slice(0, 1);
  });
}
