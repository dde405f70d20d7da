/** Reads a bundle back from its folder and checks that nothing in it was changed. */
import { readListedFiles, readManifestFile, requireUnchanged } from '../bundle-folder.ts';
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
  const manifest = parseManifest(readManifestFile(folder).toString('utf8'));
  const files = readListedFiles(folder, manifest, MAX_FILE_BYTES);
  requireUnchanged(manifest, files);
  return { manifest, files };
}
