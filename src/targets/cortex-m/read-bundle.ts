/** Reads a bundle back from its folder and checks that nothing in it was changed. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../diagnostics/errors.ts';
import { readRegularFile } from '../../diagnostics/read-file.ts';
import { sha256Of } from '../../numbers/sha256.ts';
import type { Manifest } from './manifest.ts';
import { parseManifest } from './manifest-schema.ts';

export type Bundle = {
  readonly manifest: Manifest;
  /** Contents of every listed file, by its path in the bundle. */
  readonly files: ReadonlyMap<string, Uint8Array>;
};

/** The tables of 128 MiB of flash take about four times as much as text. */
const MAX_FILE_BYTES = 1024 * 1024 * 1024;

/**
 * Files that the manifest does not list are ignored.
 * @throws TinymlError E_FILE (no such folder), E_BUNDLE (no bundle; or a file is missing or was changed)
 */
export function readBundle(folder: string): Bundle {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new TinymlError(
      'E_FILE',
      existsSync(folder) ? 'this is not a folder' : 'the folder does not exist',
      {
        at: folder,
        hint: 'give the folder that "tinyml deploy -o" wrote',
      },
    );
  }
  if (!existsSync(join(folder, 'manifest.json'))) {
    throw new TinymlError('E_BUNDLE', 'the folder is not a bundle: there is no manifest.json in it', {
      at: join(folder, 'manifest.json'),
      hint: 'give the folder that "tinyml deploy -o" wrote',
    });
  }
  const manifest = parseManifest(readBundleFile(folder, 'manifest.json').toString('utf8'));
  const files = new Map(manifest.files.map(({ path }) => [path, readBundleFile(folder, path)]));
  const changed = manifest.files.filter(({ path, sha256 }) => sha256Of(files.get(path)!) !== sha256);
  if (changed.length === 0) return { manifest, files };
  throw new TinymlError('E_BUNDLE', `${changed.length} file(s) of the bundle differ from its manifest`, {
    at: changed.map(({ path }) => path),
    hint: 'make the bundle again with "tinyml deploy"; keep changes outside of it',
  });
}

/** @throws TinymlError E_BUNDLE, E_FILE */
export function readBundleFile(folder: string, path: string): Buffer {
  const hint = 'make the bundle again with "tinyml deploy"';
  const file = join(folder, path);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) {
    throw new TinymlError('E_BUNDLE', `${path} is missing from the bundle`, { at: file, hint });
  }
  return readRegularFile(file, MAX_FILE_BYTES, (size) => {
    return new TinymlError('E_BUNDLE', `${path} is too large for a bundle (${size} bytes)`, {
      at: file,
      hint,
    });
  });
}
